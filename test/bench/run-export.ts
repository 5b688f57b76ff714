import { fileURLToPath } from 'node:url';
import { startBot } from '../../src/sandbox/bot-process.ts';
import { createDoor } from '../../src/sandbox/door.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { readVerdict } from '../../src/sandbox/verdict.ts';
import { letAllRun } from './answer.ts';
import { type Sandbox, signIn } from './sign-in.ts';

export interface ExportRun {
  readonly conversations: number;
  /** Of the contact center, in any 60 seconds; absent: as many as it can. */
  readonly requestsPerMinute: number | undefined;
  readonly apiLatencyMs: number;
  readonly fileLatencyMs: number;
  /** What is said, where it is not the usual command. */
  readonly command?: string;
  /** Whether the processor's time is divided up, which costs some of it. */
  readonly profiled?: boolean;
}

export interface Measured {
  /** From the job's start, or from the answer to its question, to its last entry in the spool. */
  readonly collectedMs: number;
  /** From the same moment to the finished, re-counted workbook on disk. */
  readonly finishedMs: number;
  /** Search and Captures as the contact center received them. */
  readonly calls: number;
  /** Most of them in any 60 seconds. */
  readonly mostInAMinute: number;
  readonly throttled: number;
  readonly peakRssMb: number;
  readonly eventLoop: { readonly p99Ms: number; readonly maxMs: number };
  readonly cpuMs: number;
  /** Of the processor's time, by guard; nothing where it was not profiled. */
  readonly guards: Readonly<Record<string, number>>;
}

interface Usage {
  readonly rssMb: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly cpuMs: number;
}

const usageHook = fileURLToPath(new URL('usage-hook.mjs', import.meta.url));
const guardsHook = fileURLToPath(new URL('guards-hook.mjs', import.meta.url));

const unlimited = 1_000_000_000;
/** The login of the bench itself is not part of any figure, and neither is the upload. */
const patienceMs = 15 * 60_000;

/** One export by the real bot in a process of its own, against a sandbox in this one. */
export async function runExport(run: ExportRun): Promise<Measured> {
  const perMinute = run.requestsPerMinute ?? unlimited;
  const arrivals: { atMs: number; status: number | undefined }[] = [];
  const door = createDoor({ keep: 0 });
  const sandbox = await startSandbox({
    door,
    dataset: { kind: 'chats', count: run.conversations, days: 6 },
    contactCenter: { requestsPerMinute: perMinute },
  });
  const phases = new Map<string, number>();
  const usage: Usage[] = [];
  const guards: Record<string, number> = {};
  const bot = await startBot({
    env: sandbox.botEnv({
      WXCC_REQUESTS_PER_MINUTE: String(perMinute),
      NODE_OPTIONS: `--import ${usageHook}${run.profiled ? ` --import ${guardsHook}` : ''}`,
    }),
    onLine: (line) => readLine(line, { phases, usage, guards }),
  });
  try {
    await signIn(sandbox, sandbox.webex.people.admin);
    letAllRun(sandbox, () => phases.set('planning', Date.now()));
    door.latency('contact-center', run.apiLatencyMs);
    door.latency('files', run.fileLatencyMs);
    door.onRequest(({ service, atMs, status }) => {
      if (service === 'contact-center') arrivals.push({ atMs, status });
    });
    if (bot.pid !== undefined) process.kill(bot.pid, 'SIGUSR2');
    await exportAll(sandbox, run);
  } finally {
    await bot.stop();
    await sandbox.close();
  }
  const startedMs = phases.get('planning') ?? Number.NaN;
  const times = arrivals.map(({ atMs }) => atMs).sort((a, b) => a - b);
  const last = usage.at(-1);
  return {
    collectedMs: (phases.get('writing') ?? Number.NaN) - startedMs,
    finishedMs: (phases.get('delivering') ?? Number.NaN) - startedMs,
    calls: arrivals.length,
    mostInAMinute: mostInAMinute(times),
    throttled: arrivals.filter(({ status }) => status === 429).length,
    peakRssMb: last?.rssMb ?? Number.NaN,
    cpuMs: last?.cpuMs ?? Number.NaN,
    guards,
    eventLoop: { p99Ms: last?.p99Ms ?? Number.NaN, maxMs: last?.maxMs ?? Number.NaN },
  };
}

async function exportAll(
  { webex }: Sandbox,
  { conversations: expected, command: text = 'export last 7 days' }: ExportRun,
): Promise<void> {
  const ended = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the export does not end')), patienceMs);
    webex.onMessage(({ message: { text } }) => {
      const verdict = readVerdict(text);
      if (!verdict || verdict.kind === 'accepted') return;
      clearTimeout(timer);
      if (verdict.kind === 'finished' && verdict.parts.get('exported') === expected) resolve(text);
      else reject(new Error(`the export ended differently: ${text}`));
    });
  });
  webex.say({ person: webex.people.admin, text });
  await ended;
}

interface Heard {
  readonly phases: Map<string, number>;
  readonly usage: Usage[];
  readonly guards: Record<string, number>;
}

function readLine(line: string, { phases, usage, guards }: Heard): void {
  if (!line.startsWith('{')) return;
  const entry = JSON.parse(line);
  if (entry.msg === 'a phase begins') phases.set(entry.phase, Date.parse(entry.time));
  if (entry.msg === 'usage') usage.push(entry);
  if (entry.msg === 'guards') Object.assign(guards, entry.shares);
}

function mostInAMinute(times: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [index, atMs] of times.entries()) {
    while ((times[first] ?? atMs) <= atMs - 60_000) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
