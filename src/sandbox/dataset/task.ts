import { createHash } from 'node:crypto';

/** One row of Search, with the members of the vendor's dictionary (graphql-sample/DataDictionary/CSR.md). Times and durations in milliseconds. */
export interface TaskRecord {
  readonly id: string;
  readonly channelType: string;
  readonly channelSubType: string | null;
  readonly status: string;
  readonly direction: string | null;
  readonly origin: string | null;
  readonly destination: string | null;
  readonly createdTime: number;
  readonly endedTime: number | null;
  readonly lastActivityTime: number | null;
  readonly isActive: boolean;
  readonly isCallback: boolean;
  readonly isOutdial: boolean;
  readonly isCampaign: boolean;
  readonly isContactHandled: boolean | null;
  readonly isContactEscalatedToQueue: boolean | null;
  readonly isWithInServiceLevel: boolean | null;
  readonly isTranscriptionAvailable: true | null;
  readonly captureRequested: boolean;
  readonly customer: MaybeMembers<'name' | 'email' | 'phoneNumber'> | null;
  readonly lastQueue: (MaybeMembers<'id' | 'name'> & { duration: number | null }) | null;
  readonly previousQueue: MaybeMembers<'id' | 'name'> | null;
  readonly firstQueueId: string | null;
  readonly firstQueueName: string | null;
  readonly lastAgent: MaybeMembers<
    'id' | 'name' | 'signInId' | 'sessionId' | 'phoneNumber' | 'channelId'
  > | null;
  readonly owner: MaybeMembers<'id' | 'name' | 'signInId'> | null;
  readonly lastTeam: MaybeMembers<'id' | 'name'> | null;
  readonly lastSite: MaybeMembers<'id' | 'name'> | null;
  readonly lastEntryPoint: MaybeMembers<'id' | 'name'> | null;
  readonly previousAgentId: string | null;
  readonly previousAgentName: string | null;
  readonly totalDuration: number | null;
  readonly queueDuration: number | null;
  readonly connectedDuration: number | null;
  readonly holdDuration: number | null;
  readonly wrapupDuration: number | null;
  readonly ringingDuration: number | null;
  readonly selfserviceDuration: number | null;
  readonly queueCount: number | null;
  readonly connectedCount: number | null;
  readonly transferCount: number | null;
  readonly conferenceCount: number | null;
  readonly consultCount: number | null;
  readonly terminationType: string | null;
  readonly terminatingEnd: string | null;
  readonly terminationReason: string | null;
  readonly abandonedType: string | null;
  readonly contactHandleType: string | null;
  readonly lastWrapUpCodeId: string | null;
  readonly lastWrapupCodeName: string | null;
  readonly contactReason: string | null;
  readonly botName: string | null;
  readonly topicName: string | null;
  readonly contactDriver: string | null;
  readonly csatScore: number | null;
  readonly autoCsat: string | null;
  readonly feedback: MaybeMembers<'surveyOptIn' | 'type' | 'comment'> | null;
  readonly matchedSkills: unknown;
  readonly requiredSkills: unknown;
  readonly matchedSkillsProfile: string | null;
  readonly channelMetaData: {
    readonly inBoundTranscript: string | null;
    readonly outBoundTranscript: string | null;
    readonly chat: MaybeMembers<'chatReason'> | null;
    readonly email: MaybeMembers<'subject' | 'metadata'> | null;
  } | null;
  readonly stringGlobalVariables: Readonly<Record<string, string>>;
  /** What happened on the way, oldest first. */
  readonly activities: readonly ActivityRecord[];
}

export interface ActivityRecord {
  readonly id: string;
  readonly isActive: boolean;
  readonly eventName: string;
  readonly previousState: string | null;
  readonly nextState: string | null;
  readonly createdTime: number;
  readonly endedTime: number | null;
  readonly duration: number | null;
  readonly queueId: string | null;
  readonly queueName: string | null;
  readonly agentId: string | null;
  readonly agentName: string | null;
  readonly terminationReason: string | null;
}

type MaybeMembers<Name extends string> = Readonly<Record<Name, string | null>>;

/** What a test says about a task; everything else is that of a handled, ended web chat. */
export type TaskDraft = Partial<TaskRecord>;

