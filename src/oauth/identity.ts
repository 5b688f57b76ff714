import type { PersonKey } from '../store/person-key.ts';

/** Who a token belongs to, as people/me says; an id that could not be read is left out. */
export interface OwnPerson {
  readonly uuid: string | undefined;
  readonly orgUuid: string | undefined;
  readonly type: string;
  readonly emails: readonly string[];
  readonly displayName: string;
}

export type FetchOwnPerson = (accessToken: string, signal: AbortSignal) => Promise<OwnPerson>;

export type Mismatch =
  | 'not_a_person'
  | 'other_person'
  | 'other_organization'
  | 'organization_not_allowed';

const uuidText = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Says why the one who signed in is not the one who asked; `undefined` when they are the same. This
 * check is what makes a forwarded link worthless.
 */
export function findMismatch(
  asked: PersonKey,
  found: OwnPerson,
  allowedOrgIds: readonly string[],
): Mismatch | undefined {
  if (found.type !== 'person') return 'not_a_person';
  if (!isSameUuid(found.uuid, asked.personUuid)) return 'other_person';
  if (!isSameUuid(found.orgUuid, asked.orgUuid)) return 'other_organization';
  const allowed = allowedOrgIds.some((orgId) => isSameUuid(orgId, found.orgUuid));
  return allowed ? undefined : 'organization_not_allowed';
}

/** What does not read as a UUID equals nothing, itself included. */
function isSameUuid(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined || !uuidText.test(one)) return false;
  return one.toLowerCase() === other.toLowerCase();
}

/**
 * Webex tokens read `<opaque>_<cluster>_<organization UUID>`. Where one does not, the organization of
 * the person is the one.
 */
export function contactCenterOrgOf(accessToken: string, { orgUuid }: PersonKey): string {
  const parts = accessToken.split('_');
  const last = parts.length >= 3 ? parts.at(-1) : undefined;
  const named = last !== undefined && uuidText.test(last) ? last : orgUuid;
  return named.toLowerCase();
}
