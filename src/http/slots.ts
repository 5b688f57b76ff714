/** Lets so many pieces of work run at once; the others wait in the order in which they came. */
export type Slots = <T>(work: () => Promise<T>) => Promise<T>;

export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Handed over directly: whoever comes in between has to wait behind those who waited.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
