export type Phase = 'planning' | 'collecting' | 'writing' | 'delivering';

/** How far a job is, as a value for whoever shows it. */
export interface Progress {
  readonly phase: Phase;
  /** The contact center's own count, once asked. */
  readonly counted: number | undefined;
  readonly found: number;
  readonly settled: number;
  readonly failed: number;
  /** Set while the request budget or a 429 makes everybody wait. */
  readonly waitingUntilMs: number | undefined;
  /** Requests that this process made for the job, repeated ones included. */
  readonly calls: number;
  /** `undefined` before 5 % or five seconds, when it would only be a guess. */
  readonly expectedEndMs: number | undefined;
}

interface Pace {
  /** When this process began with the job, and what was settled then: a restart must not count as speed. */
  readonly startedMs: number;
  readonly settledBefore: number;
  readonly nowMs: number;
  readonly settled: number;
  readonly total: number | undefined;
  /** As the request budget stands now; other jobs may take of it. */
  readonly budget: { readonly limit: number; readonly used: number; readonly windowMs: number };
}

/** Conversations that one call brings nearer: ten links, and a 25th of a page of 250. */
const perCall = 10;

/**
 * When the job will have everything: at the rate measured so far, but not before the request budget lets
 * it. A rate measured in the first minute knows nothing of the pause that comes when that is spent.
 */
export function expectedEndMs(at: Pace): number | undefined {
  const elapsedMs = at.nowMs - at.startedMs;
  const settled = at.settled - at.settledBefore;
  if (at.total === undefined || settled <= 0 || elapsedMs < 5_000) return undefined;
  if (at.settled < at.total * 0.05) return undefined;
  const remaining = Math.max(0, at.total - at.settled);
  const { limit, used, windowMs } = at.budget;
  const callsBeyond = Math.ceil(remaining / perCall) - Math.max(0, limit - used);
  const windows = Math.max(0, Math.ceil(callsBeyond / limit));
  return at.nowMs + Math.max((elapsedMs / settled) * remaining, windows * windowMs);
}
