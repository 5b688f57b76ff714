import { CancelledError } from '../errors.ts';
import type { FinishedExports } from '../export/finished-exports.ts';
import type { Job } from '../export/job.ts';
import type { Jobs } from '../export/jobs.ts';
import type { Recall } from '../export/recall.ts';
import { classesOf, type RedactionClass } from '../export/redaction.ts';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { Grants } from '../oauth/grants.ts';
import { canonicalZone } from '../time.ts';
import type { IncomingMessage } from '../webex/listener.ts';
import type { Command, ExportRequest } from './grammar/command.ts';
import { describeFilters, printCommand } from './grammar/print.ts';
import { resolveWindow } from './grammar/window.ts';
import { helpText } from './help.ts';
import type { Applicant, LoginDesk } from './login-desk.ts';
import * as replies from './replies.ts';

export interface CommandDeps {
  readonly jobs: Jobs;
  readonly finished: FinishedExports;
  readonly recall: Recall;
  /** Told of each recall, for those who keep account of it. */
  readonly onRecalled?: (recalled: {
    readonly ref: string;
    readonly by: Applicant;
    readonly posts: number;
  }) => void;
  readonly onLoggedOut?: (applicant: Applicant, had: boolean) => void;
  readonly log: Log;
  readonly grants: Grants;
  readonly loginDesk: LoginDesk;
  readonly clock: Clock;
  /** Zone of people who have none in their profile. */
  readonly defaultZone: string;
  readonly defaultQueue: string | undefined;
  /** Masked whether or not it is asked for. */
  readonly redactionFloor: readonly RedactionClass[];
  readonly region: string;
  readonly contactCenterOrgUuid: string | undefined;
}

export interface CommandContext {
  readonly message: IncomingMessage;
  /** Posts into the thread of the command. */
  readonly reply: (markdown: string) => Promise<void>;
}

type Handler<K extends Command['kind']> = (
  command: Extract<Command, { kind: K }>,
  context: CommandContext,
  deps: CommandDeps,
) => Promise<void>;

export const commandHandlers = {
  help: async (_command, { reply, message }) => reply(helpText(message.roomType)),
  export: exportConversations,
  login,
  logout,
  whoami,
  status,
  cancel,
  recall,
} as const satisfies { [K in Command['kind']]: Handler<K> };

async function exportConversations(
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

async function login(
  _command: Command,
  { message, reply }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const applicant = applicantOf(message);
  const waiting = deps.jobs.of(applicant).find(({ state }) => state === 'waiting_for_login');
  const place = placeOf(message);
  if (waiting) return deps.loginDesk.askForJob(waiting.order, 'first', place);
  const grant = await deps.grants.describe(applicant);
  if (grant) return reply(replies.alreadySignedIn());
  const sent = await deps.loginDesk.askPlain(applicant, place, zoneOf(message, deps));
  if (sent === 'direct') await reply(replies.signInSentDirectly());
}

async function logout(
  _command: Command,
  { message, reply }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const applicant = applicantOf(message);
  const jobs = deps.jobs.of(applicant);
  const late = jobs.filter(({ isPosting }) => isPosting);
  const stopped = jobs.filter(({ isPosting }) => !isPosting);
  const forget = async () => {
    await deps.loginDesk.withdraw(applicant);
    const had = await deps.grants.remove(applicant);
    deps.onLoggedOut?.(applicant, had);
    await reply(replies.loggedOut({ had, stopped: stopped.map(toRef), late: late.map(toRef) }));
  };
  // All are told to stop before anything waits: what is said has happened.
  await Promise.all([...jobs.map(({ ref }) => deps.jobs.cancel(ref)), forget()]);
  // Again, since one of them may have been asking for a sign-in meanwhile.
  await deps.loginDesk.withdraw(applicant);
}

async function whoami(
  _command: Command,
  { message, reply }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const applicant = applicantOf(message);
  const grant = await deps.grants.describe(applicant);
  await reply(
    replies.whoami({
      name: applicant.displayName,
      email: applicant.email,
      orgUuid: applicant.orgUuid,
      contactCenterOrgUuid: deps.contactCenterOrgUuid ?? grant?.contactCenterOrgUuid,
      region: deps.region,
      zone: zoneOf(message, deps),
      grant,
    }),
  );
}

async function status(
  _command: Command,
  { message, reply }: CommandContext,
  { jobs }: CommandDeps,
): Promise<void> {
  const own = jobs.of(applicantOf(message));
  if (own.length === 0) return reply(replies.nothingRunning());
  await reply(own.map((job) => replies.jobStatus(statusOf(job))).join('\n\n'));
}

async function cancel(
  { ref }: Extract<Command, { kind: 'cancel' }>,
  { message, reply }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const applicant = applicantOf(message);
  const named = ref === undefined ? undefined : deps.jobs.find(ref);
  const meant =
    ref === undefined
      ? deps.jobs.of(applicant)
      : named && isOver(named.order, message)
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

async function recall(
  { ref }: Extract<Command, { kind: 'recall' }>,
  { message, reply }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const applicant = applicantOf(message);
  const running = deps.jobs.find(ref);
  if (running && isOver(running.order, message)) {
    return reply(replies.nothingToRecall(ref, 'running'));
  }
  const job = deps.finished.find(ref);
  if (!job || !isOver(job.order, message)) return reply(replies.nothingToRecall(ref, 'unknown'));
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

/** An export is its person's; another administrator may act on it where nobody else reads along. */
function isOver({ requester }: Job['order'], { person, roomType }: IncomingMessage): boolean {
  const own = requester.personUuid === person.uuid && requester.orgUuid === person.orgUuid;
  return own || roomType === 'direct';
}

function toRef({ ref }: Job): string {
  return ref;
}

function statusOf({ ref, state, order, progress }: Job) {
  return { ref, state, window: order.window, progress };
}

function zoneOf({ person }: IncomingMessage, { defaultZone }: CommandDeps): string {
  return (person.timezone && canonicalZone(person.timezone)) || defaultZone;
}

function applicantOf({ person }: IncomingMessage): Applicant {
  return {
    personId: person.id,
    personUuid: person.uuid,
    orgUuid: person.orgUuid,
    displayName: person.displayName,
    email: person.emails[0] ?? '',
  };
}

function placeOf(message: IncomingMessage) {
  return {
    roomId: message.roomId,
    roomType: message.roomType,
    parentId: message.parentId ?? message.id,
    messageId: message.id,
    ...(message.spaceTitle !== undefined && { title: message.spaceTitle }),
  };
}
