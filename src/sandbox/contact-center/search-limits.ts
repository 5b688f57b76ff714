import { Refusal } from './refusal.ts';

const dayMs = 86_400_000;
const longestSpanDays = 365;
const longestDetailedSpanDays = 30;
const oldestMonths = 36;

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The span a query really covers.
 *
 * @param detailed activities are read or filtered by, one by one
 * @returns nothing where the numbers are seconds: the service then finds nothing and does not complain
 * @throws {Refusal} a span outside the documented limits
 */
export function effectiveSpan(
  { from, to }: { readonly from: number; readonly to: number },
  nowMs: number,
  detailed: boolean,
): Span | undefined {
  if (from > to) throw new Refusal(400, 'from is later than to');
  if (to < 1e11) return undefined;
  const toMs = Math.min(to, nowMs);
  if (from < monthsBefore(nowMs, oldestMonths)) {
    throw new Refusal(400, `from is more than ${oldestMonths} months ago`);
  }
  if (toMs - from > longestSpanDays * dayMs) {
    throw new Refusal(400, `The span is longer than ${longestSpanDays} days`);
  }
  if (detailed && toMs - from > longestDetailedSpanDays * dayMs) {
    throw new Refusal(400, `Activities span at most ${longestDetailedSpanDays} days`);
  }
  return { fromMs: from, toMs };
}

function monthsBefore(atMs: number, months: number): number {
  const date = new Date(atMs);
  date.setUTCMonth(date.getUTCMonth() - months);
  return date.getTime();
}
