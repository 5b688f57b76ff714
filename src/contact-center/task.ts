import { z } from 'zod';
import { Flag, Numeric, Text } from './values.ts';

/** The last instant that a date can be made of. */
const lastMs = 8.64e15;

/** The beginning of 1970 means that there is no such time. */
const Time = Numeric.transform((ms) =>
  ms !== undefined && ms > 0 && ms <= lastMs ? Math.floor(ms) : undefined,
);

const Named = z
  .object({ id: Text, name: Text })
  .optional()
  .catch(undefined)
  .transform((named) => (named?.id === undefined && named?.name === undefined ? undefined : named));

/**
 * One contact as Search knows it, in the vendor's words. Times are epoch milliseconds, durations
 * milliseconds; `null`, `"NA"` and missing are all `undefined`.
 * Dictionary: github.com/WebexSamples/webex-contact-center-api-samples, graphql-sample/DataDictionary/CSR.md
 */
export const Task = z.object({
  id: Text.pipe(z.string()),
  channelType: Text,
  channelSubType: Text,
  status: Text,
  isActive: Flag,
  createdTime: Time,
  endedTime: Time,
  totalDuration: Numeric,
  queueDuration: Numeric,
  connectedDuration: Numeric,
  holdDuration: Numeric,
  wrapupDuration: Numeric,
  /** The last queue only: a contact that went through several is listed under where it ended. */
  lastQueue: Named,
  firstQueueName: Text,
  lastAgent: Named,
  lastTeam: Named,
  lastSite: Named,
  lastEntryPoint: Named,
  customer: z.object({ name: Text, email: Text, phoneNumber: Text }).optional().catch(undefined),
  origin: Text,
  destination: Text,
  direction: Text,
  lastWrapupCodeName: Text,
  csatScore: Numeric,
  autoCsat: Text,
  queueCount: Numeric,
  transferCount: Numeric,
  conferenceCount: Numeric,
  consultCount: Numeric,
  terminatingEnd: Text,
  terminationReason: Text,
  terminationType: Text,
  contactReason: Text,
  captureRequested: Flag,
  isTranscriptionAvailable: Flag,
});
export type Task = z.infer<typeof Task>;

/** Whether it still goes on: then its transcript is not complete. */
export function isOpen(task: Task): boolean {
  return task.isActive ?? (task.endedTime === undefined && task.status?.toLowerCase() !== 'ended');
}

/** Without these a task cannot be accounted for. */
export const neededFields = [
  'id',
  'channelType',
  'status',
  'isActive',
  'createdTime',
  'endedTime',
] as const;

/** Asked for as long as the service knows them; dotted where an object has members. */
export const optionalFields = [
  'channelSubType',
  'totalDuration',
  'queueDuration',
  'connectedDuration',
  'holdDuration',
  'wrapupDuration',
  'lastQueue.id',
  'lastQueue.name',
  'firstQueueName',
  'lastAgent.id',
  'lastAgent.name',
  'lastTeam.id',
  'lastTeam.name',
  'lastSite.id',
  'lastSite.name',
  'lastEntryPoint.id',
  'lastEntryPoint.name',
  'customer.name',
  'customer.email',
  'customer.phoneNumber',
  'origin',
  'destination',
  'direction',
  'lastWrapupCodeName',
  'csatScore',
  'autoCsat',
  'queueCount',
  'transferCount',
  'conferenceCount',
  'consultCount',
  'terminatingEnd',
  'terminationReason',
  'terminationType',
  'contactReason',
  'captureRequested',
  'isTranscriptionAvailable',
] as const;
