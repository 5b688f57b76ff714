import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';

interface BotExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface BotProcess {
  readonly pid: number | undefined;
  readonly exited: Promise<BotExit>;
  /** What it has printed, stdout and stderr as they came; the latest lines only. */
  output(): string;
  /** Asks it to end; one that does not within the grace time is killed. */
  stop(signal?: NodeJS.Signals): Promise<BotExit>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<BotExit>;
}

interface BotOptions {
  readonly env: Readonly<Record<string, string>>;
  /** The script that `npm start` runs. */
  readonly entry?: string;
  readonly onLine?: (line: string) => void;
  readonly readyWithinMs?: number;
  readonly stopWithinMs?: number;
}

const builtEntry = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Options of Node that `npm start` sets: with a bounded heap V8 collects before the garbage piles up. */
const nodeOptions = ['--max-old-space-size=1024'];

// NODE_ENV stays behind: a test runner sets it, `npm start` does not.
const inherited = /^(PATH|HOME|LANG|TMPDIR|NODE_(?!ENV$|CHANNEL_).*)$/;

const linesKept = 2_000;
const pollMs = 50;

/**
 * Starts the bot as `npm start` does, with these settings and nothing else of our environment, and waits
 * until it says that it is ready.
 *
 * @throws when it ends or stays unready instead, with what it printed
 */
export async function startBot(options: BotOptions): Promise<BotProcess> {
  const { env, entry = builtEntry, readyWithinMs = 60_000 } = options;
  // Nobody's .env file lies here: the bot looks for one where it is started.
  const cwd = env['DATA_DIR'] && dirname(env['DATA_DIR']);
  if (cwd) await mkdir(cwd, { recursive: true });
  const child = spawn(process.execPath, [...nodeOptions, entry], {
    env: { ...inheritedEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C in a terminal goes to the whole group; the bot hears of the end from us, once.
    detached: true,
    ...(cwd && { cwd }),
  });
  const bot = watch(child, options);
  const port = env['PORT'] ?? '8089';
  const unready = await becomesReady(`http://127.0.0.1:${port}/readyz`, bot, readyWithinMs);
  if (unready === undefined) return bot;
  await bot.kill();
  throw new Error(`the bot ${unready}:\n${bot.output()}`);
}

function watch(child: ChildProcess, { onLine, stopWithinMs = 20_000 }: BotOptions): BotProcess {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > 2 * linesKept) lines.splice(0, linesKept);
      onLine?.(line);
    });
  }
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const exited = new Promise<BotExit>((resolve) => {
    child.once('error', (error) => {
      lines.push(error.message);
      resolve({ code: null, signal: null });
    });
    // 'close', not 'exit': only then everything that was printed has been read.
    child.once('close', (code, signal) => resolve({ code, signal }));
  }).finally(() => process.off('exit', killWithUs));
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    pid: child.pid,
    exited,
    output: () => lines.slice(-linesKept).join('\n'),
    async stop(signal = 'SIGTERM') {
      const timer = setTimeout(killWithUs, stopWithinMs);
      try {
        return await end(signal);
      } finally {
        clearTimeout(timer);
      }
    },
    kill: () => end('SIGKILL'),
  };
}

/** @returns why it did not */
async function becomesReady(
  url: string,
  bot: BotProcess,
  withinMs: number,
): Promise<string | undefined> {
  const deadline = AbortSignal.timeout(withinMs);
  let over: string | undefined;
  void bot.exited.then(({ code, signal }) => {
    over = `ended with ${signal ?? `code ${code}`}`;
  });
  while (over === undefined && !deadline.aborted) {
    if (await isReady(url, deadline)) return undefined;
    await delay(pollMs);
  }
  return over ?? `was not ready within ${withinMs} ms`;
}

async function isReady(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url, { signal });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

function inheritedEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => inherited.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']));
}
