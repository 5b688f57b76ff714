import { z } from 'zod';
import { cleanText } from '../workbook/clean-text.ts';
import type { ArchiveFile } from '../workbook/write-archive.ts';
import { type ConversationReader, withoutContact } from './conversation-records.ts';
import { buckets, type Settlement } from './ledger.ts';

const ms = (what: string) => z.number().describe(`${what}, in milliseconds`);
const instant = (what: string) => z.number().describe(`${what}, in milliseconds since 1970 (UTC)`);
const text = z.string();
const named = z.strictObject({ id: text.optional(), name: text.optional() });

const Entry = z.strictObject({
  id: text.optional(),
  timestamp: text.optional().describe('as the transcript has it'),
  timestampMs: instant('when it was said').optional(),
  direction: text.optional(),
  message: text.optional(),
  participantName: text.optional(),
  participantRole: text.optional().describe('as the transcript has it'),
  role: z.enum(['customer', 'agent', 'bot', 'system']).optional().describe('as we understand it'),
  participantUserId: text.optional(),
  participantAliasId: text.optional(),
  kind: z.enum(['message', 'event', 'work_item']),
  attachmentNames: z.array(text).readonly(),
  redacted: z.boolean(),
  languageCode: text.optional(),
});

const TaskRecord = z.strictObject({
  id: text,
  channelType: text.optional(),
  channelSubType: text.optional(),
  status: text.optional(),
  firstQueueName: text.optional(),
  origin: text.optional().describe('only with contact'),
  destination: text.optional().describe('only with contact'),
  direction: text.optional(),
  lastWrapupCodeName: text.optional(),
  autoCsat: text.optional(),
  terminatingEnd: text.optional(),
  terminationReason: text.optional(),
  terminationType: text.optional(),
  contactReason: text.optional(),
  totalDuration: ms('from the beginning to the end').optional(),
  queueDuration: ms('time in queues').optional(),
  connectedDuration: ms('time with an agent').optional(),
  holdDuration: ms('time on hold').optional(),
  wrapupDuration: ms('wrap-up time').optional(),
  csatScore: z.number().optional(),
  queueCount: z.number().optional(),
  transferCount: z.number().optional(),
  conferenceCount: z.number().optional(),
  consultCount: z.number().optional(),
  createdTime: instant('when it began').optional(),
  endedTime: instant('when it ended').optional(),
  isActive: z.boolean().optional(),
  captureRequested: z.boolean().optional(),
  isTranscriptionAvailable: z.boolean().optional(),
  lastQueue: named.optional(),
  lastAgent: named.optional(),
  lastTeam: named.optional(),
  lastSite: named.optional(),
  lastEntryPoint: named.optional(),
  customer: z
    .strictObject({
      name: text.optional(),
      email: text.optional(),
      phoneNumber: text.optional(),
    })
    .optional()
    .describe('only with contact'),
});

const ConversationLine = z
  .strictObject({
    task: TaskRecord.describe("the conversation, with the contact center's own names"),
    bucket: z.enum(buckets).describe('where it stands in the balance'),
    reason: z
      .strictObject({
        text,
        attempts: z.number().optional(),
        status: z.number().optional(),
        trackingId: text.optional(),
        refusedHost: text.optional(),
      })
      .optional()
      .describe('why it was not exported'),
    firstResponseMs: ms("from the customer's first words to an agent's").optional(),
    longestSilenceMs: ms('the longest time between two entries').optional(),
    entries: z.array(Entry).readonly().describe('in order of time; empty unless it was exported'),
  })
  .describe(
    'One conversation of a JSONL export of wxcc-export-bot: one line of conversations.jsonl.',
  );

/** JSON Schema (2020-12) of a line, for those who read the file with a program. */
export const conversationSchema: Readonly<Record<string, unknown>> =
  z.toJSONSchema(ConversationLine);

interface JsonlInput {
  readonly settlements: readonly Settlement[];
  readonly read: ConversationReader;
  /** Who the customers are, and the numbers they called from. */
  readonly withContact: boolean;
}

/** Every conversation that was found, one a line, whether it was exported or not. */
export function conversationLines(input: JsonlInput, onRecord: () => void): ArchiveFile {
  return {
    name: 'conversations.jsonl',
    write: async (add) => {
      for (const settlement of input.settlements) {
        onRecord();
        await add(`${await lineOf(settlement, input)}\n`);
      }
    },
  };
}

async function lineOf(settlement: Settlement, { read, withContact }: JsonlInput): Promise<string> {
  const { task, metrics } = await read.facts(settlement);
  const entries = settlement.bucket === 'exported' ? await read.entries(settlement) : [];
  const { bucket, reason } = settlement;
  const conversation = {
    task: withContact ? task : withoutContact(task),
    bucket,
    ...(bucket !== 'exported' && reason && { reason }),
    ...metrics,
    entries,
  } satisfies z.input<typeof ConversationLine>;
  return JSON.stringify(conversation, clean);
}

/** The gate that texts of every format pass. */
function clean(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? cleanText(value) : value;
}
