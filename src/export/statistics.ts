import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Task } from '../contact-center/task.ts';
import { createWallClock, type Window } from '../time.ts';
import type { ConversationFacts, ConversationReader } from './conversation-records.ts';
import type { Settlement } from './ledger.ts';

/** As spreadsheets compute them: `MEDIAN` and `PERCENTILE.INC(…; 0.9)`. */
interface Spread {
  readonly medianMs: number;
  readonly p90Ms: number;
}

/** Some of the exported conversations, taken together. */
export interface Group {
  readonly name: string;
  readonly conversations: number;
  readonly entries: number;
  readonly duration: Spread | undefined;
  readonly firstResponse: Spread | undefined;
  readonly transfers: number;
  /** The mean of those that were given. */
  readonly csat: number | undefined;
}

type PeriodUnit = 'day' | 'week' | 'month';

export interface Statistics {
  /** In order of time, those without a conversation too. */
  readonly periods: { readonly unit: PeriodUnit; readonly groups: readonly Group[] };
  /** The largest first; what is beyond the first of them is one group at the end. */
  readonly queues: readonly Group[];
  readonly channels: readonly Group[];
  readonly agents: readonly Group[];
  /** Conversations by weekday (from Monday) and hour of the local clock. */
  readonly week: readonly (readonly number[])[];
}

