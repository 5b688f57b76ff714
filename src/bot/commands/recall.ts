import { CancelledError } from '../../errors.ts';
import type { Command } from '../grammar/command.ts';
import * as replies from '../replies.ts';
import { applicantOf, type CommandContext, type CommandDeps, mayChange } from './context.ts';

export async function recall(
  { ref }: Extract<Command, { kind: 'recall' }>,
  context: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const { message, reply } = context;
  const applicant = applicantOf(message);
  const running = deps.jobs.find(ref);
  if (running && mayChange(running.order, 'recall', context, deps)) {
    return reply(replies.nothingToRecall(ref, 'running'));
  }
  const job = deps.finished.find(ref);
  if (!job || !mayChange(job.order, 'recall', context, deps))
    return reply(replies.nothingToRecall(ref, 'unknown'));
  if (job.recalledAtMs !== undefined) return reply(replies.nothingToRecall(ref, 'recalled'));
  if (job.posts.length === 0) return reply(replies.nothingToRecall(ref, 'no_file'));
  try {
    const posts = await deps.recall.recall(job);
    deps.onRecalled?.({ ref, by: applicant, posts });
    await reply(replies.recalled(ref, posts));
  } catch (err) {
    if (err instanceof CancelledError) throw err;
    deps.log.warn({ err, ref }, 'an export could not be recalled');
    await reply(replies.recallFailed(ref));
  }
}
