import type { Task } from '../contact-center/task.ts';
import type { Entry } from '../contact-center/transcript/entry.ts';
import { createWallClock } from '../time.ts';
import {
  type Column,
  excelLimits,
  type GroupStart,
  type Row,
  type RowPlace,
  type TableSheet,
} from '../workbook/sheet.ts';
import type { ConversationFacts, ConversationReader } from './conversation-records.ts';
import { type Bucket, buckets, type Settlement } from './ledger.ts';
import type { Metrics } from './metrics.ts';

interface Field<T> {
  readonly column: Column;
  readonly value: (of: T) => Row[number];
}

export interface SheetInput {
  readonly settlements: readonly Settlement[];
  readonly read: ConversationReader;
  readonly zone: string;
  /** Who the customers are; their words are in Messages anyway. */
  readonly withContact: boolean;
}

/** Where the entries of each conversation begin in Messages, learned while that sheet is written. */
export class MessagePlaces {
  readonly #places = new Map<unknown, RowPlace>();

  note({ value, sheet, row }: GroupStart): void {
    // A sheet holds no more links, so more places are not needed.
    if (this.#places.size < excelLimits.linksPerSheet) this.#places.set(value, { sheet, row });
  }

  of(taskId: string): RowPlace | undefined {
    return this.#places.get(taskId);
  }
}

interface MessageRow {
  readonly task: Task;
  readonly entry: Entry;
  /** Counted from 1 within its conversation. */
  readonly sequence: number;
}

/** The first eight are a contract: order and headers may not change, because people's scripts read them. */
function messageFields(zone: string): readonly Field<MessageRow>[] {
  return [
    text('task_id', ({ task }) => task.id, 38),
    text('timestamp', ({ entry }) => entry.timestamp, 26),
    text('direction', ({ entry }) => entry.direction, 11),
    {
      column: { header: 'message', type: 'text', width: 80, wrap: true },
      value: ({ entry }) => entry.message,
    },
    text('participant_name', ({ entry }) => entry.participantName),
    text('participant_role', ({ entry }) => entry.participantRole),
    text('participant_userId', ({ entry }) => entry.participantUserId),
    text('participant_aliasId', ({ entry }) => entry.participantAliasId),
    dateTime(`local_time (${zone})`, ({ entry }) => entry.timestampMs, zone),
    { column: { header: 'sequence', type: 'integer' }, value: ({ sequence }) => sequence },
    text('role', ({ entry }) => entry.role),
    text('queue', ({ task }) => task.lastQueue?.name),
    text('channel', ({ task }) => task.channelType),
    text('kind', ({ entry }) => entry.kind),
    text('attachments', ({ entry }) => entry.attachmentNames.join(', ') || undefined),
    { column: { header: 'part', type: 'continuation' }, value: () => undefined },
  ];
}

interface ConversationRow extends ConversationFacts {
  readonly entries: number;
}

function conversationFields(
  { zone, withContact }: SheetInput,
  places: MessagePlaces | undefined,
): readonly Field<ConversationRow>[] {
  const duration = (header: string, value: (task: Task) => number | undefined) =>
    typed<ConversationRow>(header, 'duration', ({ task }) => value(task));
  const metric = (header: string, name: keyof Metrics) =>
    typed<ConversationRow>(header, 'duration', ({ metrics }) => metrics[name]);
  const ofTask = (header: string, value: (task: Task) => string | undefined) =>
    text<ConversationRow>(header, ({ task }) => value(task));
  const ofCustomer = (header: string, name: keyof NonNullable<Task['customer']>) =>
    text<ConversationRow>(header, ({ task }) => task.customer?.[name]);
  return [
    text('task_id', ({ task }) => task.id, 38),
    ...(places ? [linkField(places)] : []),
    ofTask('channel', (task) => task.channelType),
    ofTask('sub_channel', (task) => task.channelSubType),
    ofTask('queue', (task) => task.lastQueue?.name),
    ofTask('agent', (task) => task.lastAgent?.name),
    ofTask('team', (task) => task.lastTeam?.name),
    ofTask('site', (task) => task.lastSite?.name),
    ofTask('entry_point', (task) => task.lastEntryPoint?.name),
    ...(withContact
      ? [
          ofCustomer('customer_name', 'name'),
          ofCustomer('customer_email', 'email'),
          ofCustomer('customer_phone', 'phoneNumber'),
        ]
      : []),
    dateTime(`created (${zone})`, ({ task }) => task.createdTime, zone),
    dateTime(`ended (${zone})`, ({ task }) => task.endedTime, zone),
    duration('duration', (task) => task.totalDuration),
    duration('queue_time', (task) => task.queueDuration),
    metric('first_response', 'firstResponseMs'),
    metric('longest_silence', 'longestSilenceMs'),
    typed('entries', 'integer', ({ entries }) => entries),
    typed('hand_overs', 'integer', ({ task }) => task.transferCount),
    ofTask('wrap_up', (task) => task.lastWrapupCodeName),
    typed('csat', 'number', ({ task }) => task.csatScore),
    ofTask('ended_by', (task) => task.terminatingEnd),
    ofTask('end_reason', (task) => task.terminationReason ?? task.terminationType),
    ofTask('direction', (task) => task.direction),
    ofTask('status', (task) => task.status),
  ];
}

interface MissingRow {
  readonly settlement: Settlement;
  readonly task: Task;
}

function missingFields(zone: string): readonly Field<MissingRow>[] {
  return [
    text('task_id', ({ task }) => task.id, 38),
    text('bucket', ({ settlement }) => settlement.bucket),
    {
      column: { header: 'reason', type: 'text', width: 70, wrap: true },
      value: ({ settlement }) => settlement.reason?.text,
    },
    typed('attempts', 'integer', ({ settlement }) => settlement.reason?.attempts),
    typed('status_code', 'integer', ({ settlement }) => settlement.reason?.status),
    text('tracking_id', ({ settlement }) => settlement.reason?.trackingId),
    {
      column: { header: 'what_to_do', type: 'text', width: 60, wrap: true },
      value: ({ settlement }) => remedies[settlement.bucket],
    },
    text('channel', ({ task }) => task.channelType),
    text('queue', ({ task }) => task.lastQueue?.name),
    dateTime(`created (${zone})`, ({ task }) => task.createdTime, zone),
  ];
}

const remedies = {
  exported: '',
  no_transcript: 'Transcripts can arrive late: export this window again in an hour or two.',
  still_open: 'Export this window again when the conversation has ended.',
  filtered_out: 'Leave the filter out to have it in the file.',
  failed: 'Export again; if it fails again, send task and tracking id to Cisco support.',
  cancelled: 'Export again.',
} as const satisfies Record<Bucket, string>;

function linkField(places: MessagePlaces): Field<ConversationRow> {
  return {
    column: { header: 'entries_from', type: 'text' },
    value: ({ task }) => {
      const to = places.of(task.id);
      return to && { text: `${to.sheet} row ${to.row}`, to };
    },
  };
}

export function messagesSheet(input: SheetInput, places = new MessagePlaces()): TableSheet {
  return table('Messages', messageFields(input.zone), messageRows(input), {
    bandBy: 0,
    onGroup: (start) => places.note(start),
  });
}

/**
 * @param places from the sheet of messages, which has to be written before; without them there is nothing
 *   to lead to
 */
export function conversationsSheet(input: SheetInput, places?: MessagePlaces): TableSheet {
  return table('Conversations', conversationFields(input, places), conversationRows(input));
}

export function notExportedSheet(input: SheetInput): TableSheet {
  return table('Not exported', missingFields(input.zone), missingRows(input));
}

async function* messageRows({
  settlements,
  read,
}: SheetInput): AsyncGenerator<readonly MessageRow[]> {
  for (const settlement of settlements) {
    if (settlement.bucket !== 'exported') continue;
    const { task } = await read.facts(settlement);
    const entries = await read.entries(settlement);
    yield entries.map((entry, index) => ({ task, entry, sequence: index + 1 }));
  }
}

async function* conversationRows(input: SheetInput): AsyncGenerator<readonly ConversationRow[]> {
  for (const settlement of input.settlements) {
    if (settlement.bucket !== 'exported') continue;
    yield [{ ...(await input.read.facts(settlement)), entries: settlement.entries }];
  }
}

/** Failures first: they are what somebody has to act on. */
async function* missingRows({
  settlements,
  read,
}: SheetInput): AsyncGenerator<readonly MissingRow[]> {
  const order: readonly Bucket[] = ['failed', ...buckets.filter((one) => one !== 'failed')];
  for (const bucket of order) {
    if (bucket === 'exported') continue;
    for (const settlement of settlements) {
      if (settlement.bucket !== bucket) continue;
      yield [{ settlement, task: (await read.facts(settlement)).task }];
    }
  }
}

function table<T>(
  name: string,
  fields: readonly Field<T>[],
  source: AsyncIterable<readonly T[]>,
  options: Pick<TableSheet, 'bandBy' | 'onGroup'> = {},
): TableSheet {
  return {
    kind: 'table',
    name,
    columns: fields.map(({ column }) => column),
    rows: { batches: toRows(fields, source) },
    ...options,
  };
}

async function* toRows<T>(
  fields: readonly Field<T>[],
  source: AsyncIterable<readonly T[]>,
): AsyncGenerator<readonly Row[]> {
  for await (const items of source) {
    yield items.map((item) => fields.map(({ value }) => value(item)));
  }
}

function text<T>(header: string, value: (of: T) => string | undefined, width?: number): Field<T> {
  return { column: { header, type: 'text', ...(width !== undefined && { width }) }, value };
}

function typed<T>(
  header: string,
  type: 'integer' | 'number' | 'duration',
  value: (of: T) => number | undefined,
): Field<T> {
  return { column: { header, type }, value };
}

/** Spreadsheets have no dates outside these years, and zones hardly a meaning. */
const calendar = { fromMs: Date.UTC(1900, 0, 2), toMs: Date.UTC(9999, 11, 30) };

function dateTime<T>(header: string, value: (of: T) => number | undefined, zone: string): Field<T> {
  const toWallClock = createWallClock(zone);
  return {
    column: { header, type: 'dateTime' },
    value: (of) => {
      const atMs = value(of);
      if (atMs === undefined || atMs < calendar.fromMs || atMs > calendar.toMs) return atMs;
      return toWallClock(atMs);
    },
  };
}
