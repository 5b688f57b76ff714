import { type CountryCode, findPhoneNumbersInText } from 'libphonenumber-js/min';

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

/** Letters and digits that belong together: pieces of it mean nothing, whatever they look like. */
const opaqueId = /^(?=.*[A-Za-z])[\w-]+$/;

/** Whether a text is an id and nothing else, not an address or a number that serves as one. */
export function isOpaqueId(text: string): boolean {
  return opaqueId.test(text) && findIbans(text).length === 0;
}

export function findEmails(plain: string): Found[] {
  if (!plain.includes('@')) return [];
  return [...plain.matchAll(emails)].map(({ 0: email, index }) => ({
    startsAt: index,
    endsAt: index + email.length,
    value: email.toLowerCase(),
  }));
}

/** Digits with a little between them, as cards are printed and typed. */
const digitRuns = /\d(?:[\s./-]{0,3}\d){12,}/g;

/** Of the large issuers: known enough to be seen also where other digits stand right before or behind. */
const issuedCards = new RegExp(
  [
    String.raw`4\d{15}`,
    String.raw`5[1-5]\d{14}`,
    String.raw`2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}`,
    String.raw`3[47]\d{13}`,
    String.raw`6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12}`,
    String.raw`35(?:2[89]|[3-8]\d)\d{12}`,
    String.raw`3(?:0[0-5]|[68]\d)\d{11}`,
  ].join('|'),
  'y',
);

const leastCardDigits = 13;
const mostCardDigits = 19;

/**
 * From every digit on, whatever could be a card, overlapping ones as well: digits before a card must not
 * hide it. Any issuer where whole groups of digits make up the card, the large ones everywhere.
 */
export function findCards(plain: string): Found[] {
  return [...plain.matchAll(digitRuns)].flatMap(({ 0: run, index }) => cardsIn(run, index));
}

function cardsIn(run: string, runStartsAt: number): Found[] {
  const places = [...run.matchAll(/\d/g)].map((digit) => digit.index);
  const digits = places.map((place) => run.charAt(place)).join('');
  const isEnd = (at: number) => places[at + 1] !== (places[at] ?? 0) + 1;
  const isStart = (at: number) => at === 0 || isEnd(at - 1);
  const found: (Found & { readonly isWhole: boolean; readonly isIssued: boolean })[] = [];
  for (let from = 0; from + leastCardDigits <= digits.length; from++) {
    issuedCards.lastIndex = from;
    const issued = issuedCards.exec(digits)?.[0].length;
    const most = Math.min(mostCardDigits, digits.length - from);
    for (let length = leastCardDigits; length <= most; length++) {
      const last = from + length - 1;
      const isWhole = isStart(from) && isEnd(last);
      if (!isWhole && length !== issued) continue;
      const value = digits.slice(from, last + 1);
      if (!isCard(value)) continue;
      const startsAt = runStartsAt + (places[from] ?? 0);
      const endsAt = runStartsAt + (places[last] ?? 0) + 1;
      found.push({ startsAt, endsAt, value, isWhole, isIssued: length === issued });
    }
  }
  // Digits around a card that stands there by itself, and happen to add up with some of its own.
  const certain = found.filter(({ isWhole, isIssued }) => isWhole && isIssued);
  const isStray = (one: Found) =>
    certain.some(({ startsAt, endsAt }) => one.startsAt < endsAt && startsAt < one.endsAt);
  return found.filter((one) => one.isWhole || !isStray(one));
}

/** ISO/IEC 7812: digits with a Luhn check digit; 2 to 6 are the industries of payment. */
function isCard(digits: string): boolean {
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
