import type { TranscriptLink } from '../contact-center/captures.ts';
import { isExpiredLink, type TranscriptDownloads } from '../contact-center/downloads.ts';
import type { Entry } from '../contact-center/transcript/entry.ts';
import { inOrderOfTime } from '../contact-center/transcript/order.ts';
import { parseTranscript } from '../contact-center/transcript/parse.ts';
import { CancelledError, NotSignedInError } from '../errors.ts';
import { HostRefusedError } from '../http/link-guard.ts';
import type { Log } from '../log.ts';
import type { Bucket, Reason } from './ledger.ts';
import { reasonFor, reasons } from './reasons.ts';

/** For one conversation over all its transcripts and attempts. */
const conversationDeadlineMs = 60_000;

export interface Fetched {
  readonly bucket: Extract<Bucket, 'exported' | 'no_transcript' | 'failed'>;
  readonly entries: readonly Entry[];
  readonly reason?: Reason | undefined;
  readonly refusedHost?: string | undefined;
}

interface FetchDeps {
  readonly taskId: string;
  readonly downloads: TranscriptDownloads;
  /** Asks Captures again, for links that have expired before they could be used. */
  readonly freshLinks: () => Promise<readonly TranscriptLink[]>;
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
export async function fetchConversation(
  links: readonly TranscriptLink[],
  deps: FetchDeps,
): Promise<Fetched> {
  if (links.length === 0)
    return { bucket: 'no_transcript', entries: [], reason: reasons.noTranscript };
  const deadline = AbortSignal.timeout(deps.deadlineMs ?? conversationDeadlineMs);
  const signal = AbortSignal.any([deps.signal, deadline]);
  let attempts = 1;
  try {
    const entries = await readAll(links, deps, signal).catch(async (error: unknown) => {
      if (!isExpiredLink(error)) throw error;
      attempts++;
      return readAll(await deps.freshLinks(), deps, signal);
    });
    if (entries.length > 0) return { bucket: 'exported', entries };
    return { bucket: 'no_transcript', entries, reason: reasons.emptyTranscript };
  } catch (error) {
    if (deps.signal.aborted || error instanceof NotSignedInError) throw error;
    deps.log.warn({ err: error, task: deps.taskId }, 'a conversation could not be read');
    const outOfTime = error instanceof CancelledError;
    const reason = outOfTime ? { ...reasons.outOfTime, attempts } : reasonFor(error, attempts);
    const refusedHost = error instanceof HostRefusedError ? error.host : undefined;
    return { bucket: 'failed', entries: [], reason, refusedHost };
  }
}

async function readAll(
  links: readonly TranscriptLink[],
  { downloads }: FetchDeps,
  signal: AbortSignal,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const link of links) {
    for (const entry of parseTranscript(await downloads.download(link, signal)))
      entries.push(entry);
  }
  return inOrderOfTime(entries);
}
