import { type ChannelType, contactReasons, entryPoints } from './catalogue.ts';
import type { TaskPlan } from './plan.ts';
import { createRandom, type Random, type Share } from './random.ts';
import { activitiesOf, type TaskRecord } from './task.ts';
import {
  type Course,
  customerOf,
  destinationOf,
  endOf,
  peopleOf,
  queuesOf,
  unended,
} from './task-details.ts';

const minuteMs = 60_000;

/** Nothing the generator makes lasts longer. */
export const longestMs = 30 * 60 * minuteMs;

const connectedMinutes: Record<ChannelType, readonly [low: number, high: number]> = {
  chat: [2, 28],
  social: [3, 900],
  email: [20, 1_500],
  telephony: [1, 25],
  workItem: [5, 480],
  customMessaging: [4, 120],
};

const subTypes: readonly [Share<string>, ...Share<string>[]] = [
  ['whatsapp', 50],
  ['facebook', 25],
  ['sms', 15],
  ['appleMessages', 10],
];

/**
 * The record of a planned task, the same at every call. One literal of one shape, because counts and benches
 * make a quarter of a million of them.
 */
export function generateTask(plan: TaskPlan, nowMs: number): TaskRecord {
  const random = createRandom(plan.recordSeed);
  const course = courseOf(plan, random);
  const times = timesOf(plan, course, random);
  const isActive = plan.open || plan.createdTime + times.totalDuration > nowMs;
  // The API says "nothing" in two ways, and one record may use either.
  const nothing = random.chance(0.5) ? null : 'NA';
  const { customer, contact } = customerOf(plan, nothing, random);
  const queue = queuesOf(plan, course, times.queueDuration, nothing, random);
  const people = peopleOf(course, nothing, random);
  const end = isActive ? unended : endOf(course, nothing, random);
  return {
    id: plan.id,
    channelType: plan.channel,
    channelSubType: plan.channel === 'social' ? random.weighted(subTypes) : nothing,
    status: isActive ? (course === 'handled' ? 'connected' : 'parked') : 'ended',
    direction: 'inbound',
    origin: contact,
    destination: destinationOf(plan.channel),
    createdTime: plan.createdTime,
    endedTime: isActive ? null : plan.createdTime + times.totalDuration,
    lastActivityTime: plan.createdTime + (isActive ? minuteMs : times.totalDuration),
    isActive,
    isCallback: false,
    isOutdial: false,
    isCampaign: false,
    isContactHandled: course === 'handled',
    isContactEscalatedToQueue: course !== 'bot only',
    isWithInServiceLevel: times.queueDuration < 120_000,
    isTranscriptionAvailable: plan.channel === 'telephony' && random.chance(0.6) ? true : null,
    captureRequested: plan.channel === 'telephony',
    customer,
    lastQueue: queue.last,
    previousQueue: queue.previous,
    firstQueueId: queue.first.id,
    firstQueueName: queue.first.name,
    lastAgent: people.lastAgent,
    owner: people.owner,
    lastTeam: people.team,
    lastSite: people.site,
    lastEntryPoint: entryPoints[plan.channel],
    previousAgentId: people.previous?.id ?? nothing,
    previousAgentName: people.previous?.name ?? nothing,
    totalDuration: isActive ? null : times.totalDuration,
    queueDuration: times.queueDuration,
    connectedDuration: isActive ? null : times.connectedDuration,
    holdDuration: isActive ? null : times.holdDuration,
    wrapupDuration: isActive ? null : times.wrapupDuration,
    ringingDuration: times.ringingDuration,
    selfserviceDuration: times.selfserviceDuration,
    queueCount: queue.count,
    connectedCount: people.count,
    transferCount: queue.transferCount,
    conferenceCount: 0,
    consultCount: people.consultCount,
    terminationType: end.terminationType,
    terminatingEnd: end.terminatingEnd,
    terminationReason: end.terminationReason,
    abandonedType: end.abandonedType,
    contactHandleType: end.contactHandleType,
    lastWrapUpCodeId: end.wrapUp?.id ?? nothing,
    lastWrapupCodeName: end.wrapUp?.name ?? nothing,
    contactReason: random.chance(0.6) ? random.pick(contactReasons) : nothing,
    botName: course === 'bot only' || random.chance(0.3) ? 'Cumulus Bot' : nothing,
    topicName: 'N/A',
    contactDriver: 'N/A',
    csatScore: end.csatScore,
    autoCsat: end.autoCsat,
    feedback: end.feedback,
    matchedSkills: null,
    requiredSkills: null,
    matchedSkillsProfile: nothing,
    channelMetaData: null,
    stringGlobalVariables: { Language: plan.language.code, Tier: 'standard' },
    get activities() {
      return activitiesOf(this);
    },
  };
}

function courseOf(plan: TaskPlan, random: Random): Course {
  const drawn = random.weighted<Course>([
    ['handled', 90],
    ['abandoned', 7],
    ['bot only', 3],
  ]);
  return plan.role !== undefined || plan.open || plan.plain ? 'handled' : drawn;
}

function timesOf(plan: TaskPlan, course: Course, random: Random) {
  const [low, high] = connectedMinutes[plan.channel];
  const selfserviceDuration = random.between(4_000, 40_000);
  const queueDuration = course === 'bot only' ? 0 : random.between(1_000, 240_000);
  const connectedDuration =
    course === 'handled' ? random.between(low * minuteMs, high * minuteMs) : 0;
  const totalDuration = selfserviceDuration + queueDuration + connectedDuration;
  return {
    selfserviceDuration,
    queueDuration,
    connectedDuration,
    totalDuration,
    ringingDuration: course === 'handled' ? random.between(800, 9_000) : 0,
    holdDuration: plan.channel === 'telephony' ? random.between(0, 60_000) : 0,
    wrapupDuration: course === 'handled' ? random.between(5_000, 90_000) : 0,
  };
}
