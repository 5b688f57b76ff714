/**
 * The little of webex-node-bot-framework 2.3.14 that we use; it ships no types. Read in its sources:
 * `lib/framework.js`, `lib/webhook.js`, `lib/process-event.js`.
 */
declare module 'webex-node-bot-framework' {
  namespace Framework {
    interface Bot {
      readonly membership: { readonly id: string };
    }
    interface Trigger {
      readonly id: string;
    }
  }

  class Framework {
    constructor(options: {
      readonly token: string;
      readonly webhookUrl: string;
      readonly webhookSecret: string;
      readonly removeWebhooksOnStart: boolean;
    });
    /** Receives what it would write to `debug`, message texts included. */
    debugger: (message: string) => void;
    start(): PromiseLike<boolean>;
    hears(
      phrase: RegExp,
      action: (bot: Framework.Bot, trigger: Framework.Trigger, frameworkId: string) => void,
    ): string;
    once(event: 'initialized', listener: () => void): this;
    on(
      event: 'attachmentAction',
      listener: (bot: Framework.Bot, trigger: Framework.Trigger) => void,
    ): this;
    /** The bot is in a space: added, or discovered at the start or when something happened there. */
    on(event: 'spawn', listener: (bot: Framework.Bot) => void): this;
  }

  export = Framework;
}

declare module 'webex-node-bot-framework/webhook.js' {
  import type Framework from 'webex-node-bot-framework';

  function webhook(
    framework: Framework,
  ): (request: {
    readonly body: unknown;
    readonly headers: Readonly<Record<string, string>>;
  }) => PromiseLike<unknown> | undefined;

  export = webhook;
}
