import type { Detour, Place } from '../export/deliver.ts';
import type { FinishedExport } from '../export/finished-exports.ts';
import type { EndOfRun } from '../export/jobs.ts';
import type { Balance } from '../export/ledger.ts';
import type { ExportOrder } from '../export/order.ts';
import type { Progress } from '../export/progress.ts';
import type { JobReport } from '../export/report.ts';
import type { DueRun, Schedule } from '../export/schedules.ts';
import { describeWindow, formatInstant, type Window } from '../time.ts';
import { escapeMarkdown, mentionOf } from '../webex/markdown.ts';
import { printRecurrence } from './grammar/print.ts';

export * from './replies-estimate.ts';

/**
 * Every sentence the bot says, in Webex Markdown. What people or the contact center wrote is escaped
 * here and nowhere else.
 */

const numbers = new Intl.NumberFormat('en');
const count = (value: number) => numbers.format(value);
const conversations = (value: number) => `${count(value)} conversation${value === 1 ? '' : 's'}`;
const code = (text: string) => `\`${text.replaceAll('`', "'")}\``;

export const notAllowed = (contact: string | undefined): string =>
  contact === undefined
    ? "You're not on this bot's list of administrators, so I can't help here."
    : `You're not on this bot's list of administrators. Ask ${escapeMarkdown(contact)} for access.`;

/** To all who are in a space, when the bot is added to it. */
export const greeting = (examples: readonly string[], contact: string | undefined): string =>
  [
    `I export conversations of Webex Contact Center to a workbook, for the administrators on my list${
      contact === undefined ? '' : `; ${escapeMarkdown(contact)} puts people on it`
    }. Mention me with a command, for example:`,
    examples.map((example) => `- ${code(example)}`).join('\n'),
    `${code('help')} shows everything I understand. The file is posted only where everybody may see it; otherwise it goes to whoever asked.`,
  ].join('\n\n');

/** For administrators only: everybody else hears the sentence above, wherever they ask. */
export const notHere = (): string =>
  "I don't work in this space. Send me the command directly instead.";

export const wasOffline = (): string => 'I was offline when you wrote this. Please send it again.';

export const pressedWhileOffline = (): string =>
  'I was offline when you pressed this. Please press it again, or send the command.';

export const cardOfAnother = (): string =>
  'These buttons are only for the person who asked. Please send me the command yourself.';

export const cardSpent = (): string =>
  'That card has done its work; each works once. Please send the command for a new one.';

export const cardExpired = (): string =>
  'That card has expired, so I did nothing. Please send the command for a new one.';

export const cardUnknown = (): string =>
  `I don't know that button, so I did nothing. Send ${code('help')} to see what I understand.`;

export const cardElsewhere = (): string =>
  'That button belongs to another card, so I did nothing. Please send the command instead.';

export const badCommand = (sentence: string, suggestion: string | undefined): string =>
  suggestion === undefined
    ? `${escapeMarkdown(sentence)} Send ${code('help')} to see what I understand.`
    : `${escapeMarkdown(sentence)} Try: ${code(suggestion)}`;

export const somethingBroke = (reference: string): string =>
  `Something went wrong on my side and I stopped. Please try again; if it happens again, tell the operator this reference: ${reference}.`;

export function acknowledged(order: {
  readonly filters: string;
  readonly window: Window;
  readonly ref: string;
  readonly direct: boolean;
  readonly toMe: boolean;
  readonly format: 'xlsx' | 'csv' | 'jsonl';
  readonly endWasInFuture: boolean;
  readonly namesUnchecked: boolean;
  readonly replaced: Replaced | undefined;
  /** Where the range is `since last export`. */
  readonly continues?: { readonly ref: string; readonly again: number } | undefined;
}): string {
  const notes = [
    order.continues !== undefined && continuingWords(order.continues),
    order.endWasInFuture && 'That end lies in the future, so I export until now.',
    order.namesUnchecked && 'I can check the names only after you have signed in.',
    order.replaced !== undefined && replacing(order.replaced),
  ].filter((note) => note !== false);
  const what = { xlsx: 'workbook', csv: 'CSV files', jsonl: 'JSON lines' }[order.format];
  const where = order.toMe
    ? `I'll send the ${what} to you directly.`
    : `I'll post the ${what} ${order.direct ? 'here' : 'in this thread'}.`;
  return [
    `Exporting ${escapeMarkdown(order.filters)}: **${describeWindow(order.window)}**.`,
    ...notes,
    `${where} Ref ${order.ref} · ${code(`cancel ${order.ref}`)} stops it.`,
  ].join(' ');
}

