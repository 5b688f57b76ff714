import { AppError } from '../errors.ts';
import { ApiError } from '../http/errors.ts';
import type { Reason } from './ledger.ts';

/** Words for conversations that are not in the file because of what they are, not of what went wrong. */
export const reasons = {
  stillOpen: { text: 'The conversation was still going on when the export ran.' },
  filteredOut: { text: 'The conversation does not match the filters of the command.' },
  noTranscript: { text: 'The contact center holds no transcript of this conversation.' },
  emptyTranscript: { text: 'The transcript of this conversation is empty.' },
  outOfTime: {
    text: 'The transcript did not arrive within the time allowed for one conversation.',
  },
} as const satisfies Record<string, Reason>;

/** What an administrator can send to support: what happened, how often it was tried, where to look. */
export function reasonFor(error: unknown, attempts: number): Reason {
  const text = error instanceof AppError ? error.userMessage : 'An unexpected error in the bot.';
  if (!(error instanceof ApiError)) return { text, attempts };
  return { text, attempts, status: error.status, trackingId: error.trackingId };
}
