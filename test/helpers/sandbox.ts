import { EventEmitter } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { request } from 'undici';
import { onTestFinished, vi } from 'vitest';
import { type BotProcess, startBot } from '../../src/sandbox/bot-process.ts';
import { Browser, type Page } from '../../src/sandbox/browser.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { loginLinkIn, signInThrough } from '../../src/sandbox/sign-in.ts';
import type { Person } from '../../src/sandbox/webex/directory.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import type { MessageEvent } from '../../src/sandbox/webex/webex.ts';
import { sign } from '../../src/sandbox/webex/webhooks.ts';

type Environment = Readonly<Record<string, string>>;

/** The ways events can come; a test that is about neither runs over the one that `TRANSPORT` names. */
export const transports = ['webhook', 'websocket'] as const;
export type Transport = (typeof transports)[number];
const usualTransport = process.env['TRANSPORT'] === 'websocket' ? 'websocket' : 'webhook';

interface WaitOptions {
  readonly withinMs?: number;
}

type Predicate = (message: Message, kind: MessageEvent['kind']) => boolean;

export interface Conversation {
  readonly sandbox: Sandbox;
  /** The running bot; another one after `restart`. */
  readonly bot: BotProcess;
  /** The admin in the group space, mentioning the bot, unless it is said otherwise. */
  say(text: string, options?: Partial<Parameters<Sandbox['webex']['say']>[0]>): Message;
  /** The first thing the bot posts, edits or removes that fits. Each is given out once, old ones too. */
  waitForMessage(fits: Predicate, options?: WaitOptions): Promise<Message>;
  /** The same, of what is posted in the thread of this message. */
  answerTo(said: Message, fits?: Predicate, options?: WaitOptions): Promise<Message>;
  /** Waits for the login card of this person and follows its link as `as`, in the given browser. */
  login(options?: {
    readonly person?: Person;
    readonly as?: Person;
    readonly browser?: Browser;
  }): Promise<Page>;
  /** The next line of the bot's log, or the latest one, in which this stands. */
  waitForLine(part: string, options?: WaitOptions): Promise<string>;
  /** What Webex signs its events with. */
  readonly webhookSecret: string;
  /** Webex tells the latest event in which this stands once more. */
  tellAgain(part: string): Promise<void>;
  /** Of each event so far, whether the bot has taken it in; those under way are waited for. */
  takenEvents(): Promise<boolean[]>;
  /** An event as Webex would post it: signed over these bytes, unless another signature is given. */
  sendEvent(body: string, options?: { readonly signature?: string }): Promise<number>;
  /** Replaces these settings in the file of the running bot, which reads it on SIGHUP. */
  writeEnvFile(changes: Environment): Promise<void>;
  hangUp(): void;
  /** Starts the bot again with the same settings and data, after its end. */
  restart(extra?: Environment): Promise<BotProcess>;
}

interface Waiting {
  readonly fits: Predicate;
  readonly resolve: (message: Message) => void;
}