const continuingWords = ({ ref, again }: { readonly ref: string; readonly again: number }) =>
  again === 0
    ? `That is since your export ${ref}.`
    : `That is since your export ${ref}; ${conversations(again)} of it that failed or were not ready ${again === 1 ? 'is' : 'are'} looked at again.`;

/** What a new export takes the place of. */
export interface Replaced {
  readonly ref: string;
  readonly waitsForAnswer: boolean;
}

const replacing = ({ ref, waitsForAnswer }: Replaced) =>
  `This replaces ${ref}, which waited for ${waitsForAnswer ? 'your answer' : 'a sign-in'}.`;

export const stillRunning = (ref: string): string =>
  `Your export ${ref} is still running, and I do one at a time for each person. ${code('status')} shows how far it is, ${code(`cancel ${ref}`)} stops it.`;

export const signInSentDirectly = (): string =>
  "I need you to sign in first. I've sent you a private message.";

export const signInAgain = (ref: string): string =>
  `Webex no longer accepts your sign-in, so export ${ref} is paused. I've sent you a new card; it continues by itself once you have signed in.`;

export const signedIn = (ref: string | undefined): string =>
  ref === undefined ? 'You are signed in.' : `You are signed in. Export ${ref} continues.`;

export const alreadySignedIn = (): string =>
  `You are signed in already. ${code('whoami')} shows as whom, ${code('logout')} deletes the sign-in.`;

/** What a login that came to nothing means for the export it was for, if any. */
export type LeftBehind =
  | { readonly kind: 'ended' | 'waiting'; readonly ref: string }
  | { readonly kind: 'nothing' };

function consequence(left: LeftBehind): string {
  switch (left.kind) {
    case 'ended':
      return `Export ${left.ref} has ended; send the command again to start over.`;
    case 'waiting':
      return `Export ${left.ref} keeps waiting; send ${code('login')} for a new card.`;
    case 'nothing':
      return `Send ${code('login')} for a new card.`;
    default:
      return left satisfies never;
  }
}

export const loginDeclined = (left: LeftBehind): string =>
  `You declined the sign-in, so nothing was stored. ${consequence(left)}`;

export const loginDenied = (left: LeftBehind): string =>
  `Webex reports that access was not granted, so nothing was stored. ${consequence(left)}`;

/** @param account of that someone, masked; for the eyes of the requester only */
export const wrongPerson = (left: LeftBehind, account?: string): string =>
  `Someone else${account === undefined ? '' : ` (${escapeMarkdown(account)})`} signed in through your link, so nothing was stored. ${consequence(left)}`;

export const loginFailed = (left: LeftBehind): string =>
  `The sign-in did not work out, so nothing was stored. ${consequence(left)}`;

export const loginExpired = (left: LeftBehind): string =>
  `Nobody signed in within ten minutes, so the link has expired. ${consequence(left)}`;

export function loggedOut(result: {
  readonly had: boolean;
  readonly stopped: readonly string[];
  /** Exports whose workbook is on its way already. */
  readonly late: readonly string[];
  /** How many there are of the person's. */
  readonly schedules: number;
}): string {
  const { had, stopped, late, schedules } = result;
  return [
    had ? 'I have deleted your sign-in.' : 'You were not signed in.',
    ...(stopped.length > 0 ? [`I stopped ${stopped.join(', ')}.`] : []),
    ...late.map(tooLateToCancel),
    ...(schedules > 0
      ? [
          `${schedules === 1 ? 'Your schedule stays and waits' : `Your ${count(schedules)} schedules stay and wait`} until you sign in again.`,
        ]
      : []),
    ...(had
      ? [
          'Webex itself still lists the consent; remove it in your Webex account settings if you want.',
        ]
      : []),
  ].join(' ');
}

