import { z } from 'zod';

/**
 * What one export has to do, resolved to absolute instants: written once, when the command is accepted,
 * and never changed. A restart, a late login or a change of clocks cannot move its window.
 */
export const ExportOrder = z.object({
  version: z.literal(1),
  /** Short human reference, unique among the jobs on disk. */
  ref: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{4}$/),
  requester: z.object({
    personId: z.string(),
    personUuid: z.string(),
    orgUuid: z.string(),
    displayName: z.string(),
    email: z.string(),
  }),
  /** Where the command was said; answers go to that thread. */
  place: z.object({
    roomId: z.string(),
    roomType: z.enum(['group', 'direct']),
    parentId: z.string(),
    /** The message with the command: an event that is delivered again must not order again. */
    messageId: z.string(),
    title: z.string().optional(),
  }),
  /** The command in its canonical spelling, for people to read again. */
  command: z.string(),
  window: z.object({ fromMs: z.number(), toMs: z.number(), zone: z.string() }),
  by: z.enum(['created', 'ended']),
  channel: z.enum(['chat', 'social', 'email', 'voice', 'digital', 'all']),
  /** Names as typed, `all`, or `default` for the configured queue. */
  queues: z.union([z.literal('all'), z.literal('default'), z.array(z.string()).min(1)]),
  /** Names of last agents, as typed. */
  agents: z.array(z.string()).min(1).optional(),
  /** The e-mail address of a customer. */
  customer: z.string().optional(),
  /** Words of which a conversation has to hold one. */
  containing: z.array(z.string()).min(1).optional(),
  /** Names of queues that a conversation was in at any time, as typed. */
  through: z.array(z.string()).min(1).optional(),
  /** A workbook where it is not said. */
  format: z.enum(['xlsx', 'csv', 'jsonl']).optional(),
  /** Whether cards, IBANs, e-mail addresses and phone numbers are masked. */
  redact: z.boolean().optional(),
  /** Whether the file goes to the person alone. */
  toMe: z.boolean().optional(),
  /** Whether the customers' names and addresses are wanted. */
  withContact: z.boolean().optional(),
  /** The schedule that ordered it, for when: one time of one schedule is one order. */
  schedule: z.object({ ref: z.string(), dueMs: z.number() }).optional(),
  /** The export whose conversations are looked at again, and to which this one posts an addendum. */
  addendumTo: z.string().optional(),
  /** An addendum that nobody asked for: which of the looks at late transcripts it is, from 1. */
  lateLook: z.number().optional(),
  /** The export that this one continues; what was not ready there is looked at again. */
  continues: z.string().optional(),
  /** The filters in words, as the acknowledgement said them. */
  filters: z.string(),
  orderedAtMs: z.number(),
});
export type ExportOrder = z.infer<typeof ExportOrder>;

const refAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Four characters without look-alikes (no I, L, O, U); `isTaken` keeps it unique on this bot. */
export function createRef(random: () => number, isTaken: (ref: string) => boolean): string {
  for (;;) {
    let ref = '';
    for (let place = 0; place < 4; place++) {
      ref += refAlphabet.charAt(Math.floor(random() * refAlphabet.length));
    }
    if (!isTaken(ref)) return ref;
  }
}
