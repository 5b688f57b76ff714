import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRequestBudget, type NotedGrants } from '../../src/http/budget.ts';
import { createLog } from '../../src/log.ts';
import { BudgetNotes } from '../../src/store/budget-notes.ts';
import { createTestClock } from '../helpers/clock.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const log = createLog({ level: 'fatal' });

describe('request budget over restarts', () => {
  it('does not give out the same minute twice', async () => {
    const path = join(await makeTempFolder(), 'budget.json');
    const clock = createTestClock();
    const startMs = clock.now();
    const take = async (count: number) => {
      const budget = createRequestBudget({
        limit: 100,
        windowMs: 60_000,
        clock,
        memory: await BudgetNotes.open(path, log),
      });
      for (let taken = 0; taken < count; taken++) await budget.take('E7K2');
    };
    await take(60);
    clock.advance(1_000);
    await take(40);
    const beforeMs = clock.now();
    clock.advance(1_000);
    await take(1);
    expect(beforeMs).toBe(startMs + 1_000);
    // The first sixty may have been used until five seconds after they were noted.
    expect(clock.now()).toBe(startMs + 65_000);
  });

  it('notes a block before anything of it is given out', async () => {
    const clock = createTestClock();
    const events: string[] = [];
    const budget = createRequestBudget({
      limit: 40,
      clock,
      memory: {
        noted: [],
        note: async ({ count }) => {
          await new Promise((resolve) => setImmediate(resolve));
          events.push(`noted ${count}`);
        },
      },
    });
    const takes = Array.from({ length: 4 }, async (_, index) => {
      await budget.take('E7K2');
      events.push(`given ${index}`);
    });
    await Promise.all(takes);
    expect(events).toEqual(['noted 2', 'given 0', 'given 1', 'noted 2', 'given 2', 'given 3']);
  });

  it('loses what is left of a block that was not used in time', async () => {
    const clock = createTestClock();
    const notes: NotedGrants[] = [];
    const memory = { noted: [], note: async (grants: NotedGrants) => void notes.push(grants) };
    const budget = createRequestBudget({ limit: 40, clock, memory });
    await budget.take('E7K2');
    clock.advance(5_000);
    await budget.take('E7K2');
    expect(notes.map(({ count }) => count)).toEqual([2, 2]);
  });

  it('ignores notes from times to come, which a clock that was wrong has left', async () => {
    const clock = createTestClock();
    const startMs = clock.now();
    const untilMs = startMs + 3_600_000;
    const memory = {
      noted: [{ fromMs: untilMs, untilMs, count: 10 }],
      note: async () => {},
    };
    await createRequestBudget({ limit: 10, clock, memory }).take('E7K2');
    expect(clock.now()).toBe(startMs);
  });
});
