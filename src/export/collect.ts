import { setMaxListeners } from 'node:events';
import { type CaptureResult, captureBatchSize, queryCaptures } from '../contact-center/captures.ts';
import type { Caller, ContactCenter } from '../contact-center/client.ts';
import type { TranscriptDownloads } from '../contact-center/downloads.ts';
import type { TaskQuery } from '../contact-center/query.ts';
import type { OpenedSearch } from '../contact-center/search.ts';
import { isOpen, type Task } from '../contact-center/task.ts';
import type { Entry } from '../contact-center/transcript/entry.ts';
import { CancelledError, NotSignedInError } from '../errors.ts';
import { ApiError } from '../http/errors.ts';
import type { RetryBudget } from '../http/retry-budget.ts';
import type { Log } from '../log.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { type FoundLinks, fetchConversation } from './fetch-conversation.ts';
import type { Journal } from './journal.ts';
import type { Bucket, Ledger, Reason } from './ledger.ts';
import type { SearchPiece } from './look-again.ts';
import { metricsOf } from './metrics.ts';
import { runStages, type Stage } from './pipeline.ts';
import { reasonFor, reasons } from './reasons.ts';
import type { Recorder } from './recorder.ts';
import { type SearchPosition, searchAll } from './search-all.ts';
import type { Spool } from './spool.ts';

/** Four keep the downloads busy; with more, a small export asks for all its links at once. */
const capturesCallers = 8;
/** More than there are connections, so that each of these is used again while its last file is read. */
const downloaders = 24;

export interface CollectDeps {
  readonly contactCenter: ContactCenter;
  readonly caller: Caller;
  readonly downloads: TranscriptDownloads;
  readonly storageRetries: RetryBudget;
  readonly urlExpirationMinutes: number;
  readonly query: Omit<TaskQuery, 'fromMs' | 'toMs'>;
  /** Whether the texts of a conversation are what was asked for. */
  readonly holdsWanted: (entries: readonly Entry[]) => boolean;
  readonly pieces: readonly SearchPiece[];
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly spool: Spool;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Found by an earlier process, but not settled. */
  readonly unfinished: () => AsyncIterable<UnfinishedTask>;
  readonly searchFrom: SearchPosition | 'done';
  /** The first page of the first piece, where it has been asked for already. */
  readonly opened?: OpenedSearch | undefined;
}

export interface UnfinishedTask {
  readonly task: Task;
  /** Turned away by a filter on our side. */
  readonly dropped: boolean;
}

export interface Collected {
  /** Why the search ended before its last page; what it had found until then is in the ledger. */
  readonly searchBroke: string | undefined;
}

interface Captured extends FoundLinks {
  readonly task: Task;
}

/**
 * Search, captures and downloads side by side, joined by bounded queues, until every conversation of the
 * window is in the ledger. Captures start when the first page is in and go out in full tens; links are
 * asked for just before they are used, because they expire.
 *
 * @throws what stops the whole job: cancelled, no grant, disk full, a search that fails on its first page
 */
export async function collect(deps: CollectDeps): Promise<Collected> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([deps.signal, stopping.signal]);
  // Every download under way listens to it.
  setMaxListeners(0, signal, deps.signal);
  const found = new BoundedQueue<Task>(captureBatchSize * capturesCallers);
  const captured = new BoundedQueue<Captured>(downloaders * 2);
  const caller = { ...deps.caller, signal };
  let searchBroke: string | undefined;

  const search = async () => {
    for await (const { task, dropped } of deps.unfinished()) {
      if (dropped) await settle(deps, task, 'filtered_out', reasons.filteredOut);
      else await route(task, found, deps);
    }
    searchBroke = await searchAll({
      ...deps,
      caller,
      take: (task) => route(task, found, deps),
      drop: (task) => settle(deps, task, 'filtered_out', reasons.filteredOut),
    });
  };
  const stages: Stage[] = [
    { workers: 1, work: search, done: () => found.close() },
    {
      workers: capturesCallers,
      work: () => captureAll(found, captured, { ...deps, caller }),
      done: () => captured.close(),
    },
    { workers: downloaders, work: () => downloadAll(captured, { ...deps, caller, signal }) },
  ];
  const stop = (error: Error) => {
    found.fail(error);
    captured.fail(error);
    stopping.abort(error);
  };
  try {
    await runStages(stages, stop);
  } finally {
    // What was taken over is written also when the job stops here: it need not be fetched again, and
    // nothing is written behind the back of the run that continues.
    await deps.recorder.idle();
  }
  await deps.recorder.flush();
  return { searchBroke };
}

