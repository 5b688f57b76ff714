import { z } from 'zod';
import { type Entry, UnreadableTranscriptError } from './entry.ts';
import { FileNames, Flag, Speech, Word } from './raw.ts';
import { readRole } from './role.ts';
import { Time } from './time.ts';

const Participant = z.object({
  name: Word,
  displayName: Word,
  role: Word,
  userId: Word,
  id: Word,
  aliasId: Word,
});
const nobody: z.infer<typeof Participant> = Participant.parse({});

/**
 * An entry of chat, e-mail, social, custom messaging or a work item, with the names that neighbouring
 * APIs use for the same: developer.webex.com, guide-for-digital-transcripts.
 */
const RawEntry = z.object({
  id: Word,
  aliasId: Word,
  direction: Word,
  timestamp: Time,
  createdTime: Time,
  message: Speech,
  text: Speech,
  body: Speech,
  content: Speech,
  workItemData: z.unknown().optional(),
  attachments: FileNames,
  participant: z
    .union([Participant, z.string().transform((name) => ({ ...nobody, name }))])
    .optional()
    .catch(undefined),
  redacted: Flag,
  languageCode: Word,
});
type RawEntry = z.infer<typeof RawEntry>;

/**
 * @param languageCode for entries that do not say their own
 * @throws {UnreadableTranscriptError} an entry is no object, or no entry is anything we know: leaving
 *   some out would pass off a part as the whole
 */
export function readDigitalEntries(items: readonly unknown[], languageCode?: string): Entry[] {
  const raws = items.map((item, index) => {
    const { data: raw } = RawEntry.safeParse(item);
    if (raw) return raw;
    throw new UnreadableTranscriptError(`entry ${index + 1} of ${items.length} is not an object`);
  });
  if (raws.length > 0 && !raws.some(isKnown)) {
    throw new UnreadableTranscriptError('its entries have no member I know');
  }
  return raws.map((raw) => toEntry(raw, languageCode));
}

/** An id alone makes no entry: everything has one. */
function isKnown(raw: RawEntry): boolean {
  const { timestamp, createdTime, direction, participant, workItemData } = raw;
  return (
    said(raw) !== undefined ||
    (workItemData ?? participant ?? direction ?? raw.aliasId) !== undefined ||
    (timestamp.timestamp ?? createdTime.timestamp) !== undefined ||
    raw.attachments.length > 0 ||
    raw.redacted
  );
}

function toEntry(raw: RawEntry, languageCode: string | undefined): Entry {
  const participant = raw.participant ?? nobody;
  const workItem = raw.workItemData ?? undefined;
  const text = said(raw);
  const isMessage = text !== undefined || raw.attachments.length > 0 || raw.redacted;
  return {
    id: raw.id,
    ...(raw.timestamp.timestamp === undefined ? raw.createdTime : raw.timestamp),
    direction: raw.direction,
    message: workItem === undefined ? text : withWorkItem(text, workItem),
    participantName: participant.name ?? participant.displayName,
    participantRole: participant.role,
    role: readRole(participant.role, raw.direction),
    participantUserId: participant.userId ?? participant.id,
    participantAliasId: raw.aliasId ?? participant.aliasId,
    kind: workItem !== undefined ? 'work_item' : isMessage ? 'message' : 'event',
    attachmentNames: raw.attachments,
    redacted: raw.redacted,
    languageCode: raw.languageCode ?? languageCode,
  };
}

/** Normally its data stands in place of a message; where there are both, neither is lost. */
function withWorkItem(text: string | undefined, workItem: unknown): string {
  const data = JSON.stringify(workItem);
  return text === undefined ? data : `${text}\n${data}`;
}

function said({ message, text, body, content }: RawEntry): string | undefined {
  return message ?? text ?? body ?? content;
}
