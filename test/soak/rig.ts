import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BotProcess, startBot } from '../../src/sandbox/bot-process.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { loginLinkIn, signInThrough } from '../../src/sandbox/sign-in.ts';
import { readVerdict } from '../../src/sandbox/verdict.ts';
import type { Person } from '../../src/sandbox/webex/directory.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { type Conversation, customersWord } from './conversations.ts';
import { createSoakDoor, type SoakDoor } from './soak-door.ts';

const hook = fileURLToPath(new URL('connections-hook.mjs', import.meta.url));

/** A sandbox, the built bot in it, and everybody signed in; a bot may die here as often as it likes. */
export interface Rig {
  readonly sandbox: Sandbox;
  readonly soak: SoakDoor;
  readonly conversations: readonly Conversation[];
  readonly bot: BotProcess;
  /** What the bot's output said that it must not, and where it connected that it must not. */
  readonly improper: string[];
  readonly output: () => string;
  start(): Promise<void>;
  signIn(person: Person): Promise<void>;
  /** Resolves when no request of an ended bot is being worked on any more. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export interface RigOptions {
  readonly conversations: readonly Conversation[];
  readonly contactCenter: NonNullable<Parameters<typeof startSandbox>[0]>['contactCenter'];
  readonly requestsPerMinute?: number;
}

export async function startRig(options: RigOptions): Promise<Rig> {
  const soak = createSoakDoor();
  const sandbox = await startSandbox({
    door: soak.door,
    dataset: { tasks: options.conversations.map(({ draft }) => draft) },
    contactCenter: { requestsPerMinute: Number.POSITIVE_INFINITY, ...options.contactCenter },
  });
  // Of a usual storage: without any, the disk would be what downloads wait for.
  soak.door.latency('files', 30);
  const env = sandbox.botEnv({
    WXCC_REQUESTS_PER_MINUTE: String(options.requestsPerMinute ?? 1_000_000),
    NODE_OPTIONS: `--import ${hook}`,
    LOG_LEVEL: 'debug',
  });
  const improper: string[] = [];
  const judge = createLineJudge(env, improper);
  const start = () => startBot({ env, onLine: judge });
  let output = '';
  let bot = await start().catch(async (error: unknown) => {
    await sandbox.close();
    throw error;
  });
  return {
    sandbox,
    soak,
    conversations: options.conversations,
    get bot() {
      return bot;
    },
    improper,
    output: () => `${output}\n${bot.output()}`,
    async start() {
      await bot.exited;
      output = bot.output();
      bot = await start();
    },
    signIn: (person) => signIn(sandbox, person),
    async quiet() {
      const open = () => soak.seen.some(({ endedMs }) => endedMs === undefined);
      await eventually(() => !open(), 'the end of all requests');
    },
    async close() {
      await bot.stop();
      await sandbox.close();
    },
  };
}

/** @throws when it does not come true in time */
export async function eventually(
  isTrue: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 20_000,
): Promise<void> {
  const deadlineMs = Date.now() + withinMs;
  while (!(await isTrue())) {
    if (Date.now() > deadlineMs) throw new Error(`waited in vain for ${what}`);
    await delay(10);
  }
}

/** The last sentence on what was said, whichever it is, once it is there. */
export async function lastWord(rig: Rig, said: Message, withinMs: number): Promise<Message> {
  let last: Message | undefined;
  await eventually(
    () => {
      last = answersTo(rig, said).find(({ text }) => isLastWord(text));
      return last !== undefined;
    },
    'the last word on an export',
    withinMs,
  );
  // It came true, so there is one.
  return last as unknown as Message;
}

export function isLastWord(text: string): boolean {
  const verdict = readVerdict(text);
  return verdict !== undefined && verdict.kind !== 'accepted';
}

/** What the bot said in the thread of a command, oldest first. */
export function answersTo({ sandbox: { webex } }: Rig, { id, roomId }: Message): Message[] {
  return webex.messages(roomId).filter(({ parentId }) => parentId === id);
}

async function signIn({ webex }: Sandbox, person: Person): Promise<void> {
  const { id: roomId } = webex.directSpace(person);
  webex.say({ person, roomId, text: 'login' });
  let link: string | undefined;
  await eventually(() => {
    link = webex.messages(roomId).map(loginLinkIn).find(Boolean);
    return link !== undefined;
  }, 'the login card');
  await signInThrough(link ?? '', person);
  const isSignedIn = ({ text }: Message) => text.startsWith('You are signed in');
  await eventually(() => webex.messages(roomId).some(isSignedIn), 'the end of the sign-in');
}

/** Secrets, customers' words and accidents have no place in the log, and no other host is ever connected. */
function createLineJudge(env: Readonly<Record<string, string>>, improper: string[]) {
  const secrets = [
    ...['WEBEX_BOT_TOKEN', 'WEBEX_CLIENT_SECRET', 'WEBEX_WEBHOOK_SECRET'].map((name) => env[name]),
    env['STORE_KEYS']?.split(':')[1],
    // In every access token, refresh token and code.
    '_PF84_',
    'X-Amz-Signature',
    customersWord,
    'a rejection was not handled',
    'Warning:',
    '"level":"fatal"',
  ].filter((secret) => secret !== undefined);
  const hostOf = (url: string | undefined) => (url === undefined ? '' : new URL(url).host);
  const hosts = [
    hostOf(env['WEBEX_API_URL']),
    hostOf(env['WXCC_API_URL']),
    env['TRANSCRIPT_HOSTS'] ?? '',
  ];
  return (line: string) => {
    if (secrets.some((secret) => line.includes(secret))) improper.push(`improper line: ${line}`);
    const place = /"msg":"connects","place":"([^"]*)"/.exec(line)?.[1];
    if (place !== undefined && !hosts.includes(place)) improper.push(`connected to ${place}`);
  };
}
