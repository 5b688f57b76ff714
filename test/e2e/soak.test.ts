import { test } from 'vitest';
import { storm } from '../soak/storm.ts';

// Most of it is waiting, for pauses that were asked for and for the bot to start.
test.concurrent.for([1, 2, 3])(
  'keeps every promise while everything fails now and then and the bot is ended (seed %i)',
  { timeout: 60_000 },
  async (seed, { expect }) => {
    const extent = { rounds: 1, conversations: [25, 40], ends: [1, 1] } as const;
    const { counts, troubles } = await storm(seed, extent);
    expect(troubles).toEqual([]);
    expect(counts).toMatchObject({ recoveries: 1, exports: expect.any(Number) });
  },
);
