import { AppError } from '../errors.ts';
import { ApiError, UnreachableError } from '../http/errors.ts';
import { HostRefusedError } from '../http/link-guard.ts';
import type { Reason } from './ledger.ts';

/** Words for conversations that are not in the file because of what they are, not of what went wrong. */
export const reasons = {
  stillOpen: { text: 'The conversation was still going on when the export ran.' },
  filteredOut: { text: 'The conversation does not match the filters of the command.' },
  noTranscript: { text: 'The contact center holds no transcript of this conversation.' },
  emptyTranscript: { text: 'The transcript of this conversation is empty.' },
} as const satisfies Record<string, Reason>;

/** How often something was asked for, and the last answer that was a refusal. */
export interface Tried {
  readonly attempts: number;
  readonly refusal: ApiError | undefined;
}

/**
 * What an administrator can send to support: what happened, how often it was tried, where to look.
 *
 * @param tried where the error itself does not know all of it
 */
export function reasonFor(error: unknown, tried: Tried = triedFor(error)): Reason {
  const text = error instanceof AppError ? error.userMessage : 'An unexpected error in the bot.';
  const { attempts, refusal } = tried;
  return {
    text,
    attempts,
    ...(refusal && { status: refusal.status, trackingId: refusal.trackingId }),
    ...(error instanceof HostRefusedError && { refusedHost: error.host }),
  };
}

function triedFor(error: unknown): Tried {
  if (error instanceof ApiError) return { attempts: error.attempts, refusal: error };
  return { attempts: error instanceof UnreachableError ? error.attempts : 1, refusal: undefined };
}
