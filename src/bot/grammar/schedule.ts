import type { Recurrence } from '../../export/recurrence.ts';
import type { ExportRequest } from './command.ts';
import { readExport } from './export.ts';
import { verbNamed } from './keywords.ts';
import { readRange, startsRange } from './range.ts';
import { type Reader, Refusal } from './reader.ts';
import { readRecurrence } from './recurrence.ts';
import * as sentences from './sentences.ts';

/** Reads when, and then a whole export; the reader stands behind `schedule`. */
export function readSchedule(reader: Reader): {
  readonly recurrence: Recurrence;
  readonly request: ExportRequest;
} {
  const recurrence = readRecurrence(reader);
  if (reader.word() === 'in') moveZone(reader);
  if (!reader.take('export')) return refuseWithoutExport(reader);
  refuseFixedDates(reader);
  return { recurrence, request: readExport(reader) };
}

/** The zone belongs to the export, whose window it counts as well. */
function moveZone(reader: Reader): never {
  const end = reader.tokens.findIndex(
    (token, index) => index > reader.at && token.kind === 'word' && token.text === 'export',
  );
  const length = (end === -1 ? reader.tokens.length : end) - reader.at;
  const zone = reader.tokens.slice(reader.at, reader.at + length);
  const others = reader.tokens.toSpliced(reader.at, length);
  throw new Refusal(sentences.zoneAtTheEnd(), [[...others, ...zone]]);
}

function refuseWithoutExport(reader: Reader): never {
  const written = reader.done ? undefined : reader.written(1);
  if (written === undefined) {
    reader.refuse(sentences.scheduleWhat(undefined), { insert: 'export last 7 days' });
  }
  const isVerb = verbNamed(reader.word()) !== undefined;
  const sentence = sentences.scheduleWhat(written);
  // A range or a clause only lacks the word before it; everything else is not an export at all.
  if (isVerb) reader.refuse(sentence, { remove: reader.left, insert: 'export last 7 days' });
  reader.refuse(sentence, { insert: 'export' });
}

/** The same days at every run cannot be what anybody wants. */
function refuseFixedDates(reader: Reader): void {
  if (!startsRange(reader)) return;
  const start = reader.at;
  const range = readRange(reader);
  const remove = reader.at - start;
  reader.at = start;
  if (range.kind === 'dates')
    reader.refuse(sentences.fixedDates(), { remove, insert: 'last 7 days' });
}
