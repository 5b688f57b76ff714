import { CancelledError } from '../../errors.ts';
import type { Command } from '../grammar/command.ts';
import * as replies from '../replies.ts';
import { applicantOf, type CommandContext, type CommandDeps, mayChange } from './context.ts';

export async function recall(
  { ref }: Extract<Command, { kind: 'recall' }>,
  context: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const { reply } = context;
  const running = deps.jobs.find(ref);
  if (running && mayChange(running.order, 'recall', context, deps)) {
    return reply(replies.nothingToRecall(ref, 'running'));
  }
  const job = deps.finished.find(ref);
  if (!job || !mayChange(job.order, 'recall', context, deps))
    return reply(replies.nothingToRecall(ref, 'unknown'));
  // In turn with all that may post more of it.
  await deps.jobs.inTurn(job.order.requester, () => removeFiles(ref, context, deps));
}

async function removeFiles(ref: string, context: CommandContext, deps: CommandDeps): Promise<void> {
  const { message, reply } = context;
  const applicant = applicantOf(message);
  const job = deps.finished.find(ref);
  if (!job) return reply(replies.nothingToRecall(ref, 'unknown'));
  if (job.recalledAtMs !== undefined) return reply(replies.nothingToRecall(ref, 'recalled'));
  // What has not been posted by now never is; what has been is recalled with the rest.
  for (const { order } of deps.jobs.open()) {
    if (order.addendumTo === ref) await deps.jobs.cancel(order.ref);
  }
  const addenda = deps.finished
    .list()
    .filter(({ order, posts }) => order.addendumTo === ref && posts.length > 0)
    .filter(({ order }) => mayChange(order, 'recall', context, deps));
  const all = [...addenda, job].filter(({ posts }) => posts.length > 0);
  if (all.length === 0) return reply(replies.nothingToRecall(ref, 'no_file'));
  try {
    let removed = 0;
    for (const one of all) {
      const posts = await deps.recall.recall(one);
      deps.onRecalled?.({ ref: one.order.ref, by: applicant, posts });
      removed += posts;
    }
    await reply(replies.recalled(ref, removed));
  } catch (err) {
    if (err instanceof CancelledError) throw err;
    deps.log.warn({ err, ref }, 'an export could not be recalled');
    await reply(replies.recallFailed(ref));
  }
}
