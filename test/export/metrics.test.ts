import { expect, test } from 'vitest';
import type { Entry, Role } from '../../src/contact-center/transcript/entry.ts';
import { metricsOf } from '../../src/export/metrics.ts';
import { entryWith } from './records.ts';

const at = (timestampMs: number | undefined, role: Role | undefined): Entry =>
  entryWith({ timestampMs, role });

test.each<[string, Entry[], number | undefined, number | undefined]>([
  ['nothing of a conversation without entries', [], undefined, undefined],
  ['no silence of a single entry', [at(5, 'customer')], undefined, undefined],
  [
    'the time from the first question to the first answer of a person',
    [
      at(1, 'bot'),
      at(10, 'customer'),
      at(12, 'customer'),
      at(20, 'bot'),
      at(70, 'agent'),
      at(90, 'agent'),
    ],
    60,
    50,
  ],
  ['no response where nobody asked', [at(1, 'agent'), at(4, 'agent')], undefined, 3],
  ['no response before the question', [at(1, 'agent'), at(4, 'customer')], undefined, 3],
  [
    'only entries that have a time',
    [at(1, 'customer'), at(undefined, 'agent'), at(9, 'agent')],
    8,
    8,
  ],
  [
    'silence also between events without a role',
    [at(1, undefined), at(5, undefined)],
    undefined,
    4,
  ],
  ['a response in the same instant', [at(7, 'customer'), at(7, 'agent')], 0, 0],
])('knows %s', (_name, entries, firstResponseMs, longestSilenceMs) => {
  expect(metricsOf(entries)).toEqual({ firstResponseMs, longestSilenceMs });
});
