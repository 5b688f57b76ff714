import type { Job } from '../../export/job.ts';
import type { Command } from '../grammar/command.ts';
import * as replies from '../replies.ts';
import { applicantOf, type CommandContext, type CommandDeps, mayChange } from './context.ts';
import { isWaiting } from './turn.ts';

type Run = Extract<Command, { kind: 'run' }>;

/** The answer of its person to the estimate of a large export. */
export async function run(command: Run, context: CommandContext, deps: CommandDeps): Promise<void> {
  await deps.jobs.inTurn(applicantOf(context.message), () => letRun(command, context, deps));
}

async function letRun(
  { ref, toMe }: Run,
  context: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const { jobs } = deps;
  const { reply } = context;
  const job = jobs.find(ref);
  if (!job || !mayChange(job.order, 'run', context, deps)) {
    return reply(replies.nothingToRun(ref, 'unknown'));
  }
  if (!jobs.isAskedAbout(ref)) return reply(replies.nothingToRun(ref, whyNot(job)));
  const other = jobs.of(job.order.requester).find((one) => one !== job && !isWaiting(one));
  // A schedule may have begun one meanwhile.
  if (other) return reply(replies.runsAfter(ref, other.ref));
  await jobs.answer(ref, { toMe });
  try {
    const isGroup = job.order.place.roomType === 'group';
    await reply(replies.letRun(ref, isGroup && job.order.toMe === true));
  } finally {
    // It is noted that it may: the next process would start it as well.
    jobs.start(ref);
  }
}

function whyNot({ state, isAnswered }: Job): 'login' | 'running' {
  return state === 'waiting_for_login' && !isAnswered ? 'login' : 'running';
}
