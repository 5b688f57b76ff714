import { type CountryCode, findPhoneNumbersInText } from 'libphonenumber-js/min';
import { plainText } from './plain-text.ts';

/** Something in a text that identifies somebody, or their money. */
export interface Found {
  readonly startsAt: number;
  readonly endsAt: number;
  /** The same however it is written. */
  readonly value: string;
}

// Every part has an upper bound, and none can match what the next one matches: no text takes long.
const emailText = String.raw`[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}]{2,63}`;
const emails = new RegExp(emailText, 'gu');
const isEmail = new RegExp(`^${emailText}$`, 'u');
const isPhone = /^\+?[\d ()./-]{7,24}$/;

/** Whether a whole text is nothing but an address or a number. */
export function isIdentifying(text: string): boolean {
  const plain = plainText(text);
  return isEmail.test(plain) || isPhone.test(plain);
}

export function findEmails(plain: string): Found[] {
  if (!plain.includes('@')) return [];
  return [...plain.matchAll(emails)].map(({ 0: email, index }) => ({
    startsAt: index,
    endsAt: index + email.length,
    value: email.toLowerCase(),
  }));
}

/** Groups of digits with a little between them, as cards are printed and typed. */
const digitRuns = /\d(?:[\s./-]{0,3}\d){12,}/g;

/**
 * Whole groups of digits that together are a card. Where several choices overlap all of them are meant:
 * digits before the card must not hide it.
 */
export function findCards(plain: string): Found[] {
  return [...plain.matchAll(digitRuns)].flatMap(({ 0: run, index }) => {
    const groups = [...run.matchAll(/\d+/g)].map((group) => ({
      digits: group[0],
      startsAt: index + group.index,
      endsAt: index + group.index + group[0].length,
    }));
    const found = groups.flatMap((_, first) => cardsFrom(groups, first));
    return joined(found, plain);
  });
}

interface DigitGroup {
  readonly digits: string;
  readonly startsAt: number;
  readonly endsAt: number;
}

function cardsFrom(groups: readonly DigitGroup[], first: number): Found[] {
  const found: Found[] = [];
  const startsAt = groups[first]?.startsAt ?? 0;
  let digits = '';
  for (let at = first; at < groups.length && digits.length < mostCardDigits; at++) {
    const group = groups[at];
    digits += group?.digits ?? '';
    if (group && isCard(digits)) found.push({ startsAt, endsAt: group.endsAt, value: digits });
  }
  return found;
}

function joined(found: readonly Found[], plain: string): Found[] {
  const all: Found[] = [];
  for (const one of found) {
    const last = all.at(-1);
    if (!last || one.startsAt >= last.endsAt) {
      all.push(one);
      continue;
    }
    const endsAt = Math.max(last.endsAt, one.endsAt);
    const value = plain.slice(last.startsAt, endsAt).replace(/\D/g, '');
    all[all.length - 1] = { startsAt: last.startsAt, endsAt, value };
  }
  return all;
}

const mostCardDigits = 19;

/** ISO/IEC 7812: 13 to 19 digits with a Luhn check digit; 2 to 6 are the industries of payment. */
function isCard(digits: string): boolean {
  if (digits.length < 13 || digits.length > mostCardDigits) return false;
  if (!/^[2-6]/.test(digits) || /^(\d)\1+$/.test(digits)) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const value = Number(digits.charAt(digits.length - 1 - place)) * (place % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

const ibanStarts = /(?<![\p{L}\p{N}])[A-Za-z]{2}\d{2}(?=[\s./-]{0,3}[A-Za-z0-9])/gu;

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

export function findIbans(plain: string): Found[] {
  const found: Found[] = [];
  for (const { index } of plain.matchAll(ibanStarts)) {
    const iban = index < (found.at(-1)?.endsAt ?? 0) ? undefined : ibanAt(plain, index);
    if (iban) found.push(iban);
  }
  return found;
}

function ibanAt(plain: string, startsAt: number): Found | undefined {
  const length = ibanLengths[plain.slice(startsAt, startsAt + 2).toUpperCase()];
  if (length === undefined) return undefined;
  let value = '';
  let at = startsAt;
  for (let between = 0; value.length < length; at++) {
    const letter = plain.charAt(at);
    if (/[A-Za-z0-9]/.test(letter)) {
      value += letter.toUpperCase();
      between = 0;
    } else if (!/[\s./-]/.test(letter) || ++between > 3) return undefined;
  }
  if (/[\p{L}\p{N}]/u.test(plain.charAt(at))) return undefined;
  return hasGoodChecksum(value) ? { startsAt, endsAt: at, value } : undefined;
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

const phoneCandidate = /\d(?:[\s()./-]{0,3}\d){6,}/;

/** @param country whose numbers are known without their country code; none: only international ones */
export function findPhones(plain: string, country: CountryCode | undefined): Found[] {
  if (!phoneCandidate.test(plain)) return [];
  const options = { extended: true, ...(country && { defaultCountry: country }) } as const;
  return findPhoneNumbersInText(plain, options)
    .filter(({ startsAt, endsAt, number }) => {
      return !country || looksNational(plain.slice(startsAt, endsAt), number.isValid());
    })
    .map(({ startsAt, endsAt, number }) => ({ startsAt, endsAt, value: number.number }));
}

/** Without a country code nearly every number can be a telephone number somewhere. */
function looksNational(written: string, isValid: boolean): boolean {
  if (!isValid || /^\d{4}-\d\d-\d\d/.test(written)) return false;
  const digits = written.replace(/\D/g, '').length;
  return /^[(0]/.test(written) || digits === 9 || digits === 10;
}
