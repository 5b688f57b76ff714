import { canonicalZone } from '../../time.ts';
import { closest } from './closest.ts';
import { channels, type ExportRequest, formats, moments } from './command.ts';
import { type ClauseWord, clauseNamed, valueWord, valueWords } from './keywords.ts';
import { readNames, readQueues } from './names.ts';
import type { Reader } from './reader.ts';
import * as sentences from './sentences.ts';
import { tokenise } from './tokens.ts';
import { closestZone, isOffset } from './zones.ts';

/** What one clause says; the reader stands behind its first word. */
export const clauseReaders = {
  queue: (reader) => ({ queues: readQueues(reader) }),
  through: (reader) => ({ through: readNames(reader, 'through') }),
  agent: (reader) => ({ agents: readNames(reader, 'agent') }),
  customer: (reader) => ({ customer: readCustomer(reader) }),
  containing: (reader) => ({ containing: readNames(reader, 'containing') }),
  channel: (reader) => ({ channel: readChannel(reader) }),
  by: (reader) => ({ by: readChoice(reader, moments, { clause: 'by', meant: otherMoments }) }),
  in: (reader) => ({ zone: readZone(reader) }),
  as: (reader) => ({ format: readChoice(reader, formats, { clause: 'as', meant: otherFormats }) }),
  redact: () => ({ redact: true }),
  'to me': () => ({ toMe: true }),
  with: (reader) => ({ withContact: readContact(reader) }),
} as const satisfies Record<ClauseWord, (reader: Reader) => Partial<ExportRequest>>;

function readChannel(reader: Reader) {
  const channel = readChoice(reader, channels, { clause: 'channel', meant: otherChannels });
  const another = channels.find((other) => other === reader.word(1));
  if (reader.peek()?.kind !== 'comma' || another === undefined) return channel;
  reader.skip(-1);
  const insert = channel === 'voice' || another === 'voice' ? 'all' : 'digital';
  reader.refuse(sentences.oneChannel(), { remove: 3, insert });
}

interface Choice {
  readonly clause: ClauseWord;
  /** Common words for the choices, in the folded spelling. */
  readonly meant: ReadonlyMap<string, string>;
}

function readChoice<T extends string>(
  reader: Reader,
  choices: readonly T[],
  { clause, meant }: Choice,
): T {
  const word = valueWord(reader);
  const last = choices[choices.length - 1] ?? '';
  refuseQuoted(reader, clause);
  if (word === undefined) reader.refuse(sentences.missingChoice(clause, choices), { insert: last });
  const choice = choices.find((candidate) => candidate === word);
  if (choice === undefined) {
    const insert = meant.get(word) ?? closest(word, choices) ?? last;
    const sentence = sentences.unknownChoice(clause, reader.written(1), choices);
    reader.refuse(sentence, { remove: 1, insert });
  }
  reader.skip();
  return choice;
}

function refuseQuoted(reader: Reader, clause: ClauseWord): void {
  const token = reader.peek();
  if (token?.kind !== 'quoted') return;
  reader.refuse(sentences.withoutQuotes(clause), { remove: 1, insert: tokenise(token.text) });
}

const otherChannels: ReadonlyMap<string, string> = new Map([
  ['call', 'voice'],
  ['calls', 'voice'],
  ['phone', 'voice'],
  ['telephony', 'voice'],
  ['mail', 'email'],
  ['mails', 'email'],
  ['sms', 'social'],
  ['whatsapp', 'social'],
  ['facebook', 'social'],
  ['webchat', 'chat'],
]);

const otherMoments: ReadonlyMap<string, string> = new Map([
  ['start', 'created'],
  ['started', 'created'],
  ['creation', 'created'],
  ['end', 'ended'],
  ['close', 'ended'],
  ['closed', 'ended'],
  ['finished', 'ended'],
]);

const otherFormats: ReadonlyMap<string, string> = new Map([
  ['excel', 'xlsx'],
  ['xls', 'xlsx'],
  ['workbook', 'xlsx'],
  ['spreadsheet', 'xlsx'],
  ['text', 'csv'],
  ['tsv', 'csv'],
  ['json', 'jsonl'],
  ['ndjson', 'jsonl'],
]);

const address = /^[^\s@]{1,64}@[^\s@]{1,190}$/;

function readCustomer(reader: Reader): string {
  const token = reader.peek();
  const text = token?.kind === 'quoted' ? token.text.toLowerCase() : valueWord(reader);
  if (text === undefined || !address.test(text)) {
    const isNext = token !== undefined && clauseNamed(reader.word()) === undefined;
    const written = isNext ? reader.written(1) : undefined;
    reader.skip(-1);
    reader.refuse(sentences.noAddress(written), { remove: isNext ? 2 : 1 });
  }
  reader.skip();
  return text;
}

/** There is one thing that can be asked for, and many words for it. */
function readContact(reader: Reader): true {
  readChoice(reader, ['contact'], { clause: 'with', meant: otherContacts });
  return true;
}

const otherContacts: ReadonlyMap<string, string> = new Map(
  ['contacts', 'customer', 'customers', 'names', 'details'].map((word) => [word, 'contact']),
);

function readZone(reader: Reader): string {
  const word = valueWord(reader);
  const zone = word === undefined ? undefined : canonicalZone(word);
  if (zone === undefined) return refuseZone(reader, word);
  reader.skip();
  return zone;
}

function refuseZone(reader: Reader, word: string | undefined): never {
  refuseQuoted(reader, 'in');
  if (word === undefined) refuseWithoutZone(reader);
  // A zone may have been written in several words: "new york", "port of spain".
  for (let remove = valueWords(reader, 3).length; remove > 0; remove--) {
    const near = closestZone(valueWords(reader, remove).join(' '));
    if (near === undefined) continue;
    reader.refuse(notAZone(reader, remove, near), { remove, insert: near });
  }
  const sentence = notAZone(reader, 1, undefined);
  reader.skip(-1);
  reader.refuse(sentence, { remove: 2 });
}

function refuseWithoutZone(reader: Reader): never {
  if (reader.done) reader.refuse(sentences.missingZone(), { insert: 'UTC' });
  // "in queue ..." is plain English rather than a forgotten zone.
  reader.skip(-1);
  reader.refuse(sentences.missingZone(), { remove: 1 });
}

function notAZone(reader: Reader, words: number, near: string | undefined): string {
  const written = reader.written(words);
  if (isOffset(reader.word() ?? '')) return sentences.offsetIsNoZone(written);
  return sentences.unknownZone(written, near);
}
