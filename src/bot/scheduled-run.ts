import { BadCommandError, CancelledError, NotSignedInError } from '../errors.ts';
import type { ExportOrder } from '../export/order.ts';
import type { DueRun, Schedule, Schedules } from '../export/schedules.ts';
import { orAborted } from '../http/deadline.ts';
import { ApiError } from '../http/errors.ts';
import type { PostedMessage, WebexClient } from '../webex/client.ts';
import { isRefusedForGood } from '../webex/refusal.ts';
import type { CommandDeps } from './commands/context.ts';
import { continuationOf } from './commands/continuation.ts';
import { newOrder } from './commands/new-order.ts';
import type { ExportRequest } from './grammar/command.ts';
import { parseCommand } from './grammar/parse.ts';
import { resolveWindow } from './grammar/window.ts';
import type { Permissions } from './permissions.ts';
import * as replies from './replies.ts';

interface ScheduledRunDeps
  extends Pick<
    CommandDeps,
    | 'jobs'
    | 'finished'
    | 'accounts'
    | 'loginDesk'
    | 'clock'
    | 'log'
    | 'defaultQueue'
    | 'redactionFloor'
  > {
  readonly schedules: Schedules;
  readonly grants: Pick<CommandDeps['grants'], 'describe'> & {
    accessToken(person: Schedule['owner']): Promise<string>;
  };
  readonly permission: Pick<Permissions, 'stillHolds'>;
  readonly webex: WebexClient;
  /** Fires when the bot can wait no longer to leave. */
  readonly signal: AbortSignal;
  /** Told of each run that is given up, for those who keep account of it. */
  readonly onNotRun?: (schedule: Schedule, run: DueRun, why: NotRun) => void;
  /** Told of each schedule that ends by itself. */
  readonly onEnded?: (schedule: Schedule) => void;
}

export type NotRun = 'not_allowed' | 'bad_command';

/** A schedule with a run that is due. */
type Due = Schedule & { readonly run: DueRun };

/**
 * What becomes of a run that is due. Every step that cannot be taken back is on disk before the next one,
 * and every error leaves the run where it is, to be tried again.
 */
export function createScheduledRun(deps: ScheduledRunDeps): (ref: string) => Promise<void> {
  const { schedules, jobs } = deps;
  return async (ref) => {
    const schedule = schedules.find(ref);
    if (!schedule) return;
    // In turn with what its person types: whoever comes second finds the other's export running.
    await jobs.inTurn(schedule.owner, async () => {
      const due = schedules.find(ref);
      if (due?.run) await runDue({ ...due, run: due.run }, deps);
    });
  };
}

async function runDue(due: Due, deps: ScheduledRunDeps): Promise<void> {
  const { ref, owner, run, place } = due;
  const { schedules, jobs } = deps;
  // A crash between accepting it and noting that brings it back.
  if (wasAccepted(due, deps)) return schedules.noteStarted(ref, run.dueMs);
  // One that waits for an answer takes no place; nobody may be there to give it.
  if (jobs.of(owner).some(({ waitsForAnswer }) => !waitsForAnswer)) {
    // Whoever had to sign in first is the better reason for being late.
    if (run.waitsFor !== undefined) return;
    return schedules.changeRun(ref, run.dueMs, { waitsFor: 'export' });
  }
  const isSignedIn = (await deps.grants.describe(owner)) !== undefined;
  if (!isSignedIn && due.askedAtMs !== undefined) return;
  if (!(await isAllowed(due, deps))) return refuse(due, deps);
  if (!(await canBeUsed(owner, deps))) return askToSignIn(due, deps);
  const order = await orderOf(due, deps);
  if (order === undefined || !isStillDue(due, deps)) return;
  const parentId = await announce(due, deps);
  if (parentId === undefined || !isStillDue(due, deps)) return;
  const thread = { roomId: place.roomId, parentId };
  const job = await jobs.accept({
    ...order,
    place: { ...order.place, parentId, messageId: parentId },
  });
  await schedules.noteStarted(ref, run.dueMs);
  await acknowledge(job.order, thread, deps);
  jobs.start(job.ref);
}

/** Somebody may have removed it while Webex was asked. */
function isStillDue({ ref, run }: Due, { schedules }: ScheduledRunDeps): boolean {
  return schedules.find(ref)?.run?.dueMs === run.dueMs;
}

function wasAccepted({ ref, run }: Due, { jobs, finished }: ScheduledRunDeps): boolean {
  return [...jobs.open(), ...finished.list()].some(
    ({ order: { schedule } }) => schedule?.ref === ref && schedule.dueMs === run.dueMs,
  );
}

