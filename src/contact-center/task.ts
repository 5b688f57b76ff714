import { flag, isMembers, numeric, text } from './values.ts';

type Words<Name extends string> = { readonly [N in Name]?: string | undefined };

/** A queue, an agent, a team: one of the two is known. */
type Named = Words<'id' | 'name'>;

/**
 * One contact as Search knows it, in the vendor's words. Times are epoch milliseconds, durations
 * milliseconds; `null`, `"NA"` and missing are all `undefined`.
 * Dictionary: github.com/WebexSamples/webex-contact-center-api-samples, graphql-sample/DataDictionary/CSR.md
 */
export interface Task
  extends Words<(typeof texts)[number]>,
    Readonly<
      Partial<Record<(typeof numbers)[number] | (typeof times)[number], number | undefined>>
    >,
    Readonly<Partial<Record<(typeof flags)[number], boolean | undefined>>>,
    /** `lastQueue`: a contact that went through several is listed under where it ended. */
    Readonly<Partial<Record<(typeof nameds)[number], Named | undefined>>> {
  readonly id: string;
  readonly customer?: Words<'name' | 'email' | 'phoneNumber'> | undefined;
}

const texts = [
  'channelType',
  'channelSubType',
  'status',
  'firstQueueName',
  'origin',
  'destination',
  'direction',
  'lastWrapupCodeName',
  'autoCsat',
  'terminatingEnd',
  'terminationReason',
  'terminationType',
  'contactReason',
] as const;

const numbers = [
  'totalDuration',
  'queueDuration',
  'connectedDuration',
  'holdDuration',
  'wrapupDuration',
  'csatScore',
  'queueCount',
  'transferCount',
  'conferenceCount',
  'consultCount',
] as const;

const times = ['createdTime', 'endedTime'] as const;
const flags = ['isActive', 'captureRequested', 'isTranscriptionAvailable'] as const;
const nameds = ['lastQueue', 'lastAgent', 'lastTeam', 'lastSite', 'lastEntryPoint'] as const;

/**
 * Reads a row of a search. Every member is read by itself, so that a strange one costs itself only. By
 * hand, because a general validator leaves twelve kilobytes of garbage for each of many thousand rows.
 *
 * @returns nothing for a row without an id: nobody could account for it
 */
export function readTask(row: unknown): Task | undefined {
  if (!isMembers(row)) return undefined;
  const id = text(row['id']);
  if (id === undefined) return undefined;
  const task: Record<string, unknown> = { id };
  const put = (name: string, value: unknown) => {
    if (value !== undefined) task[name] = value;
  };
  for (const name of texts) put(name, text(row[name]));
  for (const name of numbers) put(name, numeric(row[name]));
  for (const name of times) put(name, readTime(row[name]));
  for (const name of flags) put(name, flag(row[name]));
  for (const name of nameds) put(name, readNamed(row[name]));
  put('customer', readCustomer(row['customer']));
  // Put together from the lists that make the type.
  return task as { id: string };
}

/** The last instant that a date can be made of. */
const lastMs = 8.64e15;

/** The beginning of 1970 means that there is no such time. */
function readTime(value: unknown): number | undefined {
  const ms = numeric(value);
  return ms !== undefined && ms > 0 && ms <= lastMs ? Math.floor(ms) : undefined;
}

function readNamed(value: unknown): Named | undefined {
  if (!isMembers(value)) return undefined;
  const named = { id: text(value['id']), name: text(value['name']) };
  return named.id === undefined && named.name === undefined ? undefined : named;
}

function readCustomer(value: unknown): Task['customer'] {
  if (!isMembers(value)) return undefined;
  const { name, email, phoneNumber } = value;
  const customer = { name: text(name), email: text(email), phoneNumber: text(phoneNumber) };
  return Object.values(customer).some((one) => one !== undefined) ? customer : undefined;
}

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
