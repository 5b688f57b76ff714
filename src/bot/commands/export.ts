import { CancelledError } from '../../errors.ts';
import { classesOf } from '../../export/redaction.ts';
import type { Command, ExportRequest } from '../grammar/command.ts';
import { describeFilters, printCommand } from '../grammar/print.ts';
import { resolveWindow } from '../grammar/window.ts';
import * as replies from '../replies.ts';
import { applicantOf, type CommandContext, type CommandDeps, placeOf, zoneOf } from './context.ts';

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
  const { window, endWasInFuture } = resolveWindow(request.range, {
    nowMs: deps.clock.now(),
    zone,
    filters: request,
  });
  const applicant = applicantOf(message);
  const own = deps.jobs.of(applicant);
  const running = own.find(({ state }) => state !== 'waiting_for_login');
  if (running) return reply(replies.stillRunning(running.ref));
  for (const waiting of own) await deps.jobs.cancel(waiting.ref);
  const filters = describeFilters(
    withDefaultQueue(request, deps.defaultQueue),
    classesOf(request, deps.redactionFloor),
  );
  const job = await deps.jobs.accept({
    requester: applicant,
    place: placeOf(message),
    command: printCommand({ kind: 'export', request }),
    window,
    by: request.by,
    channel: request.channel,
    queues: typeof request.queues === 'string' ? request.queues : [...request.queues],
    ...(request.redact && { redact: true }),
    ...(request.toMe && { toMe: true }),
    ...(request.format !== 'xlsx' && { format: request.format }),
    ...(request.withContact && { withContact: true }),
    filters,
  });
  const acknowledgement = replies.acknowledged({
    filters,
    window,
    ref: job.ref,
    direct: message.roomType === 'direct',
    toMe: request.toMe && message.roomType === 'group',
    format: request.format,
    endWasInFuture,
    namesUnchecked: Array.isArray(request.queues) && !(await deps.grants.describe(applicant)),
    replaced: own[0]?.ref,
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

function withDefaultQueue(request: ExportRequest, queue: string | undefined): ExportRequest {
  if (request.queues !== 'default') return request;
  return { ...request, queues: queue === undefined ? 'all' : [queue] };
}