export function whoami(facts: {
  readonly name: string;
  readonly email: string;
  readonly orgUuid: string;
  readonly contactCenterOrgUuid: string | undefined;
  readonly region: string;
  readonly zone: string;
  readonly grant:
    | { readonly accessExpiresMs: number; readonly refreshExpiresMs?: number | undefined }
    | undefined;
}): string {
  const signIn = facts.grant
    ? `active, renewed by itself${
        facts.grant.refreshExpiresMs === undefined
          ? ''
          : ` until ${formatInstant(facts.grant.refreshExpiresMs, facts.zone)}`
      }`
    : `none; ${code('login')} sends you a card`;
  return [
    `- Account: ${escapeMarkdown(facts.name)} (${escapeMarkdown(facts.email)})`,
    `- Organization: ${code(facts.orgUuid)}`,
    `- Contact center: ${facts.contactCenterOrgUuid ? code(facts.contactCenterOrgUuid) : 'known after the sign-in'}, region ${facts.region}`,
    `- Sign-in: ${signIn}`,
    '- Permission: administrator of this bot',
    `- Time zone: ${facts.zone}`,
  ].join('\n');
}

export const nothingRunning = (): string =>
  `Nothing of yours is running. ${code('export last 7 days')} starts an export.`;

export function jobStatus(job: {
  readonly ref: string;
  readonly state: 'accepted' | 'waiting_for_login' | 'waiting_for_answer' | 'running';
  /** Until then its person can answer, where that is waited for. */
  readonly answerUntilMs?: number | undefined;
  readonly window: Window;
  readonly progress: Progress | undefined;
}): string {
  const head = `Export ${job.ref} (${describeWindow(job.window)})`;
  if (job.state === 'waiting_for_login') return `${head} waits for your sign-in.`;
  if (job.answerUntilMs !== undefined) {
    const until = formatInstant(job.answerUntilMs, job.window.zone);
    return `${head} waits for your answer until ${until}: ${code(`run ${job.ref}`)} lets it run.`;
  }
  if (!job.progress) return `${head} is about to start.`;
  return `${head}: ${progressWords(job.progress, job.window.zone)}`;
}

function progressWords(progress: Progress, zone: string): string {
  const parts = [phaseWords(progress)];
  if (progress.phase === 'collecting' && progress.failed > 0) {
    parts.push(`${count(progress.failed)} failed so far`);
  }
  const { waitingUntilMs, expectedEndMs } = progress;
  if (waitingUntilMs !== undefined) {
    const at = formatInstant(waitingUntilMs, zone);
    parts.push(
      progress.phase === 'delivering'
        ? `Webex does not take it at the moment, I try again at ${at}`
        : `waiting until ${at}, when the contact center lets me continue`,
    );
  } else if (expectedEndMs !== undefined) {
    parts.push(`expected to end at ${formatInstant(expectedEndMs, zone)}`);
  }
  return `${parts.join(' · ')}.`;
}

/** What the message of the progress becomes in the end. */
export function progressOver(ref: string, how: EndOfRun): string {
  if (how.kind === 'waiting') {
    return how.for === 'login'
      ? `Export ${ref}: paused, it needs you to sign in.`
      : `Export ${ref}: waiting for your answer, see below.`;
  }
  if (how.kind === 'interrupted') return `Export ${ref}: paused, I am being restarted.`;
  const { outcome, durationMs } = how.report;
  if (outcome === 'cancelled') return `Export ${ref}: stopped.`;
  return `Export ${ref}: over after ${durationWords(durationMs)}, see below.`;
}

function phaseWords({ phase, settled, counted }: Progress): string {
  switch (phase) {
    case 'planning':
      return 'asking the contact center what there is';
    case 'collecting':
      return `${count(settled)}${counted === undefined ? '' : ` of ${count(counted)}`} conversations done`;
    case 'writing':
      return 'writing the file';
    case 'delivering':
      return 'posting the file';
    default:
      return phase satisfies never;
  }
}

export const nothingToCancel = (ref: string | undefined): string =>
  ref === undefined
    ? 'Nothing of yours is running.'
    : `There is no running export ${ref} of yours.`;

export const severalToCancel = (refs: readonly string[]): string =>
  `You have several exports running: ${refs.map((ref) => code(`cancel ${ref}`)).join(', ')}.`;

export const cancelling = (ref: string, settled: number): string =>
  settled > 0
    ? `Stopping ${ref}. What I collected so far, ${conversations(settled)}, is thrown away; nothing is posted.`
    : `Stopping ${ref}. Nothing is posted.`;

export const tooLateToCancel = (ref: string): string =>
  `The file of ${ref} is being posted at this moment; it is too late to stop it.`;

