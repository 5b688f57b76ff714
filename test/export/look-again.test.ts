import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLate, isUnfinished, toPieces } from '../../src/export/look-again.ts';
import { dayMs, nowMs } from './orders.ts';

const one = (id: string, createdMs: number) => ({ id, createdMs });

test('asks once for what a search can name, over no more time than it spans', () => {
  const pieces = toPieces([one('b', nowMs), one('a', nowMs - dayMs)]);
  expect(pieces).toEqual([
    { fromMs: nowMs - dayMs, toMs: nowMs + 1, again: [one('a', nowMs - dayMs), one('b', nowMs)] },
  ]);
});

test('searches nothing where the time of creation is not known', () => {
  expect(toPieces([one('b', nowMs), one('a', 0)])).toEqual([
    { fromMs: 0, toMs: 0, again: [one('a', 0)] },
    { fromMs: nowMs, toMs: nowMs + 1, again: [one('b', nowMs)] },
  ]);
});

test('names every conversation once, in pieces that a search takes', () => {
  const times = fc.array(fc.integer({ min: 0, max: nowMs }), { maxLength: 400 });
  fc.assert(
    fc.property(times, (created) => {
      const all = created.map((createdMs, index) => one(String(index), createdMs));
      const pieces = toPieces(all);
      const named = pieces.flatMap(({ again = [] }) => again);
      expect(new Set(named)).toEqual(new Set(all));
      expect(named).toHaveLength(all.length);
      for (const { fromMs, toMs, again = [] } of pieces) {
        expect(again.length).toBeLessThanOrEqual(100);
        expect(toMs - fromMs).toBeLessThanOrEqual(365 * dayMs);
        for (const { createdMs } of again) {
          expect(createdMs >= fromMs && (createdMs < toMs || createdMs === 0)).toBe(true);
        }
      }
    }),
  );
});

test.each([
  ['no_transcript', undefined, true, true],
  ['failed', 404, true, true],
  ['failed', 500, true, false],
  ['failed', undefined, true, false],
  ['still_open', undefined, true, true],
  ['cancelled', undefined, true, false],
  ['exported', undefined, false, false],
  ['filtered_out', undefined, false, false],
] as const)('knows of %s (%s) whether it may come later', (bucket, status, later, late) => {
  const settled = { bucket, reason: { text: '', ...(status && { status }) } };
  expect([isUnfinished(settled), isLate(settled)]).toEqual([later, late]);
});
