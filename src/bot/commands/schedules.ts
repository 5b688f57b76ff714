import { BadCommandError, CancelledError } from '../../errors.ts';
import { createRef } from '../../export/order.ts';
import { nextTimes } from '../../export/recurrence.ts';
import { doneUntil, mostSchedules, type Schedule } from '../../export/schedules.ts';
import { type Command, defaultRequest, type ExportRequest } from '../grammar/command.ts';
import { parseCommand } from '../grammar/parse.ts';
import { printCommand } from '../grammar/print.ts';
import { resolveWindow } from '../grammar/window.ts';
import * as replies from '../replies.ts';
import {
  applicantOf,
  type CommandContext,
  type CommandDeps,
  mayChange,
  placeOf,
  zoneOf,
} from './context.ts';
import { continuationOf } from './continuation.ts';
import { filtersInWords } from './new-order.ts';

type ScheduleCommand = Extract<Command, { kind: 'schedule' }>;

export async function schedule(
  command: ScheduleCommand,
  context: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const { message, reply } = context;
  const { schedules } = deps;
  // A crash between making it and settling its event brings the event back.
  if (schedules.list().some(({ place }) => place.messageId === message.id)) return;
  const made = toSchedule(command, context, deps);
  const [firstMs = made.madeAtMs] = timesOf(made, made.madeAtMs, 1);
  const at = { requester: made.owner, place: made.place };
  const last = await continuationOf(command.request, at, deps);
  mustHaveWindow(command, { nowMs: firstMs, zone: made.zone, lastEndMs: last?.endMs });
  if (schedules.of(made.owner).length >= mostSchedules) return reply(tooMany());
  await deps.onScheduled?.(made);
  if (!(await schedules.add(made))) return reply(tooMany());
  const isSignedIn = (await deps.grants.describe(made.owner)) !== undefined;
  try {
    await reply(
      replies.scheduled(made, {
        filters: filtersInWords(command.request, deps),
        toMe: command.request.toMe && message.roomType === 'group',
        firstMs,
        isSignedIn,
      }),
    );
  } catch (error) {
    // What nobody was told of would be a surprise every week.
    if (!(error instanceof CancelledError)) await schedules.remove(made.ref);
    throw error;
  }
  deps.onSchedulesChanged();
}

const tooMany = () => replies.tooManySchedules(mostSchedules);

function toSchedule(
  { recurrence, request }: ScheduleCommand,
  { message }: CommandContext,
  deps: CommandDeps,
): Schedule {
  const { schedules, jobs, finished, clock } = deps;
  const isTaken = (ref: string) =>
    [schedules, jobs, finished].some((refs) => refs.find(ref) !== undefined);
  return {
    ref: createRef(clock.random, isTaken),
    owner: applicantOf(message),
    place: placeOf(message),
    recurrence,
    zone: request.zone ?? zoneOf(message, deps),
    command: printCommand({ kind: 'export', request }),
    madeAtMs: clock.now(),
    doneUntilMs: clock.now(),
  };
}

/** @throws {BadCommandError} even its first run would have nothing to look at */
function mustHaveWindow(
  { recurrence, request }: ScheduleCommand,
  at: Pick<Parameters<typeof resolveWindow>[1], 'nowMs' | 'zone' | 'lastEndMs'>,
): void {
  try {
    resolveWindow(request.range, { ...at, filters: request });
  } catch (error) {
    if (!(error instanceof BadCommandError)) throw error;
    const range = movingRange(error.suggestion);
    const suggestion = printCommand({
      kind: 'schedule',
      recurrence,
      request: { ...request, range },
    });
    throw new BadCommandError(error.userMessage, suggestion);
  }
}

/** The proposed one, unless it is one of fixed dates. */
function movingRange(suggestion = 'export'): ExportRequest['range'] {
  const near = parseCommand(suggestion);
  const isMoving = near.kind === 'export' && near.request.range.kind !== 'dates';
  return isMoving ? near.request.range : defaultRequest.range;
}

export async function schedules(
  _command: Command,
  { message, reply }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const own = deps.schedules.of(applicantOf(message));
  if (own.length === 0) return reply(replies.noSchedules());
  const nowMs = deps.clock.now();
  const lines = own.map((one) => replies.scheduleLine(one, timesOf(one, nowMs, 3)));
  await reply(lines.join('\n'));
}

export async function unschedule(
  { ref }: Extract<Command, { kind: 'unschedule' }>,
  context: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const found = deps.schedules.find(ref);
  const isTheirs =
    found !== undefined && mayChange({ requester: found.owner }, 'unschedule', context, deps);
  if (!isTheirs) return context.reply(replies.noSuchSchedule(ref));
  await deps.schedules.remove(ref);
  deps.onUnscheduled?.(found, applicantOf(context.message));
  const running = deps.jobs.open().find(({ order }) => order.schedule?.ref === ref);
  await context.reply(replies.unscheduled(found, running?.ref));
}

function timesOf(one: Schedule, nowMs: number, count: number): number[] {
  const { recurrence, zone } = one;
  return nextTimes(recurrence, { afterMs: doneUntil(one, nowMs), zone, count });
}
