import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Fault } from '../../src/sandbox/door-faults.ts';
import { readAccount, tallyOfMessage, tallyOfRows } from '../helpers/account.ts';
import type { Conversation } from './conversations.ts';
import { inventConversations } from './conversations.ts';
import { judgeRest } from './oracle.ts';
import { orderExport, over } from './orders.ts';
import type { Section } from './report.ts';
import { answersTo, eventually, type Rig, startRig } from './rig.ts';
import type { Seen } from './soak-door.ts';

/** What one fault has shown: figures to be printed, and what is wrong with them. */
interface Finding {
  readonly counts: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
}

interface Trial {
  readonly words: string;
  readonly conversations: number;
  readonly play: (rig: Rig) => Promise<Finding>;
}

const busy: readonly Trial[] = [
  { words: 'spread of retries', conversations: 80, play: spreadOfRetries },
  { words: 'rate limit', conversations: 200, play: rateLimit },
  { words: 'huge transcripts', conversations: 60, play: hugeTranscripts },
];
const patient: readonly Trial[] = [
  { words: 'hanging transcripts', conversations: 30, play: hanging },
  { words: 'hanging captures', conversations: 20, play: hangingCaptures },
  { words: 'storage down', conversations: 400, play: storageDown },
  { words: 'tokens that live for two seconds', conversations: 300, play: shortTokens },
];

/** Faults whose figures are times or sizes. What is nearly all waiting waits side by side. */
export async function* soakFaults(): AsyncGenerator<Section, void> {
  for (const trial of busy) yield await tryOut(trial);
  yield* await Promise.all(patient.map(tryOut));
}

async function tryOut({ words, conversations, play }: Trial): Promise<Section> {
  const seed = words.length;
  const good = inventConversations(seed, conversations * 3)
    .filter(isPlain)
    .slice(0, conversations);
  const rig = await startRig({ conversations: good, contactCenter: {} });
  let finding: Finding;
  try {
    await rig.signIn(rig.sandbox.webex.people.admin);
    finding = await play(rig);
    finding = { ...finding, wrong: [...finding.wrong, ...(await judgeRest(rig))] };
  } catch (error) {
    finding = { counts: {}, wrong: [String(error), ...rig.output().split('\n').slice(-40)] };
  } finally {
    await rig.close();
  }
  const { counts, wrong } = finding;
  return {
    seed,
    words,
    counts,
    troubles: wrong.length > 0 ? [{ where: `(${words})`, wrong }] : [],
  };
}

function isPlain({ draft, bucket }: Conversation): boolean {
  return bucket === 'exported' && draft.transcripts?.length === 1 && !draft.channelType;
}

const isFile = ({ service }: Seen) => service === 'files';
const isCaptures = ({ path }: Seen) => path === '/v1/captures/query';

/** One export to its end; its account. */
async function exportAll(rig: Rig, withinMs: number) {
  const ordered = orderExport(rig);
  await over(rig, ordered, withinMs);
  const file = answersTo(rig, ordered.said).find((message) => message.file);
  if (!file) throw new Error(`no file: ${answersTo(rig, ordered.said).map(({ text }) => text)}`);
  const account = await readAccount(file.file?.bytes);
  const tally = tallyOfRows(account);
  const told = tallyOfMessage(file.text);
  const wrong =
    JSON.stringify(Object.entries(tally).sort()) === JSON.stringify(Object.entries(told).sort())
      ? []
      : [`balances differ: ${JSON.stringify([tally, told])}`];
  return { account, tally, wrong };
}

function mustBe(isTrue: boolean, what: string): string[] {
  return isTrue ? [] : [what];
}

/** Each file fails once: full jitter puts the second attempts all over the first second. */
async function spreadOfRetries(rig: Rig): Promise<Finding> {
  const failed = new Set<string>();
  rig.soak.decide = (seen) => {
    if (!isFile(seen) || failed.has(seen.path)) return 'pass';
    failed.add(seen.path);
    return { status: 500 };
  };
  const { tally, wrong } = await exportAll(rig, 60_000);
  const pauses = [...failed].map((path) => {
    const [first, second] = rig.soak.seen.filter((seen) => seen.path === path);
    return (second?.atMs ?? Number.NaN) - (first?.endedMs ?? Number.NaN);
  });
  // What a busy machine adds is no spread of ours.
  const within = pauses.filter((ms) => ms <= 1_000);
  const spreadMs = Math.max(...within) - Math.min(...within);
  return {
    counts: { retries: pauses.length, '% of a second is their spread': Math.round(spreadMs / 10) },
    wrong: [
      ...wrong,
      ...mustBe(spreadMs >= 800, `the retries came within ${spreadMs} ms`),
      ...mustBe(tally['exported'] === 80, `exported ${tally['exported']} of 80`),
    ],
  };
}

