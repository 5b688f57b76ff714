import type { Refused } from './bot/handler.ts';
import type { Applicant } from './bot/login-desk.ts';
import type { Permission } from './bot/permission.ts';
import type { NotRun } from './bot/scheduled-run.ts';
import type { FinishedExport } from './export/finished-exports.ts';
import type { Job } from './export/job.ts';
import type { ExportOrder } from './export/order.ts';
import type { JobReport } from './export/report.ts';
import type { PostedRecord } from './export/restore.ts';
import type { DueRun, Schedule } from './export/schedules.ts';
import type { LoginOutcome } from './oauth/logins.ts';
import type { AuditLine } from './store/audit-chain.ts';
import type { AuditLog } from './store/audit-log.ts';

/**
 * What of all that happens is written into the audit log, and with which facts: who, of which
 * organization, where, what for, what came of it. Never a text of a conversation, a token or a link.
 */
export function createAudit(log: AuditLog) {
  const note = (kind: string, facts: Readonly<Record<string, unknown>>) =>
    void log.noteIfRoom(kind, facts);
  const delivered = (order: ExportOrder, post: Omit<PostedRecord, 'kind' | 'atMs'>, more = {}) => {
    const { part, of, place, detour, messageId } = post;
    note('delivered', {
      ref: order.ref,
      ...whoIn(order),
      ...{ part, of, place, detour, messageId },
      ...(place === 'space' && { roomId: order.place.roomId }),
      ...more,
    });
  };
  return {
    login: ({ kind, person, waiting }: LoginOutcome) =>
      note('login', {
        ...person,
        outcome: kind,
        ...(waiting.kind === 'job' && { ref: waiting.ref }),
        ...(waiting.kind === 'schedule' && { schedule: waiting.ref }),
      }),
    refused: ({ person, roomId, roomType, id }: Refused, why: Permission) =>
      note('refused', {
        personUuid: person.uuid,
        orgUuid: person.orgUuid,
        roomId,
        roomType,
        messageId: id,
        why,
      }),
    /** @throws {StorageFullError} an export that cannot be accounted for does not begin */
    ordered: (order: ExportOrder) =>
      log.note('export_ordered', {
        ref: order.ref,
        ...whoIn(order),
        roomId: order.place.roomId,
        messageId: order.place.messageId,
        from: new Date(order.window.fromMs).toISOString(),
        to: new Date(order.window.toMs).toISOString(),
        zone: order.window.zone,
        by: order.by,
        filters: order.filters,
        ...(order.schedule && {
          schedule: order.schedule.ref,
          due: new Date(order.schedule.dueMs).toISOString(),
        }),
        ...addendumIn(order),
      }),
    ended: (order: ExportOrder, report: JobReport) =>
      note('export_ended', {
        ref: order.ref,
        ...whoIn(order),
        outcome: report.outcome,
        balance: report.balance,
        ...addendumIn(order),
        ...(report.addendum && { lookedAgain: report.addendum.balance }),
        contactCenterCount: report.count,
        entries: report.entries,
        trackingIds: report.trackingIds,
      }),
    delivered: (order: ExportOrder, post: PostedRecord) => delivered(order, post),
    /** Writes what a crash kept from being written. Its time is now, so it says since when it is true. */
    async catchUp(finished: readonly FinishedExport[], open: readonly Job[]): Promise<void> {
      const lines = await log.recent();
      const sinceMs = Date.parse(lines[0]?.at ?? '');
      const ended = valuesOf(lines, 'export_ended', 'ref');
      const posted = valuesOf(lines, 'delivered', 'messageId');
      // Of earlier ones the lines may be in files that are gone.
      const isKept = (atMs: number) => atMs >= sinceMs;
      for (const { order, posts } of [...finished, ...open]) {
        for (const post of posts) {
          if (posted.has(post.messageId) || !isKept(post.atMs)) continue;
          delivered(order, post, { late: new Date(post.atMs).toISOString() });
        }
      }
      for (const { order, outcome, balance, endedAtMs } of finished) {
        if (ended.has(order.ref) || !isKept(endedAtMs)) continue;
        const late = new Date(endedAtMs).toISOString();
        const facts = { ref: order.ref, ...whoIn(order), outcome, balance, ...addendumIn(order) };
        note('export_ended', { ...facts, late });
      }
    },
    /** @throws {StorageFullError} a schedule that cannot be accounted for is not made */
    scheduled: (schedule: Schedule) =>
      log.note('schedule_made', {
        ...whatIn(schedule),
        roomId: schedule.place.roomId,
        messageId: schedule.place.messageId,
        recurrence: schedule.recurrence,
        zone: schedule.zone,
      }),
    unscheduled: (schedule: Schedule, by?: Applicant) =>
      note('schedule_removed', {
        ...whatIn(schedule),
        ...(by ? { by: by.personUuid } : { why: 'space_gone' }),
      }),
    notRun: (schedule: Schedule, { dueMs }: DueRun, why: NotRun) =>
      note('schedule_not_run', { ...whatIn(schedule), due: new Date(dueMs).toISOString(), why }),
    loggedOut: ({ personUuid, orgUuid, email }: Applicant, had: boolean) =>
      note('logout', { personUuid, orgUuid, email, had }),
    removed: (order: ExportOrder, messageIds: readonly string[]) =>
      note('removed', { ref: order.ref, ...whoIn(order), messageIds }),
    adminsChanged: (admins: readonly string[]) => note('admins_changed', { admins }),
    recalled: ({ ref, by, posts }: { ref: string; by: Applicant; posts: number }) =>
      note('recalled', { ref, personUuid: by.personUuid, orgUuid: by.orgUuid, posts }),
  };
}

function valuesOf(lines: readonly AuditLine[], kind: string, name: string): Set<unknown> {
  return new Set(lines.filter((line) => line.kind === kind).map(({ facts }) => facts[name]));
}

function addendumIn({ addendumTo, lateLook, continues }: ExportOrder) {
  return {
    ...(addendumTo !== undefined && { addendumTo }),
    ...(lateLook !== undefined && { lateLook }),
    ...(continues !== undefined && { continues }),
  };
}

function whatIn({ ref, owner }: Schedule) {
  return { schedule: ref, ...whoIn({ requester: owner }) };
}

function whoIn({ requester }: Pick<ExportOrder, 'requester'>) {
  const { personUuid, orgUuid, email } = requester;
  return { personUuid, orgUuid, email };
}
