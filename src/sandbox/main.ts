import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BotKeeper, keepBot } from './bot-keeper.ts';
import { type DemoOptions, readDemoOptions, usage } from './demo-options.ts';
import { startPage } from './page/server.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
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
  const showsPage = options.say.length === 0;
  const sandbox = await startSandbox({
    dataset: { seed: options.seed, ...(showsPage && { perDay: busy.perDay }) },
  });
  try {
    if (showsPage) makeBusy(sandbox);
    const bot = await keepBot({ env: sandbox.botEnv({ LOG_LEVEL: 'warn' }) });
    try {
      const run = { sandbox, bot, options, outDir, signal: stopped.signal };
      return await (showsPage ? showPage(run) : converse(run));
    } finally {
      await bot.stop();
    }
  } finally {
    await sandbox.close();
  }
}

/** A contact center as large and as far away as real ones: on the page an export can be watched. */
const busy = { perDay: 160, contactCenterMs: 400, filesMs: 150 } as const;

function makeBusy({ door }: Sandbox) {
  door.latency('contact-center', busy.contactCenterMs);
  door.latency('files', busy.filesMs);
}

interface Run {
  readonly sandbox: Sandbox;
  readonly bot: BotKeeper;
  readonly options: DemoOptions;
  readonly outDir: string;
  /** Fires when the person at the terminal has had enough. */
  readonly signal: AbortSignal;
}

async function converse({ sandbox, bot, options, outDir, signal }: Run): Promise<number> {
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
}

async function showPage({ sandbox, bot, options, signal }: Run): Promise<number> {
  const page = await startPage({
    ...sandbox,
    bot,
    usualLatencyMs: busy.contactCenterMs,
    port: options.port,
  });
  const { admin } = sandbox.webex.people;
  print(`The space is at ${page.url}`);
  print('');
  print(
    `There you are ${admin.displayName}. Type "export last 7 days", open the card that the bot`,
  );
  print('sends you in your direct space, approve, and download the workbook from the thread.');
  print('Ctrl-C ends the demo.');
  try {
    const output = await Promise.race([bot.ended, untilAborted(signal)]);
    return output === undefined ? 0 : fail(endedByItself(output));
  } finally {
    await page.close();
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
