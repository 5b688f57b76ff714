import { describe, expect, it } from 'vitest';
import { CancelledError } from '../../src/errors.ts';
import { ApiError, InvalidAnswerError, UnreachableError } from '../../src/http/errors.ts';
import { createRetryBudget } from '../../src/http/retry-budget.ts';
import { silent } from '../contact-center/fake.ts';
import { createTestClock } from '../helpers/clock.ts';

const refusal = (status: number) => new ApiError({ service: 'storage', status, doing: 'reading' });
const silence = new UnreachableError('storage', 'reading', 'reset', { mayHaveArrived: true });

/** Time that passes when the test says so, and lets everybody run who is due. */
function startBudget() {
  const clock = createTestClock();
  const sleepers: { untilMs: number; wake: () => void }[] = [];
  const held = {
    ...clock,
    sleep: (ms: number) =>
      new Promise<void>((wake) => sleepers.push({ untilMs: clock.elapsed() + ms, wake })),
  };
  const stopping = new AbortController();
  const waits: number[] = [];
  const budget = createRetryBudget({
    clock: held,
    signal: stopping.signal,
    onWait: (untilMs) => waits.push(untilMs - clock.now()),
    log: silent,
  });
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (const sleeper of sleepers.filter(({ untilMs }) => untilMs <= clock.elapsed())) {
      sleepers.splice(sleepers.indexOf(sleeper), 1);
      sleeper.wake();
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  const fail = async (times: number, error: unknown = refusal(503)) => {
    for (let time = 0; time < times; time++) (await budget.turn()).end(error);
  };
  /** Asks for so many turns at once; tells which have been given. */
  const ask = (count: number, signal?: AbortSignal) => {
    const given: Awaited<ReturnType<typeof budget.turn>>[] = [];
    const asked = Array.from({ length: count }, () =>
      budget.turn(signal).then((permit) => void given.push(permit)),
    );
    return { given, asked };
  };
  return { budget, pass, fail, ask, waits };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('the retries of a job', () => {
  it('are its own affair as long as most requests succeed', async () => {
    const { budget, fail, ask } = startBudget();
    for (let round = 0; round < 100; round++) {
      await fail(1);
      for (let success = 0; success < 5; success++) (await budget.turn()).end();
    }
    const { given } = ask(3);
    await tick();
    expect(given).toHaveLength(3);
  });

  it.each([
    ['refusals', refusal(503), 41],
    ['silences', silence, 21],
  ])(
    'are spent by so many %s, and then one request at a time looks',
    async (_name, error, times) => {
      const { fail, ask, pass, waits } = startBudget();
      await fail(times - 1, error);
      const before = ask(1);
      await tick();
      before.given[0]?.end(error);
      const { given } = ask(16);
      await tick();
      const atOnce = given.length;
      const looks: number[] = [];
      for (let second = 0; second < 600; second++) {
        await pass(1_000);
        looks.push(given.length);
        for (const permit of given.splice(0)) permit.end(error);
      }
      expect(before.given).toHaveLength(1);
      expect(atOnce).toBe(0);
      expect(Math.max(...looks)).toBe(1);
      expect(waits.every((ms) => ms >= 10_000 && ms < 15_000)).toBe(true);
    },
  );

  it('put at most a tenth of a request a second on a service that is down', async () => {
    const { fail, budget, pass } = startBudget();
    await fail(41);
    let looks = 0;
    const keepAsking = async () => {
      for (;;) {
        const permit = await budget.turn();
        looks++;
        permit.end(refusal(503));
      }
    };
    for (let worker = 0; worker < 16; worker++) void keepAsking();
    for (let second = 0; second < 600; second++) await pass(1_000);
    expect(looks).toBeGreaterThan(600 / 16);
    expect(looks).toBeLessThanOrEqual(60);
  });

  it.each([
    ['an answer', undefined],
    ['a refusal of this request alone', refusal(404)],
    ['the rate limit', refusal(429)],
    ['nonsense', new InvalidAnswerError('storage', 'reading', 'html')],
  ])('let all go on as soon as one look brings %s', async (_name, end) => {
    const { fail, ask, pass } = startBudget();
    await fail(41);
    const { given, asked } = ask(16);
    await pass(15_000);
    const looking = given.length;
    given[0]?.end(end);
    await Promise.all(asked);
    // The purse is full again.
    await fail(40);
    const next = ask(1);
    await tick();
    expect([looking, given.length, next.given.length]).toEqual([1, 16, 1]);
  });

  it('give the look to the next one when it is called off', async () => {
    const { fail, ask, pass } = startBudget();
    await fail(41);
    const { given } = ask(2);
    await pass(15_000);
    given[0]?.end(new CancelledError());
    await pass(15_000);
    expect(given).toHaveLength(2);
  });

  it('let a look be made at once by whoever comes after the pause', async () => {
    const { fail, ask, pass } = startBudget();
    await fail(41);
    await pass(15_000);
    const { given } = ask(2);
    await tick();
    expect(given).toHaveLength(1);
  });

  it('keep nobody who is told to stop', async () => {
    const { fail, ask, pass } = startBudget();
    await fail(41);
    const stop = new AbortController();
    const { asked } = ask(1, stop.signal);
    const other = ask(1);
    stop.abort(new CancelledError());
    await expect(asked[0]).rejects.toMatchObject({ code: 'cancelled' });
    await pass(15_000);
    expect(other.given).toHaveLength(1);
  });

  it('are given up after a day, so that somebody is told', async () => {
    const { fail, ask, pass } = startBudget();
    await fail(41);
    await pass(25 * 60 * 60 * 1_000);
    const { given } = ask(5);
    await tick();
    given[0]?.end(refusal(503));
    await tick();
    expect(given).toHaveLength(5);
  });
});