export const recalled = (ref: string, posts: number): string =>
  `I have removed the ${posts === 1 ? 'file' : `${count(posts)} files`} of export ${ref} from Webex. Who has downloaded it has it still, and your organization's retention may keep a copy.`;

export const nothingToRecall = (
  ref: string,
  why: 'unknown' | 'running' | 'no_file' | 'recalled',
): string =>
  ({
    unknown: `I know no finished export ${ref} of yours.`,
    running: `Export ${ref} is still running; ${code(`cancel ${ref}`)} stops it.`,
    no_file: `Export ${ref} has posted no file.`,
    recalled: `The files of export ${ref} are removed already.`,
  })[why];

export const recallFailed = (ref: string): string =>
  `Webex did not let me remove the files of export ${ref}. Please send ${code(`recall ${ref}`)} again in a few minutes, or delete them yourself.`;

export const retrying = (order: {
  readonly ref: string;
  readonly to: string;
  readonly count: number;
  readonly replaced: Replaced | undefined;
  readonly inOtherThread: boolean;
}): string =>
  [
    `Looking again at the ${conversations(order.count)} of export ${order.to} that failed or were not ready.`,
    ...(order.replaced === undefined ? [] : [replacing(order.replaced)]),
    `What has come is posted as an addendum ${order.inOtherThread ? 'in the thread of that export' : 'in this thread'}.`,
    `Ref ${order.ref} · ${code(`cancel ${order.ref}`)} stops it.`,
  ].join(' ');

export const nothingToRetry = (order: OldOrder, searchBroke: boolean): string =>
  searchBroke
    ? `Nothing of export ${order.ref} failed, but its search broke off. ${sendAgain(order)}`
    : `There is nothing to retry: nothing of export ${order.ref} failed, and nothing was without transcript or still open.`;

type OldOrder = Pick<ExportOrder, 'ref' | 'command'>;

const sendAgain = ({ command }: OldOrder) => `Send it again: ${code(command)}`;

/** It ended before its search did, so nobody knows what it would have found. */
export const retryAnew = (order: OldOrder): string =>
  `Export ${order.ref} did not get so far that I know what is missing in it. ${sendAgain(order)}`;

export const cannotRetry = (
  ref: string,
  why: 'unknown' | 'running' | 'recalled' | 'posting',
): string =>
  ({
    unknown: `I know no finished export ${ref} of yours.`,
    running: `Export ${ref} is still running; ${code('status')} shows how far it is.`,
    recalled: `The files of export ${ref} were recalled, so I add nothing to them.`,
    posting: `What has come late for export ${ref} is being posted at this moment. Please send ${code(`retry ${ref}`)} again when it is there.`,
  })[why];

export function history(list: {
  readonly exports: readonly (Pick<
    FinishedExport,
    'order' | 'outcome' | 'balance' | 'endedAtMs'
  > & {
    readonly recalledAtMs?: number | undefined;
    readonly link: string | undefined;
  })[];
  readonly zone: string;
  /** Older ones, and ones that were asked for in other spaces. */
  readonly more: number;
  readonly elsewhere: number;
}): string {
  const lines = list.exports.map((one) => {
    const { order, endedAtMs, link } = one;
    const { place, ref } = order;
    const kind = order.addendumTo === undefined ? '' : `addendum to ${order.addendumTo}, `;
    const where = place.title === undefined ? '' : ` in "${escapeMarkdown(place.title)}"`;
    return [
      `- **${ref}** · ${formatInstant(endedAtMs, list.zone)}${where}`,
      `${kind}${escapeMarkdown(order.filters)}, ${describeWindow(order.window)}`,
      outcomeWords(one),
      ...(link === undefined ? [] : [`[message](${link})`]),
    ].join(' · ');
  });
  const head =
    lines.length === 0
      ? `No export of yours has ended ${list.elsewhere > 0 ? 'in this space' : 'so far'}.`
      : 'Your last exports, the latest first:';
  const notes = [
    ...(list.more > 0 ? [`${count(list.more)} more before these.`] : []),
    ...(list.elsewhere > 0
      ? [`You asked for ${count(list.elsewhere)} elsewhere; ask me directly to see them.`]
      : []),
  ];
  return [head, lines.join('\n'), notes.join(' ')].filter((part) => part !== '').join('\n\n');
}

