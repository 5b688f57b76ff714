import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/min';
import type { Task } from '../contact-center/task.ts';
import type { Entry } from '../contact-center/transcript/entry.ts';
import { type ConversationReader, withoutContact } from './conversation-records.ts';
import type { Settlement } from './ledger.ts';
import type { ExportOrder } from './order.ts';
import { plainText } from './plain-text.ts';
import {
  type Found,
  findCards,
  findEmails,
  findIbans,
  findPhones,
  isOpaqueId,
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
    if (!mayHoldAny(text)) return text;
    const found: Finding[] = [];
    for (const { startsAt, from, until, endsAt } of windowsOf(text.length)) {
      const isOfOthers = ({ startsAt: place }: Found) =>
        startsAt + place < from || startsAt + place >= until;
      for (const one of await this.#search(plainText(text.slice(startsAt, endsAt)))) {
        if (isOfOthers(one)) continue;
        found.push({ ...one, startsAt: startsAt + one.startsAt, endsAt: startsAt + one.endsAt });
      }
    }
    return found.length === 0 ? text : this.#masked(text, found);
  }

  /** What is an id and nothing else is left alone. */
  async id(id: string): Promise<string> {
    return isOpaqueId(id) ? id : this.text(id);
  }

  /** What was found already the next search does not see. */
  async #search(plain: string): Promise<Finding[]> {
    const all: Finding[] = [];
    if (!enoughSigns.test(plain)) return all;
    let left = plain;
    for (const [kind, find] of this.#finders()) {
      if (!this.#classes.has(kind)) continue;
      const found = find(left);
      for (const { startsAt, endsAt } of found) {
        left = left.slice(0, startsAt) + '|'.repeat(endsAt - startsAt) + left.slice(endsAt);
      }
      all.push(...found.map((one) => ({ kind, ...one })));
      await this.#takeTurns(kind === 'phone' ? plain.length : plain.length / cheaperThanPhones);
    }
    return all;
  }

  *#finders(): Generator<readonly [RedactionClass, (plain: string) => readonly Found[]]> {
    yield ['email', findEmails];
    yield ['iban', findIbans];
    yield ['card', findCards];
    for (const country of [undefined, ...this.#countries]) {
      yield ['phone', (plain) => findPhones(plain, country)];
    }
  }

  async #takeTurns(units: number): Promise<void> {
    this.#searchedUnits += units;
    if (this.#searchedUnits < windowUnits) return;
    this.#searchedUnits = 0;
    await setImmediate();
  }

  #masked(text: string, found: readonly Finding[]): string {
    const pieces: string[] = [];
    let at = 0;
    for (const { kind, value, startsAt, endsAt } of joined(found, text)) {
      pieces.push(text.slice(at, startsAt), this.#mark(kind, value));
      at = endsAt;
    }
    return pieces.join('') + text.slice(at);
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

/** An at sign, or as many digits as the shortest number has: most texts have neither. */
const enoughSigns = /@|\d(?:\D*\d){6}/;

function mayHoldAny(text: string): boolean {
  // The signs of others may stand for them.
  return enoughSigns.test(text) || /[^\0-\x7f]/.test(text);
}

interface Finding extends Found {
  readonly kind: RedactionClass;
}

/** Searched in one go, which takes some ten milliseconds at worst; then everybody else has a turn. */
const windowUnits = 1_200;
/** The other searches, about. */
const cheaperThanPhones = 20;
/** As much as stands before what is found and decides on it. */
const unitsBefore = 64;
/** Longer than what can be found, so that each begins and ends in the window it begins in. */
const unitsBehind = 400;

/** Windows that overlap, each with the stretch where what begins is its own to find. */
function* windowsOf(length: number) {
  for (let from = 0; from < length; from += windowUnits) {
    const until = Math.min(length, from + windowUnits);
    const startsAt = Math.max(0, from - unitsBefore);
    yield { startsAt, from, until, endsAt: Math.min(length, until + unitsBehind) };
  }
}

/** In order of place; where several overlap all of them are meant, so that no rest of one is left. */
function joined(found: readonly Finding[], text: string): Finding[] {
  const all: Finding[] = [];
  for (const one of found.toSorted((a, b) => a.startsAt - b.startsAt || b.endsAt - a.endsAt)) {
    const last = all.at(-1);
    if (!last || one.startsAt >= last.endsAt) all.push(one);
    else if (one.endsAt > last.endsAt) all[all.length - 1] = united(last, one.endsAt, text);
  }
  return all;
}

function united({ kind, startsAt }: Finding, endsAt: number, text: string): Finding {
  const value = plainText(text.slice(startsAt, endsAt)).replace(/[^\p{L}\p{N}]/gu, '');
  return { kind, startsAt, endsAt, value };
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

/** Every text of it, names of queues and people included: what somebody typed can stand in any of them. */
async function redactedTask(task: Task, redactor: Redactor): Promise<Task> {
  // By its id a conversation is accounted for.
  return { ...(await redactedTexts(task, redactor)), id: task.id };
}

/** They are ids more often than addresses or numbers. */
const idNames = new Set([
  ...['id', 'origin', 'destination'],
  ...['participantUserId', 'participantAliasId'],
]);

/** Awaits only where there is something to look for: there are millions of texts without. */
async function redactedTexts<T extends object>(record: T, redactor: Redactor): Promise<T> {
  const redacted: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (typeof value === 'string') {
      if (!mayHoldAny(value)) redacted[name] = value;
      else if (idNames.has(name)) redacted[name] = await redactor.id(value);
      else redacted[name] = await redactor.text(value);
    } else if (Array.isArray(value)) {
      redacted[name] = value.length === 0 ? value : await redactedList(value, redactor);
    } else if (typeof value === 'object' && value !== null) {
      redacted[name] = await redactedTexts(value, redactor);
    } else {
      redacted[name] = value;
    }
  }
  // The same names with values of the same types.
  return redacted as T;
}

async function redactedList(texts: readonly unknown[], redactor: Redactor): Promise<unknown[]> {
  const redacted: unknown[] = [];
  for (const text of texts) {
    redacted.push(typeof text === 'string' ? await redactor.text(text) : text);
  }
  return redacted;
}

async function redactedEntry(entry: Entry, redactor: Redactor): Promise<Entry> {
  const { timestamp, ...others } = entry;
  // One that names an instant says nothing else.
  if (entry.timestampMs === undefined) return redactedTexts(entry, redactor);
  return { ...(await redactedTexts(others, redactor)), timestamp };
}

interface Masking {
  readonly redactor: Redactor;
  readonly reader: ConversationReader;
  /** Whether the customers' own members are in the file. */
  readonly withContact: boolean;
}

/** What entries and conversations hold of each class, counted before the first file is written. */
export async function countRedactions(
  settlements: readonly Settlement[],
  { redactor, reader, withContact }: Masking,
): Promise<RedactionCounts> {
  for (const settlement of settlements) {
    const { task } = await reader.facts(settlement);
    await redactedTask(withContact ? task : withoutContact(task), redactor);
    if (settlement.bucket !== 'exported') continue;
    for (const entry of await reader.entries(settlement)) await redactedEntry(entry, redactor);
  }
  return redactor.counts;
}

/** An order as its file tells of it: a customer may be named in its words. */
export async function redactedOrder(order: ExportOrder, redactor: Redactor): Promise<ExportOrder> {
  const { command, filters } = order;
  return {
    ...order,
    command: await redactor.text(command),
    filters: await redactor.text(filters),
  };
}