/** A 429 in the middle: nobody asks before its time is up. */
async function rateLimit(rig: Rig): Promise<Finding> {
  const promisedMs = 5_000;
  let refusal: Seen | undefined;
  rig.soak.decide = (seen) => {
    if (!isCaptures(seen) || refusal) return 'pass';
    refusal = seen;
    return { status: 429, headers: { 'retry-after': String(promisedMs / 1_000) } };
  };
  const { tally, wrong } = await exportAll(rig, 60_000);
  // Requests that were on their way already are not meant.
  const refusedMs = refusal?.endedMs ?? Number.NaN;
  const fromMs = refusedMs + 150;
  const since = rig.soak.seen.filter(
    ({ service, atMs }) => service === 'contact-center' && atMs > fromMs,
  );
  const waitedMs = Math.min(...since.map(({ atMs }) => atMs)) - refusedMs;
  return {
    counts: { 'ms waited of 5,000': waitedMs },
    wrong: [
      ...wrong,
      ...mustBe(waitedMs >= promisedMs, `asked again after ${waitedMs} ms`),
      ...mustBe(waitedMs <= promisedMs + 2_000, `slept for ${waitedMs} ms`),
      ...mustBe(tally['exported'] === 200, `exported ${tally['exported']} of 200`),
    ],
  };
}

/** Transcripts that never come, drip, or stop in the middle: sixty seconds each, and no longer. */
async function hanging(rig: Rig): Promise<Finding> {
  const ways: readonly Fault[] = [
    { never: true },
    { drip: { everyMs: 1_000 } },
    { drip: { everyMs: 3_600_000 } },
  ];
  const bad = rig.conversations.slice(0, ways.length).map(({ draft }) => draft.id);
  rig.soak.decide = ({ path }) => {
    const index = bad.findIndex((id) => path.startsWith(`/files/${id}`));
    return ways[index] ?? 'pass';
  };
  const before = socketsOf(rig.bot.pid);
  const { account, tally, wrong } = await exportAll(rig, 120_000);
  const times = bad.map((id) => {
    const asked = rig.soak.seen.filter(({ path }) => path.startsWith(`/files/${id}`));
    return (asked.at(-1)?.endedMs ?? Number.NaN) - (asked[0]?.atMs ?? Number.NaN);
  });
  const isInTime = times.every((ms) => ms >= 54_000 && ms <= 66_000);
  // Idle connections are kept for twenty seconds.
  await eventually(() => socketsOf(rig.bot.pid) <= before, 'the end of all connections', 40_000);
  return {
    counts: { 'ms at least': Math.min(...times), 'ms at most': Math.max(...times) },
    wrong: [
      ...wrong,
      ...mustBe(isInTime, `took ${times.join(', ')} ms instead of 60,000`),
      ...mustBe(tally['failed'] === bad.length, `failed: ${tally['failed']}`),
      ...bad.flatMap((id) => mustBe(account.missing.get(id)?.bucket === 'failed', `${id} is lost`)),
    ],
  };
}

/** A call that is never answered is given up after thirty seconds, and made again. */
async function hangingCaptures(rig: Rig): Promise<Finding> {
  let hanging: Seen | undefined;
  rig.soak.decide = (seen) => {
    if (!isCaptures(seen) || hanging) return 'pass';
    hanging = seen;
    return { never: true };
  };
  const { tally, wrong } = await exportAll(rig, 90_000);
  const tookMs = (hanging?.endedMs ?? Number.NaN) - (hanging?.atMs ?? Number.NaN);
  return {
    counts: { 'ms until it was given up': tookMs },
    wrong: [
      ...wrong,
      ...mustBe(tookMs >= 27_000 && tookMs <= 33_000, `took ${tookMs} ms instead of 30,000`),
      ...mustBe(tally['exported'] === 20, `exported ${tally['exported']} of 20`),
    ],
  };
}

