import { randomUUID } from 'node:crypto';

const kinds = [
  'ATTACHMENT_ACTION',
  'CONTENT',
  'MEMBERSHIP',
  'MESSAGE',
  'ORGANIZATION',
  'PEOPLE',
  'ROOM',
  'WEBHOOK',
] as const;
export type IdKind = (typeof kinds)[number];

/** Webex shows every id as unpadded base64 of a URI with the UUID at its end. */
export function idOf(kind: IdKind, uuid: string): string {
  return Buffer.from(`ciscospark://us/${kind}/${uuid}`).toString('base64').replace(/=+$/, '');
}

export function newId(kind: IdKind): string {
  return idOf(kind, randomUUID());
}

/** @returns false for what could never have been an id of that kind, which Webex answers with 400 */
export function isIdOf(kind: IdKind, id: string): boolean {
  const uri = Buffer.from(id, 'base64').toString('utf8');
  return new RegExp(
    `^ciscospark://[a-z-]+/${kind}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`,
  ).test(uri);
}

/** The UUID at the end of an id, by which the services behind the API know the thing. */
export function uuidIn(id: string): string {
  return Buffer.from(id, 'base64').toString('utf8').slice(-36);
}
