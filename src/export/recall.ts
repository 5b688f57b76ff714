import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { WebexClient } from '../webex/client.ts';
import type { FinishedExport, FinishedExports } from './finished-exports.ts';
import type { Jobs } from './jobs.ts';
import type { ExportOrder } from './order.ts';

interface RecallDeps {
  readonly finished: FinishedExports;
  readonly jobs: Pick<Jobs, 'forget'>;
  readonly webex: Pick<WebexClient, 'deleteMessage'>;
  readonly retentionDays: number;
  /** Told of each export that is gone after its time, with the messages that held its files. */
  readonly onRemoved?: (order: ExportOrder, messageIds: readonly string[]) => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export interface Recall {
  /**
   * Removes the posts of one export from Webex.
   *
   * @returns how many there were
   * @throws {ApiError} | {UnreachableError} some may be there still; it can be asked for again
   */
  recall(job: FinishedExport): Promise<number>;
  /** Removes what is older than the retention: posts from Webex, records from the disk. Never rejects. */
  sweep(): Promise<void>;
}

const dayMs = 24 * 60 * 60 * 1_000;
/** Where Webex could not be reached, it is asked again after so long. */
const againAfterMs = 60 * 60 * 1_000;

export function createRecall(deps: RecallDeps): Recall {
  const { finished, jobs, webex, retentionDays, clock, log } = deps;
  const nextTryMs = new Map<string, number>();

  const removePosts = async ({ posts }: FinishedExport): Promise<number> => {
    // One that is gone already counts as removed.
    for (const { messageId } of posts) await webex.deleteMessage(messageId);
    return posts.length;
  };

  return {
    async recall(job) {
      const count = await removePosts(job);
      await finished.put({ ...job, posts: [], recalledAtMs: clock.now() });
      return count;
    },

    async sweep() {
      const nowMs = clock.now();
      for (const job of finished.list()) {
        const { ref } = job.order;
        if (nowMs - job.endedAtMs < retentionDays * dayMs) continue;
        if (nowMs < (nextTryMs.get(ref) ?? 0)) continue;
        try {
          await removePosts(job);
          await jobs.forget(ref);
          nextTryMs.delete(ref);
          deps.onRemoved?.(
            job.order,
            job.posts.map(({ messageId }) => messageId),
          );
          log.info({ ref, posts: job.posts.length }, 'an export was removed after its retention');
        } catch (err) {
          nextTryMs.set(ref, nowMs + againAfterMs);
          log.warn({ err, ref }, 'an export could not be removed after its retention');
        }
      }
    },
  };
}