/** Two minutes without the storage: it is left alone, it is noticed when it is back, and little is lost. */
async function storageDown(rig: Rig): Promise<Finding> {
  const downMs = 120_000;
  let fromMs: number | undefined;
  let answered = 0;
  const isDown = () => fromMs !== undefined && Date.now() < fromMs + downMs;
  rig.soak.decide = (seen) => {
    if (!isFile(seen)) return 'pass';
    if (fromMs === undefined && ++answered > 50) fromMs = Date.now();
    return isDown() ? { hangUp: true } : 'pass';
  };
  const { tally, wrong } = await exportAll(rig, 240_000);
  const beganMs = fromMs ?? Number.NaN;
  const files = rig.soak.seen.filter(isFile);
  // The first half minute is how long the retries of those under way take.
  const meanwhile = files.filter(
    ({ atMs }) => atMs > beganMs + 30_000 && atMs < beganMs + downMs,
  ).length;
  const backMs = Math.min(
    ...files.map(({ atMs }) => atMs).filter((atMs) => atMs >= beganMs + downMs),
  );
  const recoveryMs = backMs - beganMs - downMs;
  const { failed = 0, exported = 0 } = tally;
  return {
    counts: {
      'requests to the dead storage in 90 s': meanwhile,
      'ms until it was noticed': recoveryMs,
      failed,
    },
    wrong: [
      ...wrong,
      ...mustBe(meanwhile <= 9, `${meanwhile} requests to a dead storage in 90 s`),
      ...mustBe(recoveryMs <= 15_500, `noticed after ${recoveryMs} ms`),
      ...mustBe(failed <= 16, `${failed} conversations failed`),
      ...mustBe(failed + exported === 400, `only ${failed + exported} of 400`),
    ],
  };
}

/** Access tokens that end every two seconds cost refreshes, one at a time, and nothing else. */
async function shortTokens(rig: Rig): Promise<Finding> {
  const { webex } = rig.sandbox;
  // Slow enough for several lives.
  rig.soak.door.latency('contact-center', 700);
  const ended = new AbortController();
  const expire = (async () => {
    while (!ended.signal.aborted) {
      webex.expireAccessTokens(webex.people.admin);
      await delay(2_000, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  const { tally, wrong } = await exportAll(rig, 120_000).finally(() => ended.abort());
  await expire;
  const refreshes = rig.soak.seen.filter(({ path }) => path === '/v1/access_token').slice(1);
  const overlap = refreshes.filter(({ atMs, endedMs = Number.POSITIVE_INFINITY }) =>
    refreshes.some((other) => other.atMs > atMs && other.atMs < endedMs),
  ).length;
  return {
    counts: { refreshes: refreshes.length, 'of them at the same time': overlap },
    wrong: [
      ...wrong,
      ...mustBe(refreshes.length > 0, 'no refresh was seen'),
      ...mustBe(overlap === 0, `${overlap} refreshes overlap`),
      ...mustBe(tally['exported'] === 300, `exported ${tally['exported']} of 300`),
    ],
  };
}

const memoryLimitMb = 700;

/** Transcripts of 50 MB, bombs, and brackets a million deep: each fails alone, inside the memory. */
async function hugeTranscripts(rig: Rig): Promise<Finding> {
  const large = Buffer.alloc(50_000_000, 'x');
  const bomb = gzipSync(Buffer.alloc(500_000_000, ' '), { level: 9 });
  const deep = Buffer.from(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`);
  const ways: readonly Fault[] = [
    { body: large },
    { body: bomb, headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' } },
    { body: deep },
  ];
  const bad = rig.conversations.slice(0, 45).map(({ draft }) => draft.id);
  rig.soak.decide = ({ path }) => {
    const index = bad.findIndex((id) => path.startsWith(`/files/${id}`));
    return index < 0 ? 'pass' : (ways[index % ways.length] ?? 'pass');
  };
  const { tally, wrong } = await exportAll(rig, 120_000);
  const peakMb = peakMemoryMbOf(rig.bot.pid);
  return {
    counts: { 'MB at the peak': peakMb },
    wrong: [
      ...wrong,
      ...mustBe(peakMb <= memoryLimitMb, `${peakMb} MB at the peak`),
      ...mustBe(tally['failed'] === 45 && tally['exported'] === 15, JSON.stringify(tally)),
    ],
  };
}

/** What the kernel says of a process; this section needs Linux. */
function peakMemoryMbOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024);
}

function socketsOf(pid: number | undefined): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((fd) => isSocket(`${folder}/${fd}`)).length;
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    // Closed meanwhile.
    return false;
  }
}