interface StatisticsInput {
  readonly settlements: readonly Settlement[];
  readonly read: Pick<ConversationReader, 'facts'>;
  readonly window: Window;
  readonly by: 'created' | 'ended';
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** More periods than this are no picture any more, so the next larger unit is taken. */
const mostPeriods = 31;
const mostGroups = 10;

/** Reads the facts of all exported conversations once; memory holds some numbers of each. */
export async function collectStatistics(input: StatisticsInput): Promise<Statistics> {
  const { settlements, read, window, by } = input;
  const toWallClock = createWallClock(window.zone);
  const periods = periodsOf(window, toWallClock);
  const rows = new Rows();
  const week = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  for (const settlement of settlements) {
    if (settlement.bucket !== 'exported') continue;
    const facts = await read.facts(settlement);
    const { task } = facts;
    const atMs = by === 'ended' ? task.endedTime : task.createdTime;
    const localMs = atMs === undefined ? undefined : toWallClock(atMs);
    rows.add(facts, settlement.entries, localMs === undefined ? -1 : periods.indexOf(localMs));
    if (localMs !== undefined) count(week, localMs);
  }
  return {
    periods: { unit: periods.unit, groups: await rows.byPeriod(periods.names) },
    queues: await rows.largest('queue'),
    channels: await rows.largest('channel'),
    agents: await rows.largest('agent'),
    week,
  };
}

function count(week: number[][], localMs: number): void {
  const hours = week[weekdayOf(localMs)];
  const hour = Math.floor((localMs - Math.floor(localMs / dayMs) * dayMs) / hourMs);
  if (hours) hours[hour] = (hours[hour] ?? 0) + 1;
}

/** From 0 for Monday; 1970 began on a Thursday. */
function weekdayOf(localMs: number): number {
  return (((Math.floor(localMs / dayMs) + 3) % 7) + 7) % 7;
}

interface Periods {
  readonly unit: PeriodUnit;
  readonly names: readonly string[];
  /** Which of them an instant of the local clock belongs to; -1 for none. */
  indexOf(localMs: number): number;
}

function periodsOf({ fromMs, toMs }: Window, toWallClock: (atMs: number) => number): Periods {
  const first = toWallClock(fromMs);
  const last = Math.max(first, toWallClock(toMs - 1));
  const units = [
    { unit: 'day', startOf: startOfDay, name: nameOfDay },
    { unit: 'week', startOf: startOfWeek, name: nameOfWeek },
    { unit: 'month', startOf: startOfMonth, name: nameOfMonth },
  ] as const;
  for (const { unit, startOf, name } of units) {
    const starts = startsBetween(startOf(first), last, startOf);
    if (starts.length > mostPeriods && unit !== 'month') continue;
    const index = new Map(starts.map((startMs, position) => [startMs, position]));
    return {
      unit,
      names: starts.map(name),
      indexOf: (localMs) => index.get(startOf(localMs)) ?? -1,
    };
  }
  throw new Error('months are taken for every window');
}

type StartOf = (localMs: number) => number;

function startsBetween(first: number, last: number, startOf: StartOf): number[] {
  const starts: number[] = [];
  // No unit is longer than 31 days, none is shorter than one.
  for (let at = first; at <= last; at += dayMs) {
    if (startOf(at) === at) starts.push(at);
  }
  return starts;
}

const startOfDay: StartOf = (localMs) => Math.floor(localMs / dayMs) * dayMs;
const startOfWeek: StartOf = (localMs) => startOfDay(localMs) - weekdayOf(localMs) * dayMs;
const startOfMonth: StartOf = (localMs) => {
  const date = new Date(localMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
};

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const isoDate = (localMs: number) => new Date(localMs).toISOString().slice(0, 10);
const nameOfDay = (localMs: number) => `${isoDate(localMs)} ${weekdays[weekdayOf(localMs)]}`;
const nameOfWeek = (localMs: number) => `week of ${isoDate(localMs)}`;
const nameOfMonth = (localMs: number) => isoDate(localMs).slice(0, 7);

type Dimension = 'queue' | 'channel' | 'agent';

const nameIn: Record<Dimension, (task: Task) => string> = {
  queue: ({ lastQueue }) => lastQueue?.name ?? lastQueue?.id ?? 'no queue',
  channel: ({ channelType }) => channelType ?? 'no channel',
  agent: ({ lastAgent }) => lastAgent?.name ?? lastAgent?.id ?? 'no agent',
};

/** The names of one dimension, each with a number. */
class Names {
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(name, number);
    return number;
  }

  get all(): readonly string[] {
    return [...this.#numbers.keys()];
  }
}

/** What the tables are made of, by columns: a quarter of a million conversations take some megabytes. */
class Rows {
  readonly #entries: number[] = [];
  readonly #transfers: number[] = [];
  /** NaN where there is none. */
  readonly #duration: number[] = [];
  readonly #firstResponse: number[] = [];
  readonly #csat: number[] = [];
  readonly #period: number[] = [];
  readonly #of: Record<Dimension, number[]> = { queue: [], channel: [], agent: [] };
  readonly #names: Record<Dimension, Names> = {
    queue: new Names(),
    channel: new Names(),
    agent: new Names(),
  };

  add({ task, metrics }: ConversationFacts, entries: number, period: number): void {
    this.#entries.push(entries);
    this.#transfers.push(task.transferCount ?? 0);
    this.#duration.push(task.totalDuration ?? Number.NaN);
    this.#firstResponse.push(metrics.firstResponseMs ?? Number.NaN);
    this.#csat.push(task.csatScore ?? Number.NaN);
    this.#period.push(period);
    for (const dimension of dimensions) {
      const name = nameIn[dimension](task);
      this.#of[dimension].push(this.#names[dimension].numberOf(name));
    }
  }

  async byPeriod(names: readonly string[]): Promise<Group[]> {
    const members = membersOf(this.#period, names.length);
    return this.#groups(names.map((name, index) => ({ name, members: members[index] ?? [] })));
  }

  async largest(dimension: Dimension): Promise<Group[]> {
    const names = this.#names[dimension].all;
    const members = membersOf(this.#of[dimension], names.length);
    const all = names
      .map((name, index) => ({ name, members: members[index] ?? [] }))
      .toSorted((a, b) => b.members.length - a.members.length || (a.name < b.name ? -1 : 1));
    if (all.length <= mostGroups) return this.#groups(all);
    const others = all.slice(mostGroups - 1);
    return this.#groups([
      ...all.slice(0, mostGroups - 1),
      {
        name: `${others.length} others`,
        members: others.flatMap((other) => other.members),
      },
    ]);
  }

  async #groups(
    named: readonly { readonly name: string; readonly members: readonly number[] }[],
  ): Promise<Group[]> {
    const groups: Group[] = [];
    for (const { name, members } of named) {
      groups.push(this.#group(name, members));
      // Sorting a large group takes its time, and the bot has to answer meanwhile.
      await nextTurn();
    }
    return groups;
  }

  #group(name: string, members: readonly number[]): Group {
    const csat = known(this.#csat, members);
    return {
      name,
      conversations: members.length,
      entries: sum(members.map((row) => this.#entries[row] ?? 0)),
      duration: spreadOf(known(this.#duration, members)),
      firstResponse: spreadOf(known(this.#firstResponse, members)),
      transfers: sum(members.map((row) => this.#transfers[row] ?? 0)),
      csat: csat.length === 0 ? undefined : sum(csat) / csat.length,
    };
  }
}

const dimensions = ['queue', 'channel', 'agent'] as const satisfies readonly Dimension[];

/** The rows of each group; rows of none are left out. */
function membersOf(groupOf: readonly number[], groups: number): number[][] {
  const members = Array.from({ length: groups }, (): number[] => []);
  for (const [row, group] of groupOf.entries()) members[group]?.push(row);
  return members;
}

function known(values: readonly number[], members: readonly number[]): Float64Array {
  const all = Float64Array.from(members, (row) => values[row] ?? Number.NaN);
  return all.filter((value) => !Number.isNaN(value));
}

function spreadOf(values: Float64Array): Spread | undefined {
  if (values.length === 0) return undefined;
  values.sort();
  return { medianMs: quantile(values, 0.5), p90Ms: quantile(values, 0.9) };
}

/** Between the two nearest values, in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return Math.round(low + (high - low) * (place - below));
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
