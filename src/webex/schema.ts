import { z } from 'zod';
import { uuidOf } from './ids.ts';

/** `null`, missing and `undefined` are one thing behind this line. */
function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const instantMs = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** https://developer.webex.com/docs/api/v1/people/get-person-details */
export const Person = z
  .object({
    id: z.string(),
    orgId: z.string(),
    emails: optional(z.array(z.string())).transform((emails) => emails ?? []),
    displayName: optional(z.string()).transform((name) => name ?? ''),
    /** `person`, `bot` or `appuser`; a kind nobody named is none of them. */
    type: optional(z.string()).transform((type) => type ?? 'unknown'),
    /** IANA zone, only where the person has set one. */
    timezone: optional(z.string()),
  })
  .transform((person, context) => {
    const uuid = uuidOf(person.id, 'PEOPLE');
    const orgUuid = uuidOf(person.orgId, 'ORGANIZATION');
    if (uuid === undefined || orgUuid === undefined) {
      context.addIssue({
        code: 'custom',
        path: [uuid === undefined ? 'id' : 'orgId'],
        message: 'holds no UUID',
      });
      return z.NEVER;
    }
    return { ...person, uuid, orgUuid };
  });
export type Person = z.infer<typeof Person>;

const RoomType = z.enum(['group', 'direct']);
export type RoomType = z.infer<typeof RoomType>;

/** https://developer.webex.com/docs/api/v1/rooms/get-room-details */
export const Room = z
  .object({
    id: z.string(),
    title: optional(z.string()).transform((title) => title ?? ''),
    type: RoomType,
    /** The organization that owns the space; a direct space has none. */
    ownerId: optional(z.string()),
    isPublic: optional(z.boolean()),
    isReadOnly: optional(z.boolean()),
    isAnnouncementOnly: optional(z.boolean()),
    classificationId: optional(z.string()),
  })
  .transform((room) => ({
    ...room,
    ownerOrgUuid: room.ownerId === undefined ? undefined : uuidOf(room.ownerId, 'ORGANIZATION'),
  }));
export type Room = z.infer<typeof Room>;

/** https://developer.webex.com/docs/api/v1/memberships/get-membership-details */
export const Membership = z
  .object({
    id: z.string(),
    roomId: z.string(),
    roomType: optional(RoomType),
    personId: z.string(),
    personEmail: optional(z.string()).transform((email) => email ?? ''),
    personDisplayName: optional(z.string()),
    personOrgId: optional(z.string()),
    created: optional(instantMs),
  })
  .transform(({ created, ...membership }) => ({
    ...membership,
    personUuid: uuidOf(membership.personId, 'PEOPLE'),
    personOrgUuid:
      membership.personOrgId === undefined
        ? undefined
        : uuidOf(membership.personOrgId, 'ORGANIZATION'),
    createdMs: created,
  }));
export type Membership = z.infer<typeof Membership>;

/** https://developer.webex.com/docs/api/v1/messages/get-message-details */
export const Message = z
  .object({
    id: z.string(),
    roomId: z.string(),
    roomType: RoomType,
    /** The first message of the thread, where this one is an answer in it. */
    parentId: optional(z.string()),
    personId: z.string(),
    text: optional(z.string()).transform((text) => text ?? ''),
    html: optional(z.string()),
    mentionedPeople: optional(z.array(z.string())).transform((ids) => ids ?? []),
    created: instantMs,
  })
  .transform(({ created, ...message }) => ({ ...message, createdMs: created }));
export type Message = z.infer<typeof Message>;

/** https://developer.webex.com/docs/api/v1/messages/create-a-message */
export const PostedMessage = z.object({ id: z.string(), roomId: z.string() });
export type PostedMessage = z.infer<typeof PostedMessage>;

/** https://developer.webex.com/docs/api/v1/attachment-actions/get-attachment-action-details */
export const AttachmentAction = z
  .object({
    id: z.string(),
    messageId: z.string(),
    roomId: z.string(),
    personId: z.string(),
    inputs: optional(z.record(z.string(), z.unknown())).transform((inputs) => inputs ?? {}),
    created: instantMs,
  })
  .transform(({ created, ...action }) => ({ ...action, createdMs: created }));
export type AttachmentAction = z.infer<typeof AttachmentAction>;

/** https://developer.webex.com/docs/api/v1/webhooks/get-webhook-details */
export const Webhook = z.object({
  id: z.string(),
  name: z.string(),
  targetUrl: z.string(),
  resource: z.string(),
  event: z.string(),
  /** `active`, or `inactive`/`disabled` after too many failed deliveries. */
  status: optional(z.string()).transform((status) => status ?? 'active'),
});
export type Webhook = z.infer<typeof Webhook>;

/** What Webex says beside an error status; every member may be absent or of another type. */
export const ErrorBody = z.object({
  message: z.string().optional().catch(undefined),
  errors: z.array(z.object({ description: z.string().optional().catch(undefined) })).catch([]),
  trackingId: z.string().optional().catch(undefined),
});
export type ErrorBody = z.infer<typeof ErrorBody>;
