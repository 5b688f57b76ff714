import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Asked, TranscriptLink } from '../contact-center/captures.ts';
import {
  isExpiredLink,
  type OnTry,
  type TranscriptDownloads,
} from '../contact-center/downloads.ts';
import type { Entry } from '../contact-center/transcript/entry.ts';
import { inOrderOfTime } from '../contact-center/transcript/order.ts';
import { parseTranscript } from '../contact-center/transcript/parse.ts';
import { AppError, NotSignedInError } from '../errors.ts';
import { startDeadline } from '../http/deadline.ts';
import { ApiError } from '../http/errors.ts';
import type { RetryBudget } from '../http/retry-budget.ts';
import type { Log } from '../log.ts';
import type { Bucket, Reason } from './ledger.ts';
import { reasonFor, reasons, type Tried } from './reasons.ts';

/**
 * For one conversation over all its transcripts and attempts. Asking for fresh links does not count: it
 * may have to wait for the request budget, which says nothing about the transcript.
 */
const conversationDeadlineMs = 60_000;

export interface Fetched {
  readonly bucket: Extract<Bucket, 'exported' | 'no_transcript' | 'failed'>;
  readonly entries: readonly Entry[];
  readonly reason?: Reason | undefined;
}

/** What Captures said about one conversation. */
export interface FoundLinks {
  readonly links: readonly TranscriptLink[];
  readonly asked: Asked;
}

interface FetchDeps {
  readonly taskId: string;
  readonly downloads: Pick<TranscriptDownloads, 'inTurn' | 'download'>;
  /** Asks Captures again, for links that have expired before they could be used. */
  readonly freshLinks: () => Promise<FoundLinks>;
  /** The job's own, for the storage. */
  readonly retries?: RetryBudget;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly deadlineMs?: number;
}

/**
 * Reads every transcript of one conversation. All of them or none: one bad transcript among several makes
 * the conversation `failed`, because half a conversation reads like a whole one.
 *
 * @throws only what stops the whole job: {CancelledError}, {NotSignedInError}
 */
export async function fetchConversation(found: FoundLinks, deps: FetchDeps): Promise<Fetched> {
  const tries = new Tries(deps.deadlineMs ?? conversationDeadlineMs);
  let current = found;
  let renewing = false;
  try {
    const entries = await readAll(current.links, tries, deps).catch(async (error: unknown) => {
      if (!isExpiredLink(error)) throw error;
      renewing = true;
      current = await deps.freshLinks();
      renewing = false;
      return readAll(current.links, tries, deps);
    });
    if (entries.length > 0) return { bucket: 'exported', entries };
    const { links, asked } = current;
    // Support finds the answer that named no transcript by this call.
    const reason = {
      ...(links.length === 0 ? reasons.noTranscript : reasons.emptyTranscript),
      ...asked,
    };
    return { bucket: 'no_transcript', entries, reason };
  } catch (error) {
    if (deps.signal.aborted || error instanceof NotSignedInError) throw error;
    deps.log.warn({ err: error, task: deps.taskId }, 'a conversation could not be read');
    const reason = renewing ? reasonFor(error) : reasonFor(error, tries.ofCurrent);
    const { trackingId = current.asked.trackingId } = reason;
    return { bucket: 'failed', entries: [], reason: { ...reason, trackingId } };
  }
}

async function readAll(
  links: readonly TranscriptLink[],
  tries: Tries,
  deps: FetchDeps,
): Promise<Entry[]> {
  const bodies = await deps.downloads.inTurn(() => downloadAll(links, tries, deps));
  // The connections that are free now are used again before any file is read.
  await nextTurn();
  const entries: Entry[] = [];
  for (const [index, link] of links.entries()) {
    tries.look(index);
    for (const entry of parseTranscript(bodies[index] ?? nothing, link)) entries.push(entry);
  }
  return inOrderOfTime(entries);
}

const nothing = Buffer.alloc(0);

async function downloadAll(
  links: readonly TranscriptLink[],
  tries: Tries,
  { downloads, retries, signal }: FetchDeps,
): Promise<Buffer[]> {
  signal.throwIfAborted();
  const bodies: Buffer[] = [];
  const deadline = startDeadline(tries.leftMs, signal);
  // A job that waits for a storage that is down does not lose its conversations to the waiting.
  const turn = retries && (() => deadline.outside(() => retries.turn(signal)));
  try {
    for (const [index, link] of links.entries()) {
      const onTry = tries.count(index);
      bodies.push(
        await downloads.download(link, { signal: deadline.signal, onTry, ...(turn && { turn }) }),
      );
    }
    return bodies;
  } catch (error) {
    if (deadline.passed() && !signal.aborted) throw new OutOfTimeError(error);
    throw error;
  } finally {
    deadline.clear();
    tries.leftMs = deadline.leftMs();
  }
}

class OutOfTimeError extends AppError {
  readonly code = 'api_unavailable';

  constructor(cause: unknown) {
    super(
      'reading a conversation: not finished in time',
      'The transcript did not arrive within the time allowed for one conversation.',
      { cause },
    );
  }
}

/** How often each file of a conversation was asked for, under its old link and its new one. */
class Tries {
  leftMs: number;
  readonly #attempts: number[] = [];
  #current = 0;
  #refusal: ApiError | undefined;

  constructor(leftMs: number) {
    this.leftMs = leftMs;
  }

  /** Counts for one file, which is the current one from now on. */
  count(index: number): OnTry {
    this.look(index);
    return (failure) => {
      this.#attempts[index] = (this.#attempts[index] ?? 0) + 1;
      if (failure === undefined) this.#refusal = undefined;
      else if (failure instanceof ApiError) this.#refusal = failure;
    };
  }

  /** What goes wrong from now on, goes wrong with this file. */
  look(index: number): void {
    this.#current = index;
    this.#refusal = undefined;
  }

  get ofCurrent(): Tried {
    return { attempts: this.#attempts[this.#current] ?? 0, refusal: this.#refusal };
  }
}
