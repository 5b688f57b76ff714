/** The fields of tasks and activities that Search knows: github.com/WebexSamples/webex-contact-center-api-samples, graphql-sample/DataDictionary */

export type FieldType = 'String' | 'Int' | 'Long' | 'Boolean' | 'JSON' | 'Channel';

export interface FieldTable {
  readonly [name: string]: FieldType | FieldTable;
}

const named = { id: 'String', name: 'String' } as const;

export const taskFields = {
  id: 'String',
  channelType: 'Channel',
  channelSubType: 'String',
  createdTime: 'Long',
  endedTime: 'Long',
  lastActivityTime: 'Long',
  status: 'String',
  isActive: 'Boolean',
  isCallback: 'Boolean',
  isOutdial: 'Boolean',
  isCampaign: 'Boolean',
  isContactHandled: 'Boolean',
  isContactEscalatedToQueue: 'Boolean',
  isWithInServiceLevel: 'Boolean',
  isTranscriptionAvailable: 'Boolean',
  captureRequested: 'Boolean',
  origin: 'String',
  destination: 'String',
  direction: 'String',
  customer: { name: 'String', email: 'String', phoneNumber: 'String' },
  lastQueue: { ...named, duration: 'Long' },
  previousQueue: named,
  firstQueueId: 'String',
  firstQueueName: 'String',
  lastAgent: {
    ...named,
    signInId: 'String',
    sessionId: 'String',
    phoneNumber: 'String',
    channelId: 'String',
  },
  owner: { ...named, signInId: 'String' },
  lastTeam: named,
  lastSite: named,
  lastEntryPoint: named,
  previousAgentId: 'String',
  previousAgentName: 'String',
  totalDuration: 'Long',
  queueDuration: 'Long',
  connectedDuration: 'Long',
  holdDuration: 'Long',
  wrapupDuration: 'Long',
  ringingDuration: 'Long',
  selfserviceDuration: 'Long',
  queueCount: 'Int',
  connectedCount: 'Int',
  transferCount: 'Int',
  conferenceCount: 'Int',
  consultCount: 'Int',
  terminationType: 'String',
  terminatingEnd: 'String',
  terminationReason: 'String',
  abandonedType: 'String',
  contactHandleType: 'String',
  lastWrapUpCodeId: 'String',
  lastWrapupCodeName: 'String',
  contactReason: 'String',
  botName: 'String',
  topicName: 'String',
  contactDriver: 'String',
  csatScore: 'Int',
  autoCsat: 'String',
  feedback: { surveyOptIn: 'String', type: 'String', comment: 'String' },
  matchedSkills: 'JSON',
  requiredSkills: 'JSON',
  matchedSkillsProfile: 'String',
  channelMetaData: {
    inBoundTranscript: 'String',
    outBoundTranscript: 'String',
    chat: { chatReason: 'String' },
    email: { subject: 'String', metadata: 'String' },
  },
} as const satisfies FieldTable;

export const activityFields = {
  id: 'String',
  isActive: 'Boolean',
  eventName: 'String',
  previousState: 'String',
  nextState: 'String',
  createdTime: 'Long',
  endedTime: 'Long',
  duration: 'Long',
  queueId: 'String',
  queueName: 'String',
  agentId: 'String',
  agentName: 'String',
  terminationReason: 'String',
} as const satisfies FieldTable;

/** `from` and `to` select by creation; the others are not searchable either. */
export const unfiltered: ReadonlySet<string> = new Set([
  'createdTime',
  'autoCsat',
  'matchedSkills',
  'requiredSkills',
]);

export const unsorted: ReadonlySet<string> = new Set([
  'inBoundTranscript',
  'outBoundTranscript',
  'matchedSkills',
  'requiredSkills',
  'matchedSkillsProfile',
]);

/** Channel values that occur somewhere; in filters they are enum literals. */
export const channelValues = [
  'telephony',
  'chat',
  'email',
  'social',
  'workItem',
  'customMessaging',
  'social_channel',
  'video',
] as const;

/** The type of a field named by a path such as `lastQueue.id`. */
export function fieldType(table: FieldTable, path: readonly string[]): FieldType | undefined {
  let place: FieldType | FieldTable | undefined = table;
  for (const name of path) {
    if (typeof place !== 'object' || !Object.hasOwn(place, name)) return undefined;
    place = place[name];
  }
  return typeof place === 'string' ? place : undefined;
}

/** Reads a member of a row or of a row's member; nothing there reads as `null`. */
export function readField(row: unknown, path: readonly string[]): unknown {
  let value = row;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return null;
    value = Reflect.get(value, name);
  }
  return value ?? null;
}
