import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';
import { rows } from './rows.ts';

interface Outcome {
  readonly row: string;
  readonly attempts: number;
  readonly breaches: number;
}

/**
 * What came of the attacks of one row. Fails on any breach, and on fewer attacks than the row demands.
 *
 * @param breaches each in words that say what got through
 */
export function judge(row: string, attempts: number, breaches: readonly string[]): void {
  const [, demanded = Number.NaN] = rows[row] ?? [];
  const report = process.env['SECURITY_REPORT'];
  const outcome: Outcome = { row, attempts, breaches: breaches.length };
  if (report !== undefined) appendFileSync(report, `${JSON.stringify(outcome)}\n`);
  expect(breaches.slice(0, 10), row).toEqual([]);
  expect(attempts, `attacks of ${row}`).toBeGreaterThanOrEqual(demanded);
}

/** Collects what gets through. */
export function breachList() {
  const breaches: string[] = [];
  return {
    breaches,
    /** A defence: what is false is a breach. */
    hold: (isHeld: boolean, what: string) => {
      if (!isHeld) breaches.push(what);
    },
  };
}
