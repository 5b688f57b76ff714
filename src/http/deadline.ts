export interface Deadline {
  /** Fires at the deadline, or with the outer signal. */
  readonly signal: AbortSignal;
  /** Whether time ran out, as opposed to the outer signal. */
  passed(): boolean;
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
  const timer = setTimeout(() => {
    passed = true;
    controller.abort();
  }, timeoutMs);
  const onAbort = () => controller.abort();
  if (outer?.aborted) onAbort();
  else outer?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    passed: () => passed,
    clear: () => {
      clearTimeout(timer);
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
