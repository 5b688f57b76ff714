import { CancelledError } from '../../errors.ts';
import type { Command, ExportRequest } from '../grammar/command.ts';
import { resolveWindow } from '../grammar/window.ts';
import * as replies from '../replies.ts';
import { applicantOf, type CommandContext, type CommandDeps, placeOf, zoneOf } from './context.ts';
import { continuationOf } from './continuation.ts';
import { newOrder } from './new-order.ts';
import { makeWay } from './turn.ts';

export async function exportConversations(
  command: Extract<Command, { kind: 'export' }>,
  context: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  await deps.jobs.inTurn(applicantOf(context.message), () => takeOrder(command, context, deps));
}

async function takeOrder(
  { request }: Extract<Command, { kind: 'export' }>,
  { message, reply }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  // A crash between accepting an order and settling its event brings the event back.
  if (deps.jobs.wasOrderedBy(message.id)) return;
  const zone = request.zone ?? zoneOf(message, deps);
  const applicant = applicantOf(message);
  const place = placeOf(message);
  const continues = await continuationOf(request, { requester: applicant, place }, deps);
  const { window, endWasInFuture } = resolveWindow(request.range, {
    nowMs: deps.clock.now(),
    zone,
    filters: request,
    lastEndMs: continues?.endMs,
  });
  const way = await makeWay({ message, reply }, deps);
  if (!way) return;
  const job = await deps.jobs.accept(
    newOrder(request, { requester: applicant, place, window, continues }, deps),
  );
  const acknowledgement = replies.acknowledged({
    filters: job.order.filters,
    window,
    ref: job.ref,
    direct: message.roomType === 'direct',
    toMe: request.toMe && message.roomType === 'group',
    format: request.format,
    endWasInFuture,
    namesUnchecked: hasNames(request) && !(await deps.grants.describe(applicant)),
    replaced: way.replaced,
    continues,
  });
  try {
    await reply(acknowledgement);
  } catch (error) {
    // An export that nobody was told of would be a surprise, and a place taken. When only the bot is
    // leaving, the next process says that it continues.
    if (!(error instanceof CancelledError)) await deps.jobs.cancel(job.ref);
    throw error;
  }
  deps.jobs.start(job.ref);
}

function hasNames({ queues, through, agents }: ExportRequest): boolean {
  return typeof queues !== 'string' || through.length > 0 || agents.length > 0;
}
