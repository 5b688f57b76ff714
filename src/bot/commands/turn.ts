import type { Job } from '../../export/job.ts';
import * as replies from '../replies.ts';
import { applicantOf, type CommandContext, type CommandDeps } from './context.ts';

/**
 * Makes way for a new export of a person: one that only waits, for a sign-in or an answer, is replaced, one
 * that runs is not. To be called in the turn of the person.
 *
 * @returns what was replaced, or false when there is no way and the person was told so
 */
export async function makeWay(
  { message, reply }: CommandContext,
  { jobs }: CommandDeps,
): Promise<{ readonly replaced: replies.Replaced | undefined } | false> {
  const own = jobs.of(applicantOf(message));
  const running = own.find((job) => !isWaiting(job));
  if (running) {
    await reply(replies.stillRunning(running.ref));
    return false;
  }
  // Before that they have ended, and wait no more.
  const [replaced] = own.map(({ ref, waitsForAnswer }) => ({ ref, waitsForAnswer }));
  for (const waiting of own) await jobs.cancel(waiting.ref);
  return { replaced };
}

/** One that does nothing before its person has signed in, or has answered. */
export function isWaiting({ state, waitsForAnswer }: Job): boolean {
  return state === 'waiting_for_login' || waitsForAnswer;
}
