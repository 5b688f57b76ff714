import { ApiError } from '../http/errors.ts';

/** The space is gone, the bot was removed from it, or it may not post there: asking again would not help. */
export function isRefusedForGood(error: unknown): boolean {
  return error instanceof ApiError && [400, 403, 404, 410].includes(error.status);
}
