/** Runs something once, later. @returns a function that calls it off */
export type Schedule = (afterMs: number, run: () => void) => () => void;

/** A timer that does not keep the process alive. */
export const systemSchedule: Schedule = (afterMs, run) => {
  const timer = setTimeout(run, afterMs).unref();
  return () => clearTimeout(timer);
};

/** @throws `tooLate()` where the work takes longer; its signal fires then, and its result is forgotten */
export async function within<T>(
  { ms, schedule, tooLate }: { ms: number; schedule: Schedule; tooLate: () => Error },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abandoned = new AbortController();
  let callOff = () => {};
  const deadline = new Promise<never>((_resolve, reject) => {
    callOff = schedule(ms, () => {
      reject(tooLate());
      abandoned.abort();
    });
  });
  try {
    return await Promise.race([work(abandoned.signal), deadline]);
  } finally {
    callOff();
  }
}
