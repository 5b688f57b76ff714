import { createCalendar } from './calendar.ts';
import type { ChannelType } from './catalogue.ts';
import { type Language, languageFor, rightToLeft } from './languages.ts';
import { createRandom, mix, numberIn, type Share, uuidOf } from './random.ts';

/** Peculiarities of which every full week has at least one, always an ended web chat. */
const roles = [
  'two transcripts',
  'no transcript',
  'empty transcript',
  'emoji',
  'right to left',
  'formulas',
  'very long',
  'awkward',
  'anonymous',
  'redacted',
  'attachments',
  'wrapped',
  'other version',
] as const;
export type Role = (typeof roles)[number];

/** What is decided about a task before its details: enough to make them again at any time. */
export interface TaskPlan {
  readonly id: string;
  readonly createdTime: number;
  readonly daysAgo: number;
  readonly channel: ChannelType;
  readonly language: Language;
  readonly role: Role | undefined;
  /** Still going on, however long ago it began. */
  readonly open: boolean;
  /** One of many alike, for measurements. */
  readonly plain: boolean;
  /** Seeds for the details. */
  readonly recordSeed: number;
  readonly captureSeed: number;
}

export interface PlanOptions {
  readonly seed: number;
  readonly nowMs: number;
  readonly days: number;
  readonly count: number;
  /** `chats`: nothing but ended web chats with one transcript of twenty messages, for measurements. */
  readonly kind: 'mixed' | 'chats';
}

export interface Planner {
  readonly count: number;
  plan(index: number): TaskPlan;
  firstAt(atMs: number): number;
  indexOf(id: string): number | undefined;
}

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

const channelShares: readonly [Share<ChannelType>, ...Share<ChannelType>[]] = [
  ['chat', 62],
  ['social', 15],
  ['telephony', 11],
  ['email', 7],
  ['workItem', 3],
  ['customMessaging', 2],
];

/** The newest conversations, newest first, that are always still open in a mixed data set. */
const openChannels: readonly ChannelType[] = ['chat', 'social', 'email'];

export function createPlanner({ seed, nowMs, days, count, kind }: PlanOptions): Planner {
  const space = mix(seed);
  const jitter = (index: number) => mix(space ^ mix(index)) / 0x1_0000_0000;
  const mixed = kind === 'mixed';
  // Plain chats are all over by now: none begins within the hour that the longest one takes.
  const untilMs = mixed ? nowMs : nowMs - 3_600_000;
  const calendar = createCalendar({ nowMs: untilMs, days, count, jitter });
  const roleOf = createRoles(nowMs, calendar.firstAt);

  return {
    count,
    firstAt: calendar.firstAt,
    indexOf(id) {
      const index = numberIn(space, id);
      return index !== undefined && index < count ? index : undefined;
    },
    plan(index) {
      const createdTime = calendar.startOf(index);
      const recordSeed = mix(space + mix(index + 1));
      const random = createRandom(recordSeed ^ 0x5eed);
      const openChannel = mixed ? openChannels[count - 1 - index] : undefined;
      const role = mixed && openChannel === undefined ? roleOf(index, createdTime) : undefined;
      const drawn = random.weighted(channelShares);
      const language = languageFor(random);
      return {
        id: uuidOf(space, index),
        createdTime,
        daysAgo: (nowMs - createdTime) / dayMs,
        channel: role !== undefined || !mixed ? 'chat' : (openChannel ?? drawn),
        language: role === 'right to left' ? rightToLeft : language,
        role,
        open: openChannel !== undefined,
        plain: !mixed,
        recordSeed,
        captureSeed: mix(recordSeed + 1),
      };
    },
  };
}

/** Gives each week (counted back from now) one task of every role, evenly spread over the week. */
function createRoles(nowMs: number, firstAt: (atMs: number) => number) {
  const weeks = new Map<number, readonly [first: number, size: number]>();
  const boundsOf = (week: number) => {
    const known = weeks.get(week);
    if (known) return known;
    const first = firstAt(nowMs - (week + 1) * weekMs);
    const bounds = [first, firstAt(nowMs - week * weekMs) - first] as const;
    weeks.set(week, bounds);
    return bounds;
  };
  return (index: number, createdTime: number): Role | undefined => {
    const [first, size] = boundsOf(Math.ceil((nowMs - createdTime) / weekMs) - 1);
    const position = index - first;
    const candidate = Math.floor((position * roles.length) / size);
    const place = Math.floor((size * (candidate + 0.5)) / roles.length);
    return place === position ? roles[candidate] : undefined;
  };
}
