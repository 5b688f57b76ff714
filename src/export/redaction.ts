import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/min';
import type { Task } from '../contact-center/task.ts';
import type { Entry } from '../contact-center/transcript/entry.ts';
import type { ConversationReader } from './conversation-records.ts';
import type { Settlement } from './ledger.ts';
import { plainText } from './plain-text.ts';
import {
  type Found,
  findCards,
  findEmails,
  findIbans,
  findPhones,
  isIdentifying,
} from './redaction-finders.ts';

export const redactionClasses = ['card', 'iban', 'email', 'phone'] as const;
export type RedactionClass = (typeof redactionClasses)[number];

/** How often something of each class was masked. */
export type RedactionCounts = Readonly<Partial<Record<RedactionClass, number>>>;

export interface RedactionPolicy {
  readonly classes: readonly RedactionClass[];
  /** Whose numbers are known without their country code. */
  readonly phoneCountries: readonly string[];
}

/** What an order asks for, and at least what the operator demands. */
export function classesOf(
  order: { readonly redact?: boolean | undefined },
  floor: readonly RedactionClass[],
): readonly RedactionClass[] {
  return order.redact ? redactionClasses : floor;
}

/** Searched in one go, which takes some ten milliseconds at worst; then everybody else has a turn. */
const pieceUnits = 1_500;

/**
 * Masks what identifies people or their money in texts. The same value gets the same mark everywhere in
 * one export, also after a restart and in another part of the file: the mark is made with a key of the job,
 * which is destroyed with it, so that nobody can try all numbers later.
 */
export class Redactor {
  readonly #classes: ReadonlySet<RedactionClass>;
  readonly #countries: readonly CountryCode[];
  readonly #key: Buffer;
  readonly #counts = new Map<RedactionClass, number>();
  #searchedUnits = 0;

  constructor({ classes, phoneCountries }: RedactionPolicy, key: Buffer) {
    this.#classes = new Set(classes);
    this.#countries = phoneCountries.filter((code) => isSupportedCountry(code));
    this.#key = key;
  }

  get counts(): RedactionCounts {
    return Object.fromEntries([...this.#classes].map((one) => [one, this.#counts.get(one) ?? 0]));
  }

  async text(text: string): Promise<string> {
    const masked: string[] = [];
    for (const piece of piecesOf(text)) {
      masked.push(this.#piece(piece));
      this.#searchedUnits += piece.length;
      if (this.#searchedUnits < pieceUnits) continue;
      this.#searchedUnits = 0;
      await setImmediate();
    }
    return masked.join('');
  }

  /** An id is masked as a whole or not at all: pieces of it mean nothing. */
  async id(id: string): Promise<string> {
    return isIdentifying(id) ? this.text(id) : id;
  }

  #piece(text: string): string {
    let masked = text;
    for (const [kind, find] of this.#finders()) {
      if (!this.#classes.has(kind)) continue;
      // From the end, so that the places before stay true.
      for (const { startsAt, endsAt, value } of find(plainText(masked)).toReversed()) {
        masked = masked.slice(0, startsAt) + this.#mark(kind, value) + masked.slice(endsAt);
      }
    }
    return masked;
  }

  /** What one of them masks the next ones do not see. */
  *#finders(): Generator<readonly [RedactionClass, (plain: string) => readonly Found[]]> {
    yield ['email', findEmails];
    yield ['iban', findIbans];
    yield ['card', findCards];
    for (const country of [undefined, ...this.#countries]) {
      yield ['phone', (plain) => findPhones(plain, country)];
    }
  }

  #mark(kind: RedactionClass, value: string): string {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    const digest = createHmac('sha256', this.#key).update(`${kind}\n${value}`).digest();
    // Thirty bits: two of ten thousand values have the same mark once in twenty exports.
    let bits = digest.readUInt32BE(0);
    let mark = '';
    for (let place = 0; place < 6; place++) {
      mark += letters.charAt(bits & 31);
      bits >>>= 5;
    }
    return `[${kind} ${mark}]`;
  }
}

/** Cut behind words, or between signs of a script without spaces: no number or address goes on there. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; ) {
    const most = text.slice(from, from + pieceUnits);
    const length = most.length < pieceUnits ? most.length : seamIn(most);
    pieces.push(text.slice(from, from + length));
    from += length;
  }
  return pieces;
}

function seamIn(text: string): number {
  const behindWord = text.search(/\p{L}\s\S*$/u);
  if (behindWord > 0) return behindWord + 1;
  const between = text.search(/[\u2e80-\ud7ff]{2}[^\u2e80-\ud7ff]*$/);
  return between > 0 ? between + 1 : text.length;
}

/** Letters alone, so that no mark looks like a number. Without vowels they spell nothing. */
const letters = 'BCDFGHJKLMNPQRSTVWXZbcdfghjkmnpq';

/** The one gate between what was collected and every file: nothing reaches a writer beside it. */
export function redactedReader(reader: ConversationReader, redactor: Redactor): ConversationReader {
  return {
    async facts(settlement) {
      const { task, ...facts } = await reader.facts(settlement);
      return { ...facts, task: await redactedTask(task, redactor) };
    },
    async entries(settlement) {
      const redacted: Entry[] = [];
      for (const entry of await reader.entries(settlement)) {
        redacted.push(await redactedEntry(entry, redactor));
      }
      return redacted;
    },
  };
}

/** Ids of the contact center itself; what they look like is its own affair. */
const ownIds = new Set(['id']);

/** Every text of it, names of queues and people included: what somebody typed can stand in any of them. */
async function redactedTask(task: Task, redactor: Redactor): Promise<Task> {
  const { origin, destination, ...others } = task;
  return {
    ...(await redactedTexts(others, redactor)),
    // Numbers and addresses of telephone and mail, whole or not at all.
    ...(origin !== undefined && { origin: await redactor.id(origin) }),
    ...(destination !== undefined && { destination: await redactor.id(destination) }),
  };
}

async function redactedTexts<T extends object>(record: T, redactor: Redactor): Promise<T> {
  const redacted: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (ownIds.has(name)) redacted[name] = value;
    else if (typeof value === 'string') redacted[name] = await redactor.text(value);
    else if (typeof value === 'object' && value !== null)
      redacted[name] = await redactedTexts(value, redactor);
    else redacted[name] = value;
  }
  // The same names with values of the same types.
  return redacted as T;
}

async function redactedEntry(entry: Entry, redactor: Redactor): Promise<Entry> {
  const { message, participantName, participantUserId, participantAliasId } = entry;
  const attachmentNames: string[] = [];
  for (const name of entry.attachmentNames) attachmentNames.push(await redactor.text(name));
  return {
    ...entry,
    message: message && (await redactor.text(message)),
    participantName: participantName && (await redactor.text(participantName)),
    participantUserId: participantUserId && (await redactor.id(participantUserId)),
    participantAliasId: participantAliasId && (await redactor.id(participantAliasId)),
    attachmentNames,
  };
}

/** What all entries together hold of each class, counted before the first file is written. */
export async function countRedactions(
  settlements: readonly Settlement[],
  reader: ConversationReader,
  redactor: Redactor,
): Promise<RedactionCounts> {
  const redacted = redactedReader(reader, redactor);
  for (const settlement of settlements) {
    if (settlement.bucket === 'exported') await redacted.entries(settlement);
  }
  return redactor.counts;
}
