import { isMembers, type Members } from '../values.ts';
import { type Entry, UnreadableTranscriptError } from './entry.ts';
import { fileNames, flag, speech, word } from './raw.ts';
import { readRole } from './role.ts';
import { readTimestamp, type Timestamp } from './time.ts';

interface Participant {
  readonly name?: string | undefined;
  readonly role?: string | undefined;
  readonly userId?: string | undefined;
  readonly aliasId?: string | undefined;
}
const nobody: Participant = {};

/** The members of an entry, each read by itself: a strange one costs itself only. */
interface RawEntry {
  readonly id: string | undefined;
  readonly aliasId: string | undefined;
  readonly direction: string | undefined;
  readonly time: Timestamp;
  readonly said: string | undefined;
  readonly workItem: unknown;
  readonly attachmentNames: readonly string[];
  readonly participant: Participant | undefined;
  readonly redacted: boolean;
  readonly languageCode: string | undefined;
}

/**
 * An entry of chat, e-mail, social, custom messaging or a work item, with the names that neighbouring
 * APIs use for the same: developer.webex.com, guide-for-digital-transcripts. By hand, because this runs
 * for every message of an export: a general validator took a third of the time of a download.
 */
function readRawEntry(raw: Members): RawEntry {
  const time = readTimestamp(raw['timestamp']);
  return {
    id: word(raw['id']),
    aliasId: word(raw['aliasId']),
    direction: word(raw['direction']),
    time: time.timestamp === undefined ? readTimestamp(raw['createdTime']) : time,
    said:
      speech(raw['message']) ??
      speech(raw['text']) ??
      speech(raw['body']) ??
      speech(raw['content']),
    workItem: raw['workItemData'] ?? undefined,
    attachmentNames: fileNames(raw['attachments']),
    participant: readParticipant(raw['participant']),
    redacted: flag(raw['redacted']),
    languageCode: word(raw['languageCode']),
  };
}

function readParticipant(value: unknown): Participant | undefined {
  if (typeof value === 'string') return { name: value };
  if (!isMembers(value)) return undefined;
  return {
    name: word(value['name']) ?? word(value['displayName']),
    role: word(value['role']),
    userId: word(value['userId']) ?? word(value['id']),
    aliasId: word(value['aliasId']),
  };
}

/**
 * @param languageCode for entries that do not say their own
 * @throws {UnreadableTranscriptError} an entry is no object, or no entry is anything we know: leaving
 *   some out would pass off a part as the whole
 */
export function readDigitalEntries(items: readonly unknown[], languageCode?: string): Entry[] {
  const raws = items.map((item, index) => {
    if (isMembers(item)) return readRawEntry(item);
    throw new UnreadableTranscriptError(`entry ${index + 1} of ${items.length} is not an object`);
  });
  if (raws.length > 0 && !raws.some(isKnown)) {
    throw new UnreadableTranscriptError('its entries have no member I know');
  }
  return raws.map((raw) => toEntry(raw, languageCode));
}

/** An id alone makes no entry: everything has one. */
function isKnown(raw: RawEntry): boolean {
  const { said, workItem, participant, direction, aliasId, time } = raw;
  return (
    (said ?? workItem ?? participant ?? direction ?? aliasId ?? time.timestamp) !== undefined ||
    raw.attachmentNames.length > 0 ||
    raw.redacted
  );
}

function toEntry(raw: RawEntry, languageCode: string | undefined): Entry {
  const { said, workItem, attachmentNames, redacted, participant = nobody } = raw;
  const isMessage = said !== undefined || attachmentNames.length > 0 || redacted;
  return {
    id: raw.id,
    timestamp: raw.time.timestamp,
    timestampMs: raw.time.timestampMs,
    direction: raw.direction,
    message: workItem === undefined ? said : withWorkItem(said, workItem),
    participantName: participant.name,
    participantRole: participant.role,
    role: readRole(participant.role, raw.direction),
    participantUserId: participant.userId,
    participantAliasId: raw.aliasId ?? participant.aliasId,
    kind: workItem !== undefined ? 'work_item' : isMessage ? 'message' : 'event',
    attachmentNames,
    redacted,
    languageCode: raw.languageCode ?? languageCode,
  };
}

/** Normally its data stands in place of a message; where there are both, neither is lost. */
function withWorkItem(text: string | undefined, workItem: unknown): string {
  const data = JSON.stringify(workItem);
  return text === undefined ? data : `${text}\n${data}`;
}
