import * as replies from '../replies.ts';
import { applicantOf, type CommandContext, type CommandDeps } from './context.ts';

/**
 * Makes way for a new export of a person: one that only waits for a sign-in is replaced, one that runs is
 * not. To be called in the turn of the person.
 *
 * @returns the ref of what was replaced, or false when there is no way and the person was told so
 */
export async function makeWay(
  { message, reply }: CommandContext,
  { jobs }: CommandDeps,
): Promise<{ readonly replaced: string | undefined } | false> {
  const own = jobs.of(applicantOf(message));
  const running = own.find(({ state }) => state !== 'waiting_for_login');
  if (running) {
    await reply(replies.stillRunning(running.ref));
    return false;
  }
  for (const waiting of own) await jobs.cancel(waiting.ref);
  return { replaced: own[0]?.ref };
}
