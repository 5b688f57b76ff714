import type { Log } from '../log.ts';
import type { WebexClient } from '../webex/client.ts';
import type { AddedToSpace } from '../webex/listener.ts';
import { threeExamples } from './help.ts';
import { type PermissionRules, worksIn } from './permission.ts';
import * as replies from './replies.ts';

interface GreetingDeps {
  readonly webex: Pick<WebexClient, 'postMessage'>;
  readonly rules: () => PermissionRules;
  readonly contact: string | undefined;
  readonly log: Log;
}

/**
 * Says, in a group space that the bot was just added to, what it does and for whom. A direct space comes
 * into being by somebody's first message, and that has an answer of its own.
 */
export function createGreeting({ webex, rules, contact, log }: GreetingDeps) {
  return async ({ roomId, roomType }: AddedToSpace): Promise<void> => {
    const isOpen = worksIn({ roomId, roomType: roomType ?? 'group' }, rules());
    log.info({ roomId, isOpen }, 'added to a space');
    if (!isOpen || roomType === 'direct') return;
    await webex.postMessage({ roomId }, replies.greeting(threeExamples(), contact));
  };
}
