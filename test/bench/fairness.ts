import { startBot } from '../../src/sandbox/bot-process.ts';
import { createDoor } from '../../src/sandbox/door.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { readVerdict } from '../../src/sandbox/verdict.ts';
import { letAllRun } from './answer.ts';
import { type Person, type Sandbox, signIn } from './sign-in.ts';

const unlimited = 1_000_000_000;
const patienceMs = 5 * 60_000;

interface Fairness {
  readonly aloneMs: number;
  readonly besideMs: number;
}

/**
 * A small export alone, and the same one started while a large one of somebody else is under way: from the
 * command to its workbook in the space.
 */
export async function measureFairness(options: {
  readonly large: number;
  readonly small: number;
  readonly apiLatencyMs: number;
  readonly fileLatencyMs: number;
}): Promise<Fairness> {
  const door = createDoor({ keep: 0 });
  const sandbox = await startSandbox({
    door,
    dataset: { kind: 'chats', count: options.large, days: 6 },
    contactCenter: { requestsPerMinute: unlimited },
  });
  const bot = await startBot({
    env: sandbox.botEnv({ WXCC_REQUESTS_PER_MINUTE: String(unlimited) }),
  });
  try {
    const { admin, secondAdmin } = sandbox.webex.people;
    for (const person of [admin, secondAdmin]) await signIn(sandbox, person);
    letAllRun(sandbox);
    door.latency('contact-center', options.apiLatencyMs);
    door.latency('files', options.fileLatencyMs);
    const command = `export ${rangeOf(sandbox, options.small)} in UTC`;
    // The first export of a process pays for what is compiled and loaded only then.
    await timeOf(sandbox, secondAdmin, command);
    const aloneMs = await timeOf(sandbox, secondAdmin, command);
    const underWay = filesServed(door, 500);
    sandbox.webex.say({ person: admin, text: 'export last 7 days' });
    await underWay;
    const besideMs = await timeOf(sandbox, secondAdmin, command);
    return { aloneMs, besideMs };
  } finally {
    await bot.kill();
    await sandbox.close();
  }
}

/** Whole minutes that hold about so many of the oldest conversations. */
function rangeOf({ dataset }: Sandbox, count: number): string {
  const nowMs = Date.now();
  const window = { by: 'createdTime', fromMs: nowMs - 7 * 86_400_000, toMs: nowMs } as const;
  const times = [...dataset.tasks(window)].map(({ createdTime }) => createdTime).sort();
  const minute = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
  return `${minute(times[0] ?? nowMs)} to ${minute((times[count] ?? nowMs) + 60_000)}`;
}

async function timeOf({ webex }: Sandbox, person: Person, text: string): Promise<number> {
  const startedMs = performance.now();
  const { id } = webex.say({ person, text });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the export does not end')), patienceMs);
    const stop = webex.onMessage(({ message }) => {
      const verdict = message.parentId === id ? readVerdict(message.text) : undefined;
      if (!verdict || verdict.kind === 'accepted') return;
      clearTimeout(timer);
      stop();
      if (verdict.kind === 'finished') resolve();
      else reject(new Error(`the export ended differently: ${message.text}`));
    });
  });
  return performance.now() - startedMs;
}

function filesServed(door: ReturnType<typeof createDoor>, count: number): Promise<void> {
  let served = 0;
  return new Promise((resolve) => {
    const stop = door.onRequest(({ service }) => {
      if (service !== 'files' || ++served < count) return;
      stop();
      resolve();
    });
  });
}