/** A sandbox and the built bot in it, both gone when the test ends. */
export async function startConversation({
  env: given = {},
  envFile = {},
  transport = usualTransport,
  ...options
}: Parameters<typeof startSandbox>[0] & {
  readonly env?: Environment | ((sandbox: Sandbox) => Environment);
  readonly transport?: Transport;
  /** Settings that come by `ENV_FILE`, and so can change while the bot runs. */
  readonly envFile?: Environment;
} = {}): Promise<Conversation> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  const { webex } = sandbox;
  const env: Environment = {
    BOT_TRANSPORT: transport,
    ...(typeof given === 'function' ? given(sandbox) : given),
  };
  const envPath = join(dirname(sandbox.dataDir), 'bot.env');
  const writeEnvFile = async (changes: Environment) => {
    const lines = Object.entries({ ...envFile, ...changes });
    await writeFile(envPath, lines.map(([name, value]) => `${name}=${value}\n`).join(''));
  };
  await writeEnvFile({});
  const settings = (extra: Environment = {}) => {
    const all = { ...sandbox.botEnv({ ...env, ...extra }), ENV_FILE: envPath };
    // What stands in both counts as in the environment.
    return Object.fromEntries(Object.entries(all).filter(([name]) => !(name in envFile)));
  };
  const log = new EventEmitter<{ line: [string] }>();
  const onLine = (line: string) => log.emit('line', line);
  let bot = await startBot({ env: settings(), onLine });
  onTestFinished(async () => {
    await bot.kill();
  });
  const secret = settings()['WEBEX_WEBHOOK_SECRET'] ?? '';
  const seen: MessageEvent[] = [];
  const waiting = new Set<Waiting>();
  webex.onMessage((event) => {
    if (event.message.author.id !== webex.bot.id) return;
    const waiter = [...waiting].find(({ fits }) => fits(event.message, event.kind));
    if (waiter) waiter.resolve(event.message);
    else seen.push(event);
  });

  const waitForMessage: Conversation['waitForMessage'] = (fits, { withinMs = 20_000 } = {}) => {
    const index = seen.findIndex(({ message, kind }) => fits(message, kind));
    const [known] = index < 0 ? [] : seen.splice(index, 1);
    if (known) return Promise.resolve(known.message);
    return new Promise((resolve, reject) => {
      const heard = seen.map(({ kind, message }) => `${kind}: ${message.text}`);
      const timer = setTimeout(() => {
        waiting.delete(waiter);
        reject(
          new Error(
            `no such message within ${withinMs} ms; heard:\n${heard.join('\n')}\n${bot.output()}`,
          ),
        );
      }, withinMs);
      const waiter: Waiting = {
        fits,
        resolve: (message) => {
          clearTimeout(timer);
          waiting.delete(waiter);
          resolve(message);
        },
      };
      waiting.add(waiter);
    });
  };

  const sendEvent: Conversation['sendEvent'] = async (body, options = {}) => {
    const { signature = sign(body, secret) } = options;
    const answer = await request(`${sandbox.publicUrl}/webex/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-spark-signature': signature },
      body,
    });
    await answer.body.dump();
    return answer.statusCode;
  };

  return {
    sandbox,
    get bot() {
      return bot;
    },
    say(text, said = {}) {
      return webex.say({ person: webex.people.admin, text, ...said });
    },
    waitForMessage,
    answerTo: ({ id }, fits = () => true, wait = {}) =>
      waitForMessage((message, kind) => message.parentId === id && fits(message, kind), wait),
    async login({ person = webex.people.admin, as = person, browser = new Browser() } = {}) {
      const card = await waitForMessage(
        (message, kind) =>
          kind === 'created' &&
          loginLinkIn(message) !== undefined &&
          webex.isMember(message.roomId, person) &&
          // Not one that was taken back meanwhile.
          webex.message(message.id) !== undefined,
      );
      return signInThrough(loginLinkIn(card) ?? '', as, browser);
    },
    waitForLine(part, { withinMs = 20_000 } = {}) {
      const known = bot
        .output()
        .split('\n')
        .findLast((line) => line.includes(part));
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`no line with ${part} within ${withinMs} ms:\n${bot.output()}`));
        }, withinMs);
        log.on('line', function listen(line) {
          if (!line.includes(part)) return;
          clearTimeout(timer);
          log.off('line', listen);
          resolve(line);
        });
      });
    },
    webhookSecret: secret,
    sendEvent,
    async tellAgain(part) {
      if (transport === 'websocket') webex.mercury.repeat(part);
      else {
        const event = webex.deliveries().findLast(({ body }) => body.includes(part));
        await sendEvent(event?.body ?? '');
      }
    },
    async takenEvents() {
      if (transport === 'webhook') {
        await webex.delivered();
        return webex.deliveries().map(({ status }) => status === 200);
      }
      const sent = webex.mercury.sent();
      const taken = () => sent.map(({ frameId }) => webex.mercury.acknowledged(frameId));
      await vi.waitUntil(() => taken().every(Boolean), { timeout: 10_000 }).catch(() => {});
      return taken();
    },
    writeEnvFile,
    hangUp() {
      if (bot.pid !== undefined) process.kill(bot.pid, 'SIGHUP');
    },
    async restart(extra = {}) {
      await bot.exited;
      bot = await startBot({ env: settings(extra), onLine });
      return bot;
    },
  };
}

/** The ref that the bot gave an export, from its acknowledgement. */
export function refIn({ text }: Pick<Message, 'text'>): string {
  return /(?<=Ref )\w{4}/.exec(text)?.[0] ?? '';
}

/** In the log once an export has ended: the file is posted a moment before, and only then the next one is accepted. */
export const endOf = (ref: string) => `"ref":"${ref}","outcome"`;