function outcomeWords(one: Parameters<typeof history>[0]['exports'][number]): string {
  const { outcome, balance, recalledAtMs } = one;
  if (recalledAtMs !== undefined) return 'recalled';
  if (outcome === 'empty')
    return one.order.addendumTo === undefined ? 'nothing found' : 'nothing came';
  return balance ? `${outcome}: ${balanceWords(balance)}` : outcome;
}

/** For the person who asked, alone. */
export const outsiderJoined = (order: {
  readonly ref: string;
  readonly title: string | undefined;
}): string =>
  `Somebody from outside your organization can see the space${order.title === undefined ? '' : ` "${escapeMarkdown(order.title)}"`} since I posted the file of export ${order.ref} there. ${code(`recall ${order.ref}`)} removes the file.`;

export const continuing = (order: { readonly ref: string; readonly window: Window }): string =>
  `I was restarted. Export ${order.ref} (${describeWindow(order.window)}) continues where it stopped.`;

/** In the space; who or what it was that stood in the way is not for everybody there. */
export const movedToDirect = (why: Detour, order: ForWhom): string =>
  calling(order, wordsOfDetour[why]);

const wordsOfDetour = {
  asked: 'Done. I sent the file to you directly, as you asked.',
  unsafe:
    "I couldn't make sure that everybody in this space may see the file, so I sent it to you directly.",
  refused: "This space doesn't take the file, so I sent it to you directly.",
} satisfies Record<Detour, string>;

type ForWhom = Pick<ExportOrder, 'place' | 'requester'>;

/** The one time that an export calls its person, at its end; whom the bot writes to alone is called by that. */
export function calling({ place, requester }: ForWhom, sentence: string): string {
  return place.roomType === 'group' ? `${sentence} ${mentionOf(requester)}` : sentence;
}

/** What stands beside a file. */
export function caption(
  report: JobReport,
  part: { readonly number: number; readonly of: number },
  {
    place,
    order,
  }: { readonly place: Place; readonly order: ForWhom & Pick<ExportOrder, 'format'> },
): string {
  const { roomType, title } = order.place;
  const from =
    place === 'direct' && roomType === 'group' && title !== undefined
      ? `You asked for this in the space "${escapeMarkdown(title)}". `
      : '';
  const piece = part.of > 1 ? `Part ${part.number} of ${part.of}. ` : '';
  const words = `${from}${piece}${finished(report, order.format)}`;
  return place === 'space' && part.number === part.of ? calling(order, words) : words;
}

/** The one sentence of counts: with the file, or alone when there is none. */
export function finished(report: JobReport, format: ExportOrder['format'] = 'xlsx'): string {
  switch (report.outcome) {
    case 'failed':
      // It may name what somebody typed, or what the contact center calls its queues.
      return `Export ${report.ref} failed. ${escapeMarkdown(report.failure ?? '')}`.trim();
    case 'cancelled':
      return `Export ${report.ref} is cancelled. Nothing was posted.`;
    case 'empty':
      if (report.addendum) return finishedWithCounts(report, format);
      return `No conversations in ${describeWindow(report.window)}. Check the dates and filters, or try ${code('export last 30 days channel all')}. Ref ${report.ref}.`;
    case 'complete':
    case 'partial':
      return finishedWithCounts(report, format);
    default:
      return report.outcome satisfies never;
  }
}

/** Where there is no file. @param corrected the command with the nearest names that there are */
export const ended = (report: JobReport, corrected: string | undefined): string =>
  corrected === undefined ? finished(report) : `${finished(report)} Try: ${code(corrected)}`;

