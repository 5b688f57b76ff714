import { describe, expect, test } from 'vitest';
import { type Balance, type Bucket, Ledger, outcomeOf } from '../../src/export/ledger.ts';
import { placeWith } from './records.ts';

const place = placeWith(0);

function ledgerOf(...tasks: [id: string, createdMs: number, bucket?: Bucket][]): Ledger {
  const ledger = new Ledger();
  for (const [id, createdMs] of tasks) ledger.find(id, createdMs);
  for (const [id, , bucket] of tasks) if (bucket) ledger.settle({ id, bucket, entries: 1, place });
  return ledger;
}

describe('the ledger', () => {
  test('puts every conversation into exactly one bucket, and the buckets add up', () => {
    const ledger = ledgerOf(
      ['a', 1, 'exported'],
      ['b', 2, 'exported'],
      ['c', 3, 'no_transcript'],
      ['d', 4, 'still_open'],
      ['e', 5, 'filtered_out'],
      ['f', 6, 'failed'],
      ['g', 7, 'cancelled'],
    );
    expect(ledger.balance()).toEqual({
      found: 7,
      exported: 2,
      no_transcript: 1,
      still_open: 1,
      filtered_out: 1,
      failed: 1,
      cancelled: 1,
    });
  });

  test('finds a conversation once, however often the search lists it', () => {
    const ledger = new Ledger();
    const answers = [ledger.find('a', 1), ledger.find('a', 1), ledger.find('b', 2)];
    expect({ answers, found: ledger.found, duplicates: ledger.duplicates }).toEqual({
      answers: [true, false, true],
      found: 2,
      duplicates: 1,
    });
  });

  test('refuses to settle what was never found, or what is settled already', () => {
    const ledger = ledgerOf(['a', 1, 'exported']);
    expect(() => ledger.settle({ id: 'x', bucket: 'failed', entries: 0, place })).toThrow(
      'never found',
    );
    expect(() => ledger.settle({ id: 'a', bucket: 'failed', entries: 0, place })).toThrow(
      'settled as exported, then as failed',
    );
  });

  test('refuses a balance while a conversation is in no bucket', () => {
    const ledger = ledgerOf(['a', 1, 'exported'], ['b', 2]);
    expect(ledger.unsettled()).toEqual(['b']);
    expect(() => ledger.balance()).toThrow('2 found, 1 settled');
  });

  test('lists the conversations in order of their creation', () => {
    const ledger = ledgerOf(['late', 30, 'exported'], ['b', 10, 'failed'], ['a', 10, 'exported']);
    expect(ledger.settlements().map(({ id }) => id)).toEqual(['a', 'b', 'late']);
  });
});

const settled: Balance = {
  found: 3,
  exported: 2,
  no_transcript: 1,
  still_open: 0,
  filtered_out: 0,
  failed: 0,
  cancelled: 0,
};
const equal = { kind: 'equal', counted: 3 } as const;

test.each([
  ['complete', settled, equal, false],
  ['complete', settled, { kind: 'changed_meanwhile', counted: 2, recounted: 3 } as const, false],
  ['complete', settled, { kind: 'unknown' } as const, false],
  ['partial', settled, { kind: 'different', counted: 4, recounted: 4 } as const, false],
  ['partial', settled, equal, true],
  ['partial', { ...settled, exported: 1, failed: 1 }, equal, false],
  ['empty', { ...settled, found: 0, exported: 0, no_transcript: 0 }, equal, false],
  ['cancelled', { ...settled, exported: 1, cancelled: 1 }, equal, false],
])('calls a job %s when its account says so (%#)', (outcome, balance, count, broke) => {
  expect(outcomeOf(balance, count, broke)).toBe(outcome);
});
