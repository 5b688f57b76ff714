import type { Task } from '../contact-center/task.ts';
import type { Entry } from '../contact-center/transcript/entry.ts';
import type { Settlement, SpoolPlace } from './ledger.ts';
import type { Metrics } from './metrics.ts';

/** What is known of a conversation besides its entries: small, and read for every sheet but Messages. */
export interface ConversationFacts {
  readonly task: Task;
  readonly metrics: Metrics;
}

/** Reads conversations one after the other, so that memory holds one at a time. */
export interface ConversationReader {
  facts(settlement: Settlement): Promise<ConversationFacts>;
  /** In order of time; none of a conversation that was not exported. */
  entries(settlement: Settlement): Promise<readonly Entry[]>;
}

/** The number that somebody called from says who it was. */
export function withoutContact({ customer, origin, destination, ...task }: Task): Task {
  return task;
}

export function createConversationReader(spool: {
  read(place: SpoolPlace): Promise<unknown>;
}): ConversationReader {
  return {
    // Written by this program and sealed since: the seal is the check.
    facts: async ({ place }) => (await spool.read(place)) as ConversationFacts,
    async entries({ entriesPlace }) {
      if (!entriesPlace) return [];
      return unpackEntries((await spool.read(entriesPlace)) as readonly PackedEntry[]);
    },
  };
}

/** An entry without the names of its members, which are longer than most of its values. */
type PackedEntry = readonly [
  id: string | null,
  timestamp: string | null,
  timestampMs: number | null,
  direction: string | null,
  message: string | null,
  participantName: string | null,
  participantRole: string | null,
  role: Entry['role'] | null,
  participantUserId: string | null,
  participantAliasId: string | null,
  kind: Entry['kind'],
  attachmentNames: readonly string[],
  redacted: boolean,
  languageCode: string | null,
];

export function packEntries(entries: readonly Entry[]): PackedEntry[] {
  return entries.map((entry) => [
    entry.id ?? null,
    entry.timestamp ?? null,
    entry.timestampMs ?? null,
    entry.direction ?? null,
    entry.message ?? null,
    entry.participantName ?? null,
    entry.participantRole ?? null,
    entry.role ?? null,
    entry.participantUserId ?? null,
    entry.participantAliasId ?? null,
    entry.kind,
    entry.attachmentNames,
    entry.redacted,
    entry.languageCode ?? null,
  ]);
}

function unpackEntries(packed: readonly PackedEntry[]): Entry[] {
  return packed.map((entry) => ({
    id: entry[0] ?? undefined,
    timestamp: entry[1] ?? undefined,
    timestampMs: entry[2] ?? undefined,
    direction: entry[3] ?? undefined,
    message: entry[4] ?? undefined,
    participantName: entry[5] ?? undefined,
    participantRole: entry[6] ?? undefined,
    role: entry[7] ?? undefined,
    participantUserId: entry[8] ?? undefined,
    participantAliasId: entry[9] ?? undefined,
    kind: entry[10],
    attachmentNames: entry[11],
    redacted: entry[12],
    languageCode: entry[13] ?? undefined,
  }));
}
