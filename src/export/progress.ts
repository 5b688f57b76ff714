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
  /** From the measured rate; `undefined` before 5 % or five seconds, when it would only be a guess. */
  readonly expectedEndMs: number | undefined;
}

export function expectedEndMs(at: {
  readonly startedMs: number;
  readonly nowMs: number;
  readonly settled: number;
  readonly total: number | undefined;
}): number | undefined {
  const elapsedMs = at.nowMs - at.startedMs;
  if (at.total === undefined || at.settled === 0 || elapsedMs < 5_000) return undefined;
  if (at.settled < at.total * 0.05) return undefined;
  const remaining = Math.max(0, at.total - at.settled);
  return at.nowMs + (elapsedMs / at.settled) * remaining;
}
