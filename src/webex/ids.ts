import { z } from 'zod';

export type IdKind =
  | 'PEOPLE'
  | 'ORGANIZATION'
  | 'ROOM'
  | 'MESSAGE'
  | 'MEMBERSHIP'
  | 'WEBHOOK'
  | 'ATTACHMENT_ACTION';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const decodedId = /^ciscospark:\/\/[^/\s]+\/([A-Z_]+)\/([0-9a-f-]{36})$/i;

/** An id that may stand in a path: base64 in either alphabet, so neither dots nor white space. */
export const ApiId = z.string().regex(/^[\w+/=-]{1,512}$/);

/**
 * The UUID inside a Webex id, in lower case, which is what can be compared: the same person has several
 * spellings of one id (base64 or base64url, with the cluster or without).
 *
 * @returns undefined where the id does not parse or is of another kind; then it equals nothing
 */
export function uuidOf(id: string, kind: IdKind): string | undefined {
  if (uuid.test(id)) return id.toLowerCase();
  if (!/^[\w+/-]+={0,2}$/.test(id)) return undefined;
  const [, foundKind, found] = decodedId.exec(Buffer.from(id, 'base64').toString('latin1')) ?? [];
  if (foundKind !== kind || found === undefined || !uuid.test(found)) return undefined;
  return found.toLowerCase();
}

/** Two ids that do not parse are never the same person. */
export function isSamePerson(one: string, other: string): boolean {
  const first = uuidOf(one, 'PEOPLE');
  return first !== undefined && first === uuidOf(other, 'PEOPLE');
}

/** Ids of another form than the usual are the same where they are spelled the same. */
export function isSameId(one: string, other: string, kind: IdKind): boolean {
  const first = uuidOf(one, kind);
  return first === undefined ? one === other : first === uuidOf(other, kind);
}
