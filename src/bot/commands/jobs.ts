import type { Job } from '../../export/job.ts';
import type { Command } from '../grammar/command.ts';
import * as replies from '../replies.ts';
import { applicantOf, type CommandContext, type CommandDeps, mayChange, toRef } from './context.ts';

export async function status(
  _command: Command,
  { message, reply }: CommandContext,
  { jobs }: CommandDeps,
): Promise<void> {
  const own = jobs.of(applicantOf(message));
  if (own.length === 0) return reply(replies.nothingRunning());
  await reply(own.map((job) => replies.jobStatus(statusOf(job))).join('\n\n'));
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

function statusOf({ ref, state, order, progress }: Job) {
  return { ref, state, window: order.window, progress };
}
