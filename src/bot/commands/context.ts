import type { Accounts } from '../../export/accounts.ts';
import type { FinishedExports } from '../../export/finished-exports.ts';
import type { Job } from '../../export/job.ts';
import type { Jobs } from '../../export/jobs.ts';
import type { Recall } from '../../export/recall.ts';
import type { RedactionClass } from '../../export/redaction.ts';
import type { Schedule, Schedules } from '../../export/schedules.ts';
import type { Clock } from '../../http/retry.ts';
import type { Log } from '../../log.ts';
import type { Grants } from '../../oauth/grants.ts';
import { canonicalZone } from '../../time.ts';
import type { IncomingMessage } from '../../webex/listener.ts';
import type { CardDesk } from '../card-desk.ts';
import type { Command } from '../grammar/command.ts';
import type { Applicant, LoginDesk } from '../login-desk.ts';
import { type PermissionRules, permissionOf } from '../permission.ts';

export interface CommandDeps {
  readonly rules: () => PermissionRules;
  readonly jobs: Jobs;
  readonly finished: FinishedExports;
  readonly accounts: Accounts;
  readonly recall: Recall;
  /** Told of each recall, for those who keep account of it. */
  readonly onRecalled?: (recalled: {
    readonly ref: string;
    readonly by: Applicant;
    readonly posts: number;
  }) => void;
  readonly schedules: Schedules;
  /** Waited for before a schedule counts: what it throws refuses it. */
  readonly onScheduled?: (schedule: Schedule) => Promise<void>;
  readonly onUnscheduled?: (schedule: Schedule, by: Applicant) => void;
  /** Something may be due earlier than it seemed. */
  readonly onSchedulesChanged: () => void;
  readonly onLoggedOut?: (applicant: Applicant, had: boolean) => void;
  readonly log: Log;
  readonly grants: Grants;
  readonly loginDesk: LoginDesk;
  readonly cards: CardDesk;
  readonly clock: Clock;
  /** Zone of people who have none in their profile. */
  readonly defaultZone: string;
  readonly defaultQueue: string | undefined;
  /** Masked whether or not it is asked for. */
  readonly redactionFloor: readonly RedactionClass[];
  readonly region: string;
  readonly contactCenterOrgUuid: string | undefined;
}

/** Who asked for something, where, and by what: a message that was said, or a card that was submitted. */
export type Asked = Pick<
  IncomingMessage,
  'id' | 'person' | 'roomId' | 'roomType' | 'parentId' | 'spaceTitle'
>;

export interface CommandContext {
  readonly message: Asked;
  /** Posts into the thread of the command. */
  readonly reply: (markdown: string) => Promise<void>;
}

export type Handler<K extends Command['kind']> = (
  command: Extract<Command, { kind: K }>,
  context: CommandContext,
  deps: CommandDeps,
) => Promise<void>;

/** Whether who asks may do that to this export, or this schedule. */
export function mayChange(
  { requester: owner }: Pick<Job['order'], 'requester'>,
  command: Command['kind'],
  { message }: CommandContext,
  { rules }: CommandDeps,
): boolean {
  const asking = { person: message.person, space: message, command, owner };
  return permissionOf(asking, rules()) === 'allowed';
}

export function toRef({ ref }: Job): string {
  return ref;
}

export function zoneOf({ person }: Asked, { defaultZone }: CommandDeps): string {
  return (person.timezone && canonicalZone(person.timezone)) || defaultZone;
}

export function applicantOf({ person }: Asked): Applicant {
  return {
    personId: person.id,
    personUuid: person.uuid,
    orgUuid: person.orgUuid,
    displayName: person.displayName,
    email: person.emails[0] ?? '',
  };
}

export function placeOf(message: Asked) {
  return {
    roomId: message.roomId,
    roomType: message.roomType,
    parentId: message.parentId ?? message.id,
    messageId: message.id,
    ...(message.spaceTitle !== undefined && { title: message.spaceTitle }),
  };
}