async function isAllowed({ owner, place }: Due, { permission }: ScheduledRunDeps) {
  try {
    return await permission.stillHolds(owner.personId, place);
  } catch (error) {
    // Webex knows nobody of that id any more.
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}

/** Told once; with every later run it is asked again. */
async function refuse(due: Due, deps: ScheduledRunDeps): Promise<void> {
  const { ref, run, toldAtMs } = due;
  const { schedules, clock, log } = deps;
  let toldNowMs: number | undefined;
  if (toldAtMs === undefined) {
    try {
      await tellDirectly(due, replies.scheduleNotAllowed(due), deps);
      toldNowMs = clock.now();
    } catch (err) {
      if (err instanceof CancelledError) throw err;
      log.warn({ err, schedule: ref }, 'somebody could not be told that a schedule may not run');
    }
  }
  await schedules.dropRun(ref, run.dueMs, toldNowMs);
  deps.onNotRun?.(due, run, 'not_allowed');
}

/** Whether there is a grant that Webex still accepts, before anything is said of an export. */
async function canBeUsed(owner: Schedule['owner'], { grants, signal }: ScheduledRunDeps) {
  try {
    await orAborted(grants.accessToken(owner), signal);
    return true;
  } catch (error) {
    if (error instanceof NotSignedInError) return false;
    throw error;
  }
}

/** One card for all schedules of a person, and for all their runs until somebody has signed in. */
async function askToSignIn(due: Due, deps: ScheduledRunDeps): Promise<void> {
  const { ref, owner, run } = due;
  const { schedules, loginDesk, clock } = deps;
  const isAsked = schedules.of(owner).some(({ askedAtMs }) => askedAtMs !== undefined);
  if (!isAsked) await loginDesk.askForSchedule(due);
  await schedules.changeRun(ref, run.dueMs, { waitsFor: 'login' });
  await schedules.noteAsked(ref, clock.now());
}

/** The window is the one of the time it was due, however late it is: a series has no gaps that way. */
async function orderOf(due: Due, deps: ScheduledRunDeps) {
  const { ref, owner, place, zone, run } = due;
  try {
    const request = requestOf(due);
    const continues = await continuationOf(request, { requester: owner, place }, deps);
    const { window } = resolveWindow(request.range, {
      nowMs: run.dueMs,
      zone,
      filters: request,
      lastEndMs: continues?.endMs,
    });
    const schedule = { ref, dueMs: run.dueMs };
    return { ...newOrder(request, { requester: owner, place, window, continues }, deps), schedule };
  } catch (error) {
    if (!(error instanceof BadCommandError)) throw error;
    const told = await sayInSpace(due, replies.scheduleNotRun(due, run, error.userMessage), deps);
    if (!told) return undefined;
    await deps.schedules.dropRun(ref, run.dueMs);
    deps.onNotRun?.(due, run, 'bad_command');
    return undefined;
  }
}

function requestOf({ command }: Schedule): ExportRequest {
  const parsed = parseCommand(command);
  if (parsed.kind !== 'export') throw new Error('a schedule holds something else than an export');
  return parsed.request;
}

/** @returns the message that begins the thread of this run; nothing where the schedule has ended */
async function announce(due: Due, deps: ScheduledRunDeps): Promise<string | undefined> {
  const { ref, run } = due;
  if (run.announcedIn !== undefined) return run.announcedIn;
  const posted = await sayInSpace(due, replies.scheduledRun(due, run, deps.clock.now()), deps);
  if (posted) await deps.schedules.changeRun(ref, run.dueMs, { announcedIn: posted.id });
  return posted?.id;
}

/** @returns nothing where the space takes no message of ours any more, and the schedule has ended */
async function sayInSpace(
  due: Due,
  sentence: string,
  deps: ScheduledRunDeps,
): Promise<PostedMessage | undefined> {
  try {
    return await deps.webex.postMessage({ roomId: due.place.roomId }, sentence);
  } catch (error) {
    if (!isRefusedForGood(error)) throw error;
    deps.log.warn({ err: error, schedule: due.ref }, 'the space of a schedule takes no message');
    await endWithSpace(due, deps);
    return undefined;
  }
}

async function endWithSpace(due: Due, deps: ScheduledRunDeps): Promise<void> {
  // Said before it is done: a crash between the two says it twice, which is better than never.
  await tellDirectly(due, replies.scheduleEnded(due), deps).catch((err: unknown) => {
    if (err instanceof CancelledError) throw err;
    deps.log.warn({ err, schedule: due.ref }, 'somebody could not be told that a schedule ended');
  });
  await deps.schedules.remove(due.ref);
  deps.onEnded?.(due);
}

async function tellDirectly({ owner }: Due, sentence: string, { webex }: ScheduledRunDeps) {
  await webex.postMessage({ personId: owner.personId }, sentence);
}

/** Nobody waits for it: an export that cannot be acknowledged runs all the same. */
async function acknowledge(
  order: ExportOrder,
  thread: { readonly roomId: string; readonly parentId: string },
  { webex, log }: ScheduledRunDeps,
): Promise<void> {
  const { ref, filters, window, place, toMe = false, format = 'xlsx' } = order;
  const sentence = replies.acknowledged({
    ...{ ref, filters, window, format },
    direct: place.roomType === 'direct',
    toMe: toMe && place.roomType === 'group',
    endWasInFuture: false,
    namesUnchecked: false,
    replaced: undefined,
  });
  await webex.postMessage(thread, sentence).catch((err: unknown) => {
    if (err instanceof CancelledError) throw err;
    log.warn({ err, ref }, 'a scheduled export could not be acknowledged');
  });
}