/** A conversation that is still open has no complete transcript: it is counted, not exported. */
async function route(task: Task, found: BoundedQueue<Task>, deps: CollectDeps): Promise<void> {
  if (isOpen(task)) await settle(deps, task, 'still_open', reasons.stillOpen);
  else await found.put(task);
}

async function captureAll(
  found: BoundedQueue<Task>,
  captured: BoundedQueue<Captured>,
  deps: CollectDeps,
): Promise<void> {
  for (;;) {
    const batch = await found.takeBatch(captureBatchSize);
    if (batch.length === 0) return;
    const { found: links, failure } = await captureBatch(batch, deps);
    for (const task of batch) {
      const ofTask = links(task.id);
      if (ofTask) await captured.put({ task, ...ofTask });
      else await settle(deps, task, 'failed', failure(task.id));
    }
  }
}

interface CapturedBatch {
  readonly found: (taskId: string) => FoundLinks | undefined;
  /** Why there is nothing for a task in `found`. */
  readonly failure: (taskId: string) => Reason;
}

/** One batch that cannot be asked for costs its own tasks only; what concerns all of them is thrown. */
async function captureBatch(batch: readonly Task[], deps: CollectDeps): Promise<CapturedBatch> {
  const ids = batch.map(({ id }) => id);
  try {
    const { contactCenter, caller, urlExpirationMinutes } = deps;
    const captured = await queryCaptures(contactCenter, caller, ids, urlExpirationMinutes);
    return {
      found: (id) => linksIn(captured, id),
      failure: (id) => reasonFor(captured.refused.get(id)),
    };
  } catch (error) {
    if (stopsTheJob(error)) throw error;
    deps.log.warn({ err: error, tasks: ids.length }, 'captures could not be asked for');
    const reason = reasonFor(error);
    return { found: () => undefined, failure: () => reason };
  }
}

/** Without grant, role or scope the next batch would fare no better. */
function stopsTheJob(error: unknown): boolean {
  if (error instanceof CancelledError || error instanceof NotSignedInError) return true;
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

async function downloadAll(captured: BoundedQueue<Captured>, deps: CollectDeps): Promise<void> {
  for (;;) {
    const next = await captured.take();
    if (!next) return;
    const { task } = next;
    const fetched = await fetchConversation(next, {
      taskId: task.id,
      downloads: deps.downloads,
      retries: deps.storageRetries,
      signal: deps.signal,
      log: deps.log,
      freshLinks: () => linksOf(task, deps),
    });
    if (fetched.bucket === 'exported' && !deps.holdsWanted(fetched.entries)) {
      await settle(deps, task, 'filtered_out', reasons.filteredOut);
      continue;
    }
    await deps.recorder.record({
      id: task.id,
      bucket: fetched.bucket,
      reason: fetched.reason,
      facts: { task, metrics: metricsOf(fetched.entries) },
      entries: fetched.entries,
    });
  }
}

function linksIn({ links, asked }: CaptureResult, id: string): FoundLinks | undefined {
  const [ofTask, call] = [links.get(id), asked.get(id)];
  return ofTask && call && { links: ofTask, asked: call };
}

async function linksOf(task: Task, deps: CollectDeps): Promise<FoundLinks> {
  const { contactCenter, caller, urlExpirationMinutes } = deps;
  const captured = await queryCaptures(contactCenter, caller, [task.id], urlExpirationMinutes);
  const refusal = captured.refused.get(task.id);
  if (refusal) throw refusal;
  const found = linksIn(captured, task.id);
  if (!found) throw new Error('captures answered for another task');
  return found;
}

async function settle(
  { recorder }: CollectDeps,
  task: Task,
  bucket: Bucket,
  reason: Reason,
): Promise<void> {
  const facts = { task, metrics: metricsOf([]) };
  await recorder.record({ id: task.id, bucket, reason, facts, entries: [] });
}
