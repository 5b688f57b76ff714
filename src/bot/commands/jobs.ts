import { answerWithinMs } from '../../export/estimate.ts';
import type { Job } from '../../export/job.ts';
import { button, cardOf, line } from '../card-parts.ts';
import type { Command } from '../grammar/command.ts';
import * as replies from '../replies.ts';
import {
  applicantOf,
  type CommandContext,
  type CommandDeps,
  mayChange,
  placeOf,
  toRef,
} from './context.ts';

/** A card can stop no more exports than it can have buttons. */
const mostButtons = 5;
const cardLifeMs = 24 * 60 * 60_000;

export async function status(
  _command: Command,
  { message, reply }: CommandContext,
  { jobs, cards }: CommandDeps,
): Promise<void> {
  const owner = applicantOf(message);
  const own = jobs.of(owner);
  if (own.length === 0) return reply(replies.nothingRunning());
  const lines = own.map((job) => replies.jobStatus(statusOf(job)));
  const refs = own.map(toRef).slice(0, mostButtons);
  await cards.post({
    ...{ owner, place: placeOf(message), topic: 'status', refs, lifeMs: cardLifeMs },
    buttons: Object.fromEntries(
      refs.map((ref) => [ref, { kind: 'command', command: `cancel ${ref}` }]),
    ),
    draw: (ids) => ({
      card: cardOf(
        lines.map(line),
        refs.map((ref) => button(`Cancel ${ref}`, ids[ref] ?? '')),
      ),
      fallback: lines.join('\n\n'),
    }),
  });
}

export async function cancel(
  { ref }: Extract<Command, { kind: 'cancel' }>,
  context: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const { message, reply } = context;
  const applicant = applicantOf(message);
  const named = ref === undefined ? undefined : deps.jobs.find(ref);
  const meant =
    ref === undefined
      ? deps.jobs.of(applicant)
      : named && mayChange(named.order, 'cancel', context, deps)
        ? [named]
        : [];
  const [job, ...others] = meant;
  if (!job) return reply(replies.nothingToCancel(ref));
  if (others.length > 0) return reply(replies.severalToCancel(meant.map(toRef)));
  if (job.isPosting) return reply(replies.tooLateToCancel(job.ref));
  const settled = job.progress?.settled ?? 0;
  // Told to stop before anything waits: once "nothing is posted" is said, nothing is.
  await Promise.all([deps.jobs.cancel(job.ref), reply(replies.cancelling(job.ref, settled))]);
  // After the job has stopped, so that it does not ask for another one.
  await deps.loginDesk.withdraw(job.order.requester);
}

function statusOf({ ref, state, stateSinceMs, waitsForAnswer, order, progress }: Job) {
  const answerUntilMs = waitsForAnswer ? stateSinceMs + answerWithinMs : undefined;
  return { ref, state, window: order.window, progress, answerUntilMs };
}
