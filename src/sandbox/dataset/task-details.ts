import {
  type Agent,
  agents,
  type ChannelType,
  entryPoints,
  queueFor,
  wrapUpCodes,
} from './catalogue.ts';
import type { TaskPlan } from './plan.ts';
import { hashText, type Random, type Share, uuidOf } from './random.ts';

/** How a conversation went: `bot only` never reached a queue, `abandoned` never reached an agent. */
export type Course = 'handled' | 'abandoned' | 'bot only';

export function customerOf(plan: TaskPlan, nothing: string | null, random: Random) {
  const name = random.pick(plan.language.customers);
  const number = random.between(100, 999);
  const writes = plan.channel !== 'telephony' && plan.channel !== 'social';
  const contact = writes ? `customer${number}@mail.example` : `+15550100${number}`;
  const customer = {
    name: random.chance(0.92) ? name : nothing,
    email: writes ? contact : nothing,
    phoneNumber: writes ? nothing : contact,
  };
  return { customer, contact };
}

export function destinationOf(channel: ChannelType): string {
  if (channel === 'chat') return 'https://shop.cumulus.example/help';
  return channel === 'telephony' || channel === 'social'
    ? '+4934155000'
    : entryPoints[channel].name;
}

export function queuesOf(
  plan: TaskPlan,
  course: Course,
  durationMs: number,
  nothing: string | null,
  random: Random,
) {
  const nowhere = { id: nothing, name: nothing };
  if (course === 'bot only') {
    // Seen both ways: no queue at all, or a queue of which every member is missing.
    const last = random.chance(0.5) ? null : { id: null, name: null, duration: null };
    return { last, previous: nowhere, first: nowhere, count: 0, transferCount: 0 };
  }
  const last = queueFor(plan.channel, plan.daysAgo, random);
  const other = queueFor(plan.channel, plan.daysAgo, random);
  const transferred = course === 'handled' && other.id !== last.id && random.chance(0.15);
  return {
    last: { id: last.id, name: last.name, duration: durationMs },
    previous: transferred ? other : nowhere,
    first: transferred ? other : last,
    count: transferred ? 2 : 1,
    transferCount: transferred ? 1 : 0,
  };
}

export function peopleOf(course: Course, nothing: string | null, random: Random) {
  if (course !== 'handled') {
    const nobody = { lastAgent: null, owner: null, team: null, site: null, previous: undefined };
    return { ...nobody, count: 0, consultCount: 0 };
  }
  const agent = random.pick(agents);
  const previous: Agent | undefined = random.chance(0.06) ? random.pick(agents) : undefined;
  return {
    lastAgent: {
      id: agent.id,
      name: agent.name,
      signInId: agent.signInId,
      sessionId: uuidOf(agentSessions, random.between(0, 0xffff)),
      phoneNumber: random.chance(0.5) ? agent.phoneNumber : nothing,
      channelId: nothing,
    },
    owner: { id: agent.id, name: agent.name, signInId: agent.signInId },
    team: agent.team,
    site: agent.site,
    previous,
    count: previous ? 2 : 1,
    consultCount: random.chance(0.05) ? 1 : 0,
  };
}

const agentSessions = hashText('agent session');

export const unended = {
  terminationType: null,
  terminatingEnd: null,
  terminationReason: null,
  abandonedType: null,
  contactHandleType: null,
  wrapUp: undefined,
  csatScore: null,
  autoCsat: null,
  feedback: null,
} as const;

export function endOf(course: Course, nothing: string | null, random: Random) {
  const surveyed = course === 'handled' && random.chance(0.25);
  const [terminatingEnd, terminationReason] = random.weighted(
    course === 'handled' ? handledEnds : unhandledEnds,
  );
  return {
    terminationType: random.chance(0.05) ? 'sudden_disconnect' : 'normal',
    terminatingEnd,
    terminationReason: terminationReason ?? nothing,
    abandonedType: course === 'abandoned' ? 'queue' : nothing,
    contactHandleType: handleTypes[course],
    wrapUp: course === 'handled' && random.chance(0.9) ? random.pick(wrapUpCodes) : undefined,
    csatScore: surveyed ? random.between(1, 5) : null,
    autoCsat: random.chance(0.3) ? String(random.between(30, 50) / 10) : nothing,
    feedback: surveyed
      ? {
          surveyOptIn: 'true',
          type: 'INLINE',
          comment: random.chance(0.3) ? 'Très bien !' : nothing,
        }
      : null,
  };
}

type End = readonly [terminatingEnd: string, terminationReason: string | undefined];

const handledEnds: readonly [Share<End>, ...Share<End>[]] = [
  [['Customer', 'Customer Left'], 55],
  [['Agent', 'Agent Left'], 40],
  [['System', undefined], 5],
];

const unhandledEnds: readonly [Share<End>, ...Share<End>[]] = [
  [['Customer', 'Customer Left'], 70],
  [['System', 'Queue Timeout'], 30],
];

const handleTypes: Record<Course, string> = {
  handled: 'normal',
  abandoned: 'abandoned',
  'bot only': 'short',
};