const bucketWords = [
  ['no_transcript', 'without transcript'],
  ['still_open', 'still open'],
  ['filtered_out', 'filtered out'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
] as const;

/** Where to read about those that were not exported. */
const whereMissing = {
  xlsx: ' (sheet "Not exported")',
  csv: ' (not-exported.csv)',
  jsonl: '',
} as const;

function finishedWithCounts(report: JobReport, format: NonNullable<ExportOrder['format']>): string {
  const { balance, addendum } = report;
  if (!balance) return `Export ${report.ref} ended without a balance.`;
  // Those of an addendum are in its own file, and where there is none they are in the first one.
  const listed = addendum ? addendum.balance : balance;
  const isListed = report.outcome !== 'empty' && listed.found > listed.exported;
  const missing = isListed ? whereMissing[format] : '';
  const took = durationWords(report.durationMs);
  const notes = [
    earlierNote(report),
    countNote(report),
    searchNote(report),
    hostNote(report.refusedHosts),
    lateNote(report),
  ];
  const head = `${addendumWords(report)}${balanceWords(balance)}${missing} · ref ${report.ref} · ${took}.`;
  return [head, ...notes.filter((note) => note !== undefined)].join(' ');
}

function balanceWords(balance: Balance): string {
  const parts = [`**${count(balance.found)} found**`, `${count(balance.exported)} exported`];
  for (const [bucket, words] of bucketWords) {
    if (balance[bucket] > 0) parts.push(`${count(balance[bucket])} ${words}`);
  }
  return parts.join(' · ');
}

/** Before the new balance of the whole export. */
function addendumWords({ addendum }: JobReport): string {
  if (!addendum) return '';
  const { to, balance } = addendum;
  if (balance.exported === 0) {
    return `I looked again at ${conversations(balance.found)} of export ${to}, and none has come yet. It stays at `;
  }
  return `Addendum to export ${to}: **${count(balance.exported)} of ${conversations(balance.found)} came**. It now holds `;
}

function earlierNote({ fromEarlier }: JobReport): string | undefined {
  if (!fromEarlier) return undefined;
  return `Of these, ${count(fromEarlier.count)} had not been ready in export ${fromEarlier.ref}.`;
}

function countNote({ count: check, balance }: JobReport): string | undefined {
  if (check.kind === 'changed_meanwhile') {
    return `The contact center counted ${count(check.counted)} at first and ${count(check.recounted)} at the end; conversations came or went while I searched.`;
  }
  if (check.kind === 'listed_again') {
    return `The contact center counts ${count(check.counted)}: it listed ${count(check.again)} a second time.`;
  }
  if (check.kind === 'different') {
    return `The contact center itself counts ${count(check.recounted)}, I found ${count(balance?.found ?? 0)}: treat this export as incomplete.`;
  }
  return check.kind === 'unknown' ? "The contact center's own count was not available." : undefined;
}

function searchNote({ searchBroke }: JobReport): string | undefined {
  if (searchBroke === undefined) return undefined;
  return `The search broke off, so conversations may be missing: ${escapeMarkdown(searchBroke)}`;
}

function hostNote(hosts: readonly string[]): string | undefined {
  if (hosts.length === 0) return undefined;
  const setting = code(`TRANSCRIPT_HOSTS=${hosts.join(',')}`);
  return `Transcripts on ${hosts.map(code).join(', ')} were refused because the host is not on the list; the operator can allow it with ${setting} (plus the hosts listed already).`;
}

/** Said once: of an addendum it stands with the export that it belongs to. */
function lateNote({ lateUntilMs, addendum, balance, window }: JobReport): string | undefined {
  if (lateUntilMs === undefined || addendum || !balance) return undefined;
  if (balance.no_transcript + balance.still_open === 0) return undefined;
  return `I look again by myself until ${formatInstant(lateUntilMs, window.zone)} and post what has come.`;
}

function durationWords(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

/** `export last week, every Monday at 08:00 (Europe/Berlin)`, in plain text. */
export const scheduleInWords = (schedule: Schedule): string =>
  `${schedule.command}, ${recurrenceWords(schedule)}`;

function recurrenceWords({ recurrence, zone }: Pick<Schedule, 'recurrence' | 'zone'>): string {
  const at = `at ${recurrence.time} (${zone})`;
  switch (recurrence.kind) {
    case 'daily':
      return `every day ${at}`;
    case 'weekdays':
      return `Monday to Friday ${at}`;
    case 'weekly':
      return `every ${recurrence.day.charAt(0).toUpperCase()}${recurrence.day.slice(1)} ${at}`;
    case 'monthly':
      return `on day ${recurrence.day} of every month${recurrence.day > 28 ? ', or the last day of a shorter one,' : ''} ${at}`;
    default:
      return recurrence satisfies never;
  }
}

export function scheduled(
  schedule: Schedule,
  facts: {
    readonly filters: string;
    readonly toMe: boolean;
    readonly firstMs: number;
    readonly isSignedIn: boolean;
  },
): string {
  const { ref, command, zone, place } = schedule;
  const where = facts.toMe
    ? 'I send each file to you directly'
    : place.roomType === 'direct'
      ? 'Each run is a new message here, with its file in the thread'
      : 'Each run is a new message in this space, with its file in the thread';
  return [
    `Schedule ${ref} is made: ${code(command)} ${recurrenceWords(schedule)}, for ${escapeMarkdown(facts.filters)}.`,
    `It runs first on **${formatInstant(facts.firstMs, zone)}**, with your sign-in.`,
    ...(facts.isSignedIn ? [] : [`You are not signed in yet: send ${code('login')} before then.`]),
    `${where}. ${code(`unschedule ${ref}`)} removes it.`,
  ].join(' ');
}

export const tooManySchedules = (most: number): string =>
  `You have ${most} schedules, and more are not possible. ${code('schedules')} lists them, ${code('unschedule <ref>')} removes one.`;

export const noSchedules = (): string =>
  `You have no schedules. ${code('schedule every monday 08:00 export last week')} makes one.`;

export function scheduleLine(schedule: Schedule, next: readonly number[]): string {
  const { ref, command, zone, place, run, askedAtMs, toldAtMs } = schedule;
  const times = next.map((atMs) => formatInstant(atMs, zone)).join(', ');
  const states = [
    run && `due since ${formatInstant(run.dueMs, zone)}`,
    run && askedAtMs !== undefined && `waits for your sign-in, ${code('login')} sends a card`,
    toldAtMs !== undefined && 'did not run, because you were not allowed to',
  ].filter((state) => typeof state === 'string');
  const parts = [
    `${ref}: ${code(command)} ${recurrenceWords(schedule)}`,
    place.roomType === 'direct'
      ? 'directly'
      : `in the space "${escapeMarkdown(place.title ?? '')}"`,
    ...states,
    `next: ${times}`,
  ];
  return `- ${parts.join(' · ')}`;
}

export const noSuchSchedule = (ref: string): string =>
  `There is no schedule ${ref} of yours. ${code('schedules')} lists them.`;

export const unscheduled = (schedule: Schedule, running: string | undefined): string =>
  `Schedule ${schedule.ref} is removed: ${code(schedule.command)} ${recurrenceWords(schedule)}.${
    running === undefined
      ? ''
      : ` Its export ${running} goes on; ${code(`cancel ${running}`)} stops it.`
  }`;

/** Later than this a run is late, and says why. */
const lateMs = 5 * 60_000;

/** Begins the thread of a run. */
export function scheduledRun(schedule: Schedule, run: DueRun, nowMs: number): string {
  const name = escapeMarkdown(schedule.owner.displayName);
  const head = `**Scheduled export** ${schedule.ref} of ${name}, ${recurrenceWords(schedule)}.`;
  const isLate = nowMs - run.dueMs > lateMs;
  return [head, ...(isLate ? [latenessOf(schedule, run)] : []), ...missedRuns(run)].join(' ');
}

function latenessOf({ owner, zone }: Schedule, { dueMs, waitsFor }: DueRun): string {
  const name = escapeMarkdown(owner.displayName);
  const why = {
    login: `${name} had to sign in first`,
    export: `another export of ${name} was not over`,
    nothing: 'I was not running then, or could not reach Webex',
  }[waitsFor ?? 'nothing'];
  return `It was due on ${formatInstant(dueMs, zone)} and comes late, because ${why}; it holds what it would have held then.`;
}

function missedRuns({ missed }: DueRun): string[] {
  if (missed === 0) return [];
  return missed === 1
    ? ['The run before it was missed and is not made up for.']
    : [`The ${count(missed)} runs before it were missed and are not made up for.`];
}

export const scheduleNotRun = (schedule: Schedule, run: DueRun, sentence: string): string =>
  `Schedule ${schedule.ref} did not run on ${formatInstant(run.dueMs, schedule.zone)}. ${escapeMarkdown(sentence)}`;

export const scheduleNotAllowed = (schedule: Schedule): string =>
  `Schedule ${schedule.ref} (${code(schedule.command)} ${recurrenceWords(schedule)}) did not run: you are not on this bot's list of administrators any more, or I don't work in that space any more. It stays, and runs again when that has changed.`;

export function scheduleEnded(schedule: Schedule): string {
  const { ref, recurrence, command, place } = schedule;
  const where =
    place.roomType === 'direct'
      ? 'where it was made'
      : `in the space "${escapeMarkdown(place.title ?? '')}"`;
  return `I can't post ${where} any more, so schedule ${ref} has ended. To have it here instead, send: ${code(`schedule ${printRecurrence(recurrence)} ${command}`)}`;
}
