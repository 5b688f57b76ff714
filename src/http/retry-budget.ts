import type { Log } from '../log.ts';
import { ApiError, InvalidAnswerError, TooLargeError, UnreachableError } from './errors.ts';
import { type Clock, isTemporary } from './retry.ts';

/** Leave for one attempt. */
export interface Permit {
  /** To be called once, with what the attempt threw. */
  end(error?: unknown): void;
}

/**
 * The retries that one job may spend at one service. Retrying each request five times is right for a
 * stumble and wrong for an outage: it costs the requests their attempts, one after the other, and keeps
 * whoever is down from getting up. When the budget is spent, the job holds its breath: one request at a
 * time looks whether the service is back, all others wait, and none of them fails for it.
 */
export interface RetryBudget {
  /**
   * Resolves when the next attempt may be made.
   *
   * @throws {CancelledError} the signal fired while waiting
   */
  turn(signal?: AbortSignal): Promise<Permit>;
}

/**
 * The prices are those of the AWS SDKs (5 a retry, 10 a time-out, 1 back for a success); the purse is
 * smaller than their 500, so that with sixteen downloads at once it is empty before the first of them has
 * used up its five attempts.
 */
interface Costs {
  readonly tokens: number;
  readonly refused: number;
  readonly unreachable: number;
  readonly success: number;
}

const defaultCosts: Costs = { tokens: 200, refused: 5, unreachable: 10, success: 1 };

/** Between two looks: a dead host gets a tenth of a request a second, and is noticed within 15 s. */
const probe = { everyMs: 10_000, jitterMs: 5_000 };

/** After so long the work fails as it would without a budget: somebody has to be told. */
const mostMs = 24 * 60 * 60 * 1_000;

interface Deps {
  readonly clock: Clock;
  /** Ends with the job. */
  readonly signal: AbortSignal;
  /** Told before each pause until when it lasts (epoch ms). */
  readonly onWait: (untilMs: number) => void;
  readonly log: Log;
  readonly costs?: Costs;
}

export function createRetryBudget(deps: Deps): RetryBudget {
  const { clock, signal, onWait, log, costs = defaultCosts } = deps;
  let tokens = costs.tokens;
  /** By the clock that nobody sets. */
  let spentSinceMs: number | undefined;
  let isProbing = false;
  let isPausing = false;
  /** The pause was over before anybody wanted to go on. */
  let isProbeDue = false;
  const waiting = new Set<(permit: Permit) => void>();

  const permit = (isProbe: boolean): Permit => ({
    end(error) {
      if (isProbe) isProbing = false;
      if (isOutage(error)) spend(error);
      else if (isAnswer(error)) recover();
      // What was called off, or never sent, says nothing about the service.
      else void letNextProbe();
    },
  });

  const recover = () => {
    tokens = Math.min(costs.tokens, tokens + costs.success);
    if (spentSinceMs === undefined) return;
    log.info({ forMs: clock.elapsed() - spentSinceMs }, 'the service is back');
    spentSinceMs = undefined;
    isProbeDue = false;
    tokens = costs.tokens;
    letAllGo();
  };

  const letAllGo = () => {
    for (const go of waiting) go(permit(false));
    waiting.clear();
  };

  const spend = (error: unknown) => {
    tokens -= error instanceof UnreachableError ? costs.unreachable : costs.refused;
    if (tokens < 0 && spentSinceMs === undefined) {
      spentSinceMs = clock.elapsed();
      log.warn({ err: error }, 'the retries of this job are spent, it waits for the service');
    }
    void letNextProbe();
  };

  const letNextProbe = async () => {
    if (spentSinceMs === undefined || isPausing || isProbing || isProbeDue) return;
    if (isGivenUp()) {
      letAllGo();
      return;
    }
    isPausing = true;
    const pauseMs = probe.everyMs + clock.random() * probe.jitterMs;
    onWait(clock.now() + pauseMs);
    await clock.sleep(pauseMs, signal).catch(() => {});
    isPausing = false;
    const [first] = waiting;
    isProbeDue = !first;
    if (!first) return;
    waiting.delete(first);
    first(startProbe());
  };

  const startProbe = () => {
    isProbeDue = false;
    isProbing = true;
    return permit(true);
  };

  const isGivenUp = () => spentSinceMs !== undefined && clock.elapsed() - spentSinceMs > mostMs;

  return {
    async turn(own) {
      if (spentSinceMs === undefined || isGivenUp()) return permit(false);
      if (isProbeDue) return startProbe();
      return await new Promise<Permit>((resolve, reject) => {
        const go = (given: Permit) => {
          own?.removeEventListener('abort', onAbort);
          resolve(given);
        };
        const onAbort = () => {
          waiting.delete(go);
          reject(own?.reason);
        };
        waiting.add(go);
        if (own?.aborted) onAbort();
        else own?.addEventListener('abort', onAbort, { once: true });
        void letNextProbe();
      });
    },
  };
}

/** The rate limit is no outage: it has a pause of its own. */
function isOutage(error: unknown): boolean {
  return isTemporary(error) && !(error instanceof ApiError && error.status === 429);
}

/** Whether there was anybody who answered. */
function isAnswer(error: unknown): boolean {
  return (
    error === undefined ||
    error instanceof ApiError ||
    error instanceof InvalidAnswerError ||
    error instanceof TooLargeError
  );
}
