import { createHmac } from 'node:crypto';
import {
  type CountryCode,
  findPhoneNumbersInText,
  isSupportedCountry,
} from 'libphonenumber-js/min';
import type { Task } from '../contact-center/task.ts';
import type { Entry } from '../contact-center/transcript/entry.ts';
import type { ConversationReader } from './conversation-records.ts';
import type { Settlement } from './ledger.ts';

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

/** Longer texts are searched piece by piece, so that none holds up everybody else. */
const pieceUnits = 20_000;

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

  constructor({ classes, phoneCountries }: RedactionPolicy, key: Buffer) {
    this.#classes = new Set(classes);
    this.#countries = phoneCountries.filter((code) => isSupportedCountry(code));
    this.#key = key;
  }

  get counts(): RedactionCounts {
    return Object.fromEntries([...this.#classes].map((one) => [one, this.#counts.get(one) ?? 0]));
  }

  text(text: string): string {
    const hasDigits = digit.test(text);
    const hasAt = text.includes('@');
    if (!hasDigits && !hasAt) return text;
    if (text.length <= pieceUnits) return this.#piece(text, hasDigits, hasAt);
    return piecesOf(text)
      .map((piece) => this.#piece(piece, hasDigits, hasAt))
      .join('');
  }

  #piece(text: string, hasDigits: boolean, hasAt: boolean): string {
    let masked = text;
    if (hasAt && this.#classes.has('email')) masked = this.#emails(masked);
    if (hasDigits && this.#classes.has('iban')) masked = this.#ibans(masked);
    if (hasDigits && this.#classes.has('card')) masked = this.#cards(masked);
    if (hasDigits && this.#classes.has('phone')) masked = this.#phones(masked);
    return masked;
  }

  /** An id is masked as a whole or not at all: pieces of it mean nothing. */
  id(id: string): string {
    return isEmail.test(id) || isPhone.test(id) ? this.text(id) : id;
  }

  #emails(text: string): string {
    return text.replace(emails, (email) => this.#mark('email', email.toLowerCase()));
  }

  #ibans(text: string): string {
    return replaceEach(text, ibanStarts, (from) => {
      const to = endOfIban(text, from);
      if (to === undefined) return undefined;
      const iban = text.slice(from, to).replace(/[ -]/g, '').toUpperCase();
      return { to, mark: this.#mark('iban', iban) };
    });
  }

  #cards(text: string): string {
    return text.replace(cardCandidates, (candidate) => {
      const digits = candidate.replace(/\D/g, '');
      return isCard(digits) ? this.#mark('card', digits) : candidate;
    });
  }

  #phones(text: string): string {
    if (!phoneCandidate.test(text)) return text;
    let masked = text;
    for (const defaultCountry of [undefined, ...this.#countries]) {
      const found = findPhoneNumbersInText(masked, {
        extended: true,
        ...(defaultCountry && { defaultCountry }),
      });
      // From the end, so that the places before stay true.
      for (const { startsAt, endsAt, number } of found.toReversed()) {
        const written = masked.slice(startsAt, endsAt);
        if (defaultCountry && !looksNational(written, number.isValid())) continue;
        masked =
          masked.slice(0, startsAt) + this.#mark('phone', number.number) + masked.slice(endsAt);
      }
    }
    return masked;
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

/** Cut behind words, where no number or address goes on. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; ) {
    const most = text.slice(from, from + pieceUnits);
    const cut = most.length < pieceUnits ? -1 : most.search(/\p{L}\s[^\s]*$/u);
    const length = cut > 0 ? cut + 1 : most.length;
    pieces.push(text.slice(from, from + length));
    from += length;
  }
  return pieces;
}

/** Letters alone, so that no mark looks like a number. Without vowels they spell nothing. */
const letters = 'BCDFGHJKLMNPQRSTVWXZbcdfghjkmnpq';

const digit = /\d/;

// Every part has an upper bound, and none can match what the next one matches: no text takes long.
const emailText = String.raw`[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}]{2,63}`;
const emails = new RegExp(emailText, 'gu');
const isEmail = new RegExp(`^${emailText}$`, 'u');
const isPhone = /^\+?[\d ()./-]{7,24}$/;
const phoneCandidate = /\d(?:[\s()./-]{0,3}\d){6,}/;

/** Without a country code nearly every number can be a telephone number somewhere. */
function looksNational(written: string, isValid: boolean): boolean {
  if (!isValid || /^\d{4}-\d\d-\d\d/.test(written)) return false;
  const digits = written.replace(/\D/g, '').length;
  return /^[(0]/.test(written) || digits === 9 || digits === 10;
}

const cardCandidates = /(?<!\d)\d(?:[ .-]?\d){12,18}(?!\d)/g;

/** ISO/IEC 7812: 13 to 19 digits with a Luhn check digit; 2 to 6 are the industries of payment. */
function isCard(digits: string): boolean {
  if (!/^[2-6]/.test(digits) || /^(\d)\1+$/.test(digits)) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const value = Number(digits.charAt(digits.length - 1 - place)) * (place % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

const ibanStarts = /(?<![\p{L}\p{N}])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])/gu;

/** Characters of an IBAN by country (the registry of ISO 13616). */
const ibanLengths: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'NO15 BE16 DK18 FO18 FI18 GL18 NL18 SD18 MK19 SI19 AT20 BA20 EE20 KZ20 LT20 LU20 XK20 CH21 HR21 LI21 LV21 ' +
    'BG22 BH22 CR22 DE22 GB22 GE22 IE22 ME22 RS22 VA22 AE23 GI23 IL23 IQ23 SO23 TL23 AD24 CZ24 DJ24 ES24 MD24 ' +
    'PK24 RO24 SA24 SE24 SK24 TN24 VG24 LY25 PT25 ST25 IS26 TR26 BI27 FR27 GR27 IT27 MC27 MR27 SM27 AL28 AZ28 ' +
    'BY28 CY28 DO28 GT28 HU28 LB28 NI28 PL28 SV28 BR29 EG29 PS29 QA29 UA29 JO30 KW30 MU30 YE30 MT31 SC31 LC32 ' +
    'RU33'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** @returns where the IBAN that begins here ends, if one does */
function endOfIban(text: string, from: number): number | undefined {
  const length = ibanLengths[text.slice(from, from + 2).toUpperCase()];
  if (length === undefined) return undefined;
  let iban = '';
  let at = from;
  while (iban.length < length) {
    const letter = text.charAt(at);
    if (/[A-Za-z0-9]/.test(letter)) iban += letter.toUpperCase();
    else if (!/[ -]/.test(letter)) return undefined;
    at++;
  }
  if (/[\p{L}\p{N}]/u.test(text.charAt(at))) return undefined;
  return hasGoodChecksum(iban) ? at : undefined;
}

/** ISO 7064 MOD 97-10, in pieces that a number can hold. */
function hasGoodChecksum(iban: string): boolean {
  const digits = `${iban.slice(4)}${iban.slice(0, 4)}`.replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  let rest = 0;
  for (let at = 0; at < digits.length; at += 7) {
    rest = Number(`${rest}${digits.slice(at, at + 7)}`) % 97;
  }
  return rest === 1;
}

function replaceEach(
  text: string,
  starts: RegExp,
  replace: (from: number) => { to: number; mark: string } | undefined,
): string {
  let replaced = '';
  let done = 0;
  for (const { index } of text.matchAll(starts)) {
    const found = index < done ? undefined : replace(index);
    if (!found) continue;
    replaced += text.slice(done, index) + found.mark;
    done = found.to;
  }
  return replaced + text.slice(done);
}

/** The one gate between what was collected and every file: nothing reaches a writer beside it. */
export function redactedReader(reader: ConversationReader, redactor: Redactor): ConversationReader {
  return {
    async facts(settlement) {
      const { task, ...facts } = await reader.facts(settlement);
      return { ...facts, task: redactedTask(task, redactor) };
    },
    async entries(settlement) {
      const entries = await reader.entries(settlement);
      return entries.map((entry) => redactedEntry(entry, redactor));
    },
  };
}

function redactedTask(task: Task, redactor: Redactor): Task {
  const text = (value: string | undefined) => value && redactor.text(value);
  const { customer, origin, destination, contactReason } = task;
  return {
    ...task,
    ...(origin !== undefined && { origin: redactor.id(origin) }),
    ...(destination !== undefined && { destination: redactor.id(destination) }),
    ...(contactReason !== undefined && { contactReason: redactor.text(contactReason) }),
    ...(customer && {
      customer: {
        name: text(customer.name),
        email: text(customer.email),
        phoneNumber: text(customer.phoneNumber),
      },
    }),
  };
}

function redactedEntry(entry: Entry, redactor: Redactor): Entry {
  const { message, participantName, participantUserId, participantAliasId } = entry;
  return {
    ...entry,
    message: message && redactor.text(message),
    participantName: participantName && redactor.text(participantName),
    participantUserId: participantUserId && redactor.id(participantUserId),
    participantAliasId: participantAliasId && redactor.id(participantAliasId),
    attachmentNames: entry.attachmentNames.map((name) => redactor.text(name)),
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