/** A stable UUID for a word, for drafts that name none. */
export function uuidFor(word: string): string {
  const digits = createHash('sha256').update(word).digest('hex');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

/** @param fallback the id and the times a draft gets that has none */
export function toTaskRecord(
  draft: TaskDraft,
  fallback: { readonly id: string; readonly createdTime: number },
): TaskRecord {
  const createdTime = draft.createdTime ?? fallback.createdTime;
  const isActive = draft.isActive ?? draft.endedTime === null;
  const endedTime = isActive ? null : (draft.endedTime ?? createdTime + 300_000);
  const task: TaskRecord = {
    ...blank,
    id: fallback.id,
    status: isActive ? 'connected' : 'ended',
    customer: { name: 'Ava Thornton', email: 'ava@shop.example', phoneNumber: null },
    totalDuration: endedTime === null ? null : endedTime - createdTime,
    lastActivityTime: endedTime ?? createdTime,
    ...draft,
    createdTime,
    endedTime,
    isActive,
  };
  return draft.activities === undefined ? { ...task, activities: activitiesOf(task) } : task;
}

/** Everything a record can leave open, left open. */
const blank: Omit<TaskRecord, 'id' | 'createdTime' | 'endedTime' | 'isActive' | 'status'> = {
  channelType: 'chat',
  channelSubType: null,
  direction: 'inbound',
  origin: null,
  destination: null,
  lastActivityTime: null,
  isCallback: false,
  isOutdial: false,
  isCampaign: false,
  isContactHandled: null,
  isContactEscalatedToQueue: null,
  isWithInServiceLevel: null,
  isTranscriptionAvailable: null,
  captureRequested: false,
  customer: null,
  lastQueue: null,
  previousQueue: null,
  firstQueueId: null,
  firstQueueName: null,
  lastAgent: null,
  owner: null,
  lastTeam: null,
  lastSite: null,
  lastEntryPoint: null,
  previousAgentId: null,
  previousAgentName: null,
  totalDuration: null,
  queueDuration: null,
  connectedDuration: null,
  holdDuration: null,
  wrapupDuration: null,
  ringingDuration: null,
  selfserviceDuration: null,
  queueCount: null,
  connectedCount: null,
  transferCount: null,
  conferenceCount: null,
  consultCount: null,
  terminationType: null,
  terminatingEnd: null,
  terminationReason: null,
  abandonedType: null,
  contactHandleType: null,
  lastWrapUpCodeId: null,
  lastWrapupCodeName: null,
  contactReason: null,
  botName: null,
  topicName: null,
  contactDriver: null,
  csatScore: null,
  autoCsat: null,
  feedback: null,
  matchedSkills: null,
  requiredSkills: null,
  matchedSkillsProfile: null,
  channelMetaData: null,
  stringGlobalVariables: {},
  activities: [],
};

/** The stations of a task: arrival, each queue, each agent, the end. */
export function activitiesOf(task: TaskRecord): ActivityRecord[] {
  const stations: Partial<ActivityRecord>[] = [{ eventName: 'new' }];
  const { lastAgent } = task;
  for (const queue of [task.previousQueue, task.lastQueue]) {
    if (queue === null || queue.id === null || queue.id === 'NA') continue;
    stations.push({ eventName: 'parked', queueId: queue.id, queueName: queue.name });
  }
  if (lastAgent?.id) {
    stations.push({ eventName: 'connected', agentId: lastAgent.id, agentName: lastAgent.name });
  }
  if (!task.isActive) {
    stations.push({ eventName: 'ended', terminationReason: task.terminationReason });
  }
  const until = task.endedTime ?? task.createdTime;
  const share = Math.floor((until - task.createdTime) / stations.length);
  return stations.map((station, index) => ({
    queueId: null,
    queueName: null,
    agentId: null,
    agentName: null,
    terminationReason: null,
    eventName: 'new',
    ...station,
    id: uuidFor(`${task.id}/${index}`),
    isActive: task.isActive && index === stations.length - 1,
    previousState: stations[index - 1]?.eventName ?? null,
    nextState: stations[index + 1]?.eventName ?? null,
    createdTime: task.createdTime + share * index,
    endedTime: task.createdTime + share * (index + 1),
    duration: share,
  }));
}
