export interface Deadline {
  /** Fires at the deadline, or with the outer signal. */
  readonly signal: AbortSignal;
  /** Whether time ran out, as opposed to the outer signal. */
  passed(): boolean;
  /** What is left of it, in milliseconds. */
  leftMs(): number;
  /** Does something that does not count. */
  outside<T>(work: () => Promise<T>): Promise<T>;
  /** To be called when the work is over, however it ended. */
  clear(): void;
}

/**
 * `AbortSignal.timeout` and `AbortSignal.any` would do, but their timers and links live on after the
 * work, and a long export sends hundreds of thousands of requests under one signal.
 */
export function startDeadline(timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let passed = false;
  let leftMs = timeoutMs;
  let startedMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    startedMs = performance.now();
    timer = setTimeout(() => {
      passed = true;
      controller.abort();
    }, leftMs);
  };
  const stop = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    leftMs = Math.max(0, leftMs - (performance.now() - startedMs));
  };
  start();
  const onAbort = () => controller.abort();
  if (outer?.aborted) onAbort();
  else outer?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    passed: () => passed,
    leftMs: () => (timer === undefined ? leftMs : leftMs - (performance.now() - startedMs)),
    async outside(work) {
      stop();
      try {
        return await work();
      } finally {
        if (!passed) start();
      }
    },
    clear: () => {
      stop();
      outer?.removeEventListener('abort', onAbort);
    },
  };
}

/** Waits for work that cannot be told to stop, but no longer than until the signal fires. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
