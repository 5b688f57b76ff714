import type { Person } from '../webex/schema.ts';
import type { Command } from './grammar/command.ts';

export interface PermissionRules {
  /** E-mails or person ids (either form), as configured. */
  readonly admins: readonly string[];
  readonly allowedOrgUuids: readonly string[];
  /** Group spaces where the bot works; empty: everywhere. A direct space with an admin is always one. */
  readonly allowedSpaceIds: readonly string[];
}

export interface Asking {
  readonly person: Pick<Person, 'id' | 'uuid' | 'orgUuid' | 'emails' | 'type'>;
  /** Absent where only the person counts. */
  readonly space?: { readonly roomId: string; readonly roomType: 'group' | 'direct' } | undefined;
  /** Absent as long as it is not known. */
  readonly command?: Command['kind'] | undefined;
  /** Whose export or schedule the command is about, if it is about one. */
  readonly owner?: { readonly personUuid: string; readonly orgUuid: string } | undefined;
}

export type Permission =
  | 'allowed'
  | 'not_an_admin'
  | 'foreign_organization'
  | 'other_space'
  | 'not_the_owner';

/**
 * Commands that change one export or schedule. It is its person's; another administrator may act on it where nobody
 * else reads along. `run` is not among them: what it allows is done with the sign-in of its person, who alone
 * can answer for that.
 */
const ofOneExport: ReadonlySet<Command['kind'] | undefined> = new Set([
  'cancel',
  'recall',
  'unschedule',
  'retry',
]);

/** Deny by default: whatever is not provably allowed is not. */
export function permissionOf(
  { person, space, command, owner }: Asking,
  rules: PermissionRules,
): Permission {
  if (person.type !== 'person') return 'not_an_admin';
  if (!person.orgUuid || !rules.allowedOrgUuids.includes(person.orgUuid.toLowerCase())) {
    return 'foreign_organization';
  }
  if (!rules.admins.some((admin) => names(admin, person))) return 'not_an_admin';
  if (space && !worksIn(space, rules)) return 'other_space';
  const isOwn = owner?.personUuid === person.uuid && owner.orgUuid === person.orgUuid;
  const needsOwner = owner !== undefined && ofOneExport.has(command);
  if (needsOwner && !isOwn && space?.roomType !== 'direct') return 'not_the_owner';
  if (command === 'run' && owner !== undefined && !isOwn) return 'not_the_owner';
  return 'allowed';
}

/** Whether the bot works in a space, whoever asks. */
export function worksIn(
  { roomId, roomType }: NonNullable<Asking['space']>,
  { allowedSpaceIds }: Pick<PermissionRules, 'allowedSpaceIds'>,
): boolean {
  const isRestricted = roomType === 'group' && allowedSpaceIds.length > 0;
  return !isRestricted || allowedSpaceIds.includes(roomId);
}

function names(admin: string, person: Asking['person']): boolean {
  const wanted = admin.toLowerCase();
  if (wanted.includes('@')) return person.emails.some((email) => email.toLowerCase() === wanted);
  // Base64 ids are case-sensitive, UUIDs are not.
  return admin === person.id || wanted === person.uuid?.toLowerCase();
}
