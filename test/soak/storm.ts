import { createRandom, type Random } from '../../src/sandbox/dataset/random.ts';
import { loginLinkIn, signInThrough } from '../../src/sandbox/sign-in.ts';
import { inventConversations } from './conversations.ts';
import { Nemesis } from './nemesis.ts';
import { judgeExport, judgeRest, judgeStore } from './oracle.ts';
import {
  hasEnded,
  noteLostAnswers,
  noteRestart,
  type Ordered,
  orderExport,
  over,
  patienceMs,
} from './orders.ts';
import type { Section, Trouble } from './report.ts';
import { eventually, type Rig, type RigOptions, startRig } from './rig.ts';

interface StormExtent {
  readonly seeds: readonly number[];
  readonly rounds: number;
  readonly conversations: readonly [least: number, most: number];
  /** Ends of the bot in a round; a job that has brought it down three times is set aside. */
  readonly ends: readonly [least: number, most: number];
}

interface Counts {
  exports: number;
  kills: number;
  shutdowns: number;
  /** Of access tokens, which then have to be renewed. */
  withdrawals: number;
  recoveries: number;
  /** After a kill that came between a new token and its note. */
  'sign-ins again': number;
}

/**
 * Exports of two people at once while every upstream fails now and then, tokens are withdrawn, and the bot
 * is killed or asked to leave; after each round every promise has to hold.
 */
export async function* soakStorms(extent: StormExtent): AsyncGenerator<Section, void> {
  for (const seed of extent.seeds) yield await storm(seed, extent);
}

export async function storm(seed: number, extent: Omit<StormExtent, 'seeds'>): Promise<Section> {
  const random = createRandom(seed);
  const rig = await startRig({
    conversations: inventConversations(seed, random.between(...extent.conversations)),
    contactCenter: drawContactCenter(random),
  });
  const nemesis = new Nemesis(seed, random.between(3, 8) / 100);
  const counts: Counts = {
    exports: 0,
    kills: 0,
    shutdowns: 0,
    withdrawals: 0,
    recoveries: 0,
    'sign-ins again': 0,
  };
  const troubles: Trouble[] = [];
  try {
    const { admin, secondAdmin } = rig.sandbox.webex.people;
    for (const person of [admin, secondAdmin]) await rig.signIn(person);
    signInAgain(rig, counts);
    rig.soak.decide = (seen) => nemesis.decide(seen);
    for (let round = 1; round <= extent.rounds && troubles.length === 0; round++) {
      nemesis.nextRound();
      const wrong = await playRound(rig, drawBlows(random, extent.ends), random, counts).catch(
        (error: unknown) => [String(error), ...rig.output().split('\n').slice(-40)],
      );
      if (wrong.length > 0) troubles.push({ where: `--seed ${seed} (round ${round})`, wrong });
    }
    rig.soak.decide = () => 'pass';
    await rig.bot.stop();
    const wrong = await judgeStore(rig);
    if (wrong.length > 0) troubles.push({ where: `--seed ${seed} (the store)`, wrong });
  } finally {
    await rig.close();
  }
  return { seed, counts: { ...counts, faults: nemesis.faults }, troubles };
}

/** Follows every card that comes, as its person would. */
function signInAgain({ sandbox: { webex } }: Rig, counts: Counts): void {
  const { admin, secondAdmin } = webex.people;
  webex.onMessage(({ kind, message }) => {
    const link = loginLinkIn(message);
    const person = [admin, secondAdmin].find((one) => webex.directSpace(one).id === message.roomId);
    if (kind !== 'created' || link === undefined || !person) return;
    counts['sign-ins again']++;
    void signInThrough(link, person).catch(() => {});
  });
}

/** What the vendor's documents leave open, and what differs between installations. */
function drawContactCenter(random: Random): RigOptions['contactCenter'] {
  return {
    pageSize: random.between(4, 40),
    captureMembers: random.pick(['lower', 'capital'] as const),
    absentMembers: random.pick(['null', 'missing'] as const),
    aggregationValues: random.pick(['number', 'text'] as const),
    sorting: random.pick(['known', 'unknown'] as const),
    graphqlErrorsAs: random.pick([200, 400] as const),
  };
}

async function playRound(
  rig: Rig,
  blows: readonly Blow[],
  random: Random,
  counts: Counts,
): Promise<string[]> {
  const orders = orderSome(rig, random);
  const forget = noteLostAnswers(rig, orders);
  const first = rig.soak.seen.length;
  const wrong: string[] = [];
  let mark = 0;
  for (const blow of blows) {
    mark += random.between(5, 80);
    const comes = () =>
      rig.soak.seen.length >= first + mark || orders.every((one) => hasEnded(rig, one));
    await eventually(comes, `${mark} requests or the end`, patienceMs);
    wrong.push(...(await strike(blow, rig, orders, counts)));
  }
  for (const ordered of orders) await over(rig, ordered);
  forget();
  counts.exports += orders.length;
  wrong.push(...(await judgeRest(rig)));
  for (const ordered of orders) wrong.push(...(await judgeExport(rig, ordered)));
  return wrong;
}

type Blow = 'kill' | 'shutdown' | 'withdrawal';

function drawBlows(random: Random, ends: StormExtent['ends']): Blow[] {
  const blows: Blow[] = [];
  for (let left = random.between(...ends); left > 0; left--) {
    if (random.chance(0.4)) blows.push('withdrawal');
    blows.push(random.chance(0.7) ? 'kill' : 'shutdown');
  }
  if (random.chance(0.4)) blows.push('withdrawal');
  return blows;
}

async function strike(
  blow: Blow,
  rig: Rig,
  orders: readonly Ordered[],
  counts: Counts,
): Promise<string[]> {
  counts[`${blow}s`]++;
  const wrong: string[] = [];
  if (blow === 'withdrawal') {
    const { admin, secondAdmin } = rig.sandbox.webex.people;
    for (const person of [admin, secondAdmin]) rig.sandbox.webex.expireAccessTokens(person);
    return [];
  }
  const { code, signal } = await (blow === 'kill' ? rig.bot.kill() : rig.bot.stop('SIGTERM'));
  if (blow === 'shutdown' && code !== 0) {
    wrong.push(`ended with ${signal ?? `code ${code}`} on SIGTERM`);
  }
  await rig.quiet();
  for (const ordered of orders) noteRestart(rig, ordered);
  await rig.start();
  counts.recoveries++;
  return wrong;
}

function orderSome(rig: Rig, random: Random): Ordered[] {
  const { webex } = rig.sandbox;
  const people = random.chance(0.5)
    ? [webex.people.admin]
    : [webex.people.admin, webex.people.secondAdmin];
  return people.map((person) => {
    const from = random.between(1, 3);
    const wish = {
      days: { from, to: random.between(1, from) },
      channel: random.pick(['chat', 'chat', 'all'] as const),
    };
    const direct = random.chance(0.3) ? { roomId: webex.directSpace(person).id } : {};
    return orderExport(rig, wish, { person, ...direct });
  });
}
