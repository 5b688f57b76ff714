import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { keepBot } from './bot-keeper.ts';
import { startShow } from './demo.ts';
import { type DemoOptions, readDemoOptions, usage } from './demo-options.ts';
import { startSandbox } from './sandbox.ts';
import { holdConversation } from './say.ts';

/** One demo from start to end. @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const options = understand(args);
  if (typeof options === 'number') return options;
  const outDir = resolve(options.outDir);
  if (options.say.length > 0) {
    const refusal = await whyNotWritable(outDir);
    if (refusal !== undefined) return fail(refusal);
  }
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stopped.abort());
  }
  const run = { options, outDir, signal: stopped.signal };
  return options.say.length > 0 ? converse(run) : showPage(run);
}

interface Run {
  readonly options: DemoOptions;
  readonly outDir: string;
  /** Fires when the person at the terminal has had enough. */
  readonly signal: AbortSignal;
}

async function converse({ options, outDir, signal }: Run): Promise<number> {
  const sandbox = await startSandbox({ dataset: { seed: options.seed } });
  try {
    const bot = await keepBot({ env: sandbox.botEnv({ LOG_LEVEL: 'warn' }) });
    try {
      const over = new AbortController();
      let output = '';
      void bot.ended.then((printed) => {
        output = printed;
        over.abort();
      });
      const problem = await holdConversation(options.say, {
        ...sandbox,
        outDir,
        print,
        signal: AbortSignal.any([signal, over.signal]),
      });
      if (over.signal.aborted) return fail(endedByItself(output));
      return problem === undefined ? 0 : fail(problem);
    } finally {
      await bot.stop();
    }
  } finally {
    await sandbox.close();
  }
}

async function showPage({ options, signal }: Run): Promise<number> {
  const show = await startShow({ seed: options.seed, port: options.port });
  try {
    const { admin } = show.sandbox.webex.people;
    print(`The demo is at ${show.page.url}`);
    print('');
    print(
      `There you are ${admin.displayName}. Send "export last 7 days", open the card that the bot`,
    );
    print('sends to you alone, sign in, and look at the workbook in the thread. Then do it again');
    print('while you play a fault. Ctrl-C ends the demo.');
    const output = await Promise.race([show.bot.ended, untilAborted(signal)]);
    return output === undefined ? 0 : fail(endedByItself(output));
  } finally {
    await show.close();
  }
}

function understand(args: readonly string[]): DemoOptions | number {
  try {
    const options = readDemoOptions(args);
    if (options !== 'help') return options;
    process.stdout.write(usage);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
}

/** Better said now than after an export. */
async function whyNotWritable(folder: string): Promise<string | undefined> {
  const probe = join(folder, `.probe-${process.pid}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(probe, '');
    await rm(probe);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    return `Nothing can be written to ${folder}${code}. Name another folder with --out.`;
  }
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function endedByItself(output: string): string {
  return `The bot ended by itself:\n${output}`;
}

function print(line: string) {
  process.stdout.write(`${line}\n`);
}

function fail(sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return 1;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) =>
  fail(error instanceof Error ? error.message : String(error)),
);
