import { CancelledError } from '../../errors.ts';
import type { ExportAccount } from '../../export/accounts.ts';
import { addendumTo, lookAgainFor } from '../../export/addendum.ts';
import type { FinishedExport } from '../../export/finished-exports.ts';
import type { Jobs } from '../../export/jobs.ts';
import { keyOf } from '../../store/person-key.ts';
import type { Command } from '../grammar/command.ts';
import { printCommand } from '../grammar/print.ts';
import * as replies from '../replies.ts';
import {
  applicantOf,
  type CommandContext,
  type CommandDeps,
  mayChange,
  placeOf,
} from './context.ts';
import { makeWay } from './turn.ts';

type Retry = Extract<Command, { kind: 'retry' }>;

export async function retry(
  command: Retry,
  context: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  await deps.jobs.inTurn(applicantOf(context.message), () => lookAgain(command, context, deps));
}

async function lookAgain(
  command: Retry,
  context: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const { message, reply } = context;
  // A crash between accepting an order and settling its event brings the event back.
  if (deps.jobs.wasOrderedBy(message.id)) return;
  const known = await findRetriable(command, context, deps);
  if (typeof known === 'string') return reply(known);
  const { root, account } = known;
  const count = lookAgainFor({ lateLook: undefined }, account).length;
  if (count === 0)
    return reply(replies.nothingToRetry(root.order, account.searchBroke !== undefined));
  if (isPostingFor(root, context, deps))
    return reply(replies.cannotRetry(root.order.ref, 'posting'));
  const way = await makeWay(context, deps);
  if (!way) return;
  const order = orderFor(root, context);
  const job = await deps.jobs.accept(order);
  try {
    await reply(
      replies.retrying({
        ...{ ref: job.ref, to: root.order.ref, count, replaced: way.replaced },
        inOtherThread: order.place.parentId !== placeOf(message).parentId,
      }),
    );
  } catch (error) {
    // As with an export: nothing runs that nobody was told of.
    if (!(error instanceof CancelledError)) await deps.jobs.cancel(job.ref);
    throw error;
  }
  deps.jobs.start(job.ref);
}

/** @returns the export that is meant, which for an addendum is its own, or why there is nothing to retry */
async function findRetriable(
  { ref }: Retry,
  context: CommandContext,
  deps: CommandDeps,
): Promise<{ readonly root: FinishedExport; readonly account: ExportAccount } | string> {
  const running = deps.jobs.find(ref);
  if (running && mayChange(running.order, 'retry', context, deps)) {
    return replies.cannotRetry(ref, 'running');
  }
  const named = deps.finished.find(ref);
  const root = deps.finished.find(named?.order.addendumTo ?? ref);
  const mayRetry = [named, root].every(
    (one) => one !== undefined && mayChange(one.order, 'retry', context, deps),
  );
  if (!root || !mayRetry) return replies.cannotRetry(ref, 'unknown');
  if (root.recalledAtMs !== undefined) return replies.cannotRetry(root.order.ref, 'recalled');
  const account = await deps.accounts.of(root.order.ref, applicantOf(context.message));
  return account ? { root, account } : replies.retryAnew(root.order);
}

/** A look of our own has found something, and it is too late to make it step aside. */
function isPostingFor(
  { order: { ref } }: FinishedExport,
  { message }: CommandContext,
  { jobs }: CommandDeps,
): boolean {
  const looks = jobs.looksOf(applicantOf(message));
  return looks.some(({ order, isPosting }) => order.addendumTo === ref && isPosting);
}

/**
 * The export once more, for whoever asks now. What somebody else may see is nothing for the thread of its
 * person, so it goes to who asked.
 */
function orderFor(root: FinishedExport, { message }: CommandContext): NewOrder {
  const requester = applicantOf(message);
  const isOwn = keyOf(requester) === keyOf(root.order.requester);
  return {
    ...addendumTo(root),
    requester,
    place: isOwn ? { ...root.order.place, messageId: message.id } : placeOf(message),
    command: printCommand({ kind: 'retry', ref: root.order.ref }),
  };
}

type NewOrder = Parameters<Jobs['accept']>[0];
