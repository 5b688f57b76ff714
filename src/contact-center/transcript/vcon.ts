import { z } from 'zod';
import type { Members } from '../values.ts';
import { type Entry, UnreadableTranscriptError } from './entry.ts';
import { FileNames, Flag, speech, Word, word } from './raw.ts';
import { readRole } from './role.ts';
import { Time } from './time.ts';

const Party = z.object({
  name: Word,
  role: Word,
  type: Word,
  userId: Word,
  aliasId: Word,
  uuid: Word,
  mailto: Word,
  tel: Word,
  sip: Word,
});
type Party = z.infer<typeof Party>;
const nobody: Party = Party.parse({});

const Index = z.number().optional().catch(undefined);

const Dialog = z.object({
  type: Word,
  start: Time,
  originator: Index,
  parties: z
    .union([z.number(), z.array(z.unknown()).transform(([first]) => first)])
    .optional()
    .catch(undefined)
    .pipe(Index),
  body: z.unknown().optional(),
  encoding: Word,
  url: Word,
  filename: FileNames,
  attachments: FileNames,
  message_id: Word,
  id: Word,
  aliasId: Word,
  direction: Word,
  redacted: Flag,
  languageCode: Word,
});
type Dialog = z.infer<typeof Dialog>;

/**
 * A conversation container: draft-ietf-vcon-vcon-container, for realtime voice and newer digital
 * transcripts. Members of parties may be missing, and `role` is an extension.
 */
const Vcon = z.object({
  parties: z.array(Party.catch(nobody)),
  dialog: z.array(z.unknown()).default([]),
  analysis: z.array(z.unknown()).default([]).catch([]),
});

export function isVcon(root: Members): boolean {
  return Array.isArray(root['parties']) && ('dialog' in root || 'vcon' in root);
}

/**
 * Each dialog is one entry; its speaker is the originator, else the first of its parties.
 *
 * @throws {UnreadableTranscriptError} texts lie outside of the file, or in a part that is no dialog
 */
export function readVcon(root: Members, languageCode?: string): Entry[] {
  const { data: vcon } = Vcon.safeParse(root);
  if (!vcon) throw new UnreadableTranscriptError('a vCon whose dialog is no list');
  const { dialog: dialogs, analysis, parties } = vcon;
  if (dialogs.length === 0 && analysis.length > 0) {
    throw new UnreadableTranscriptError('a vCon whose text is in its analysis only');
  }
  return dialogs.map((raw, index) => {
    const { data: dialog } = Dialog.safeParse(raw);
    if (dialog) return toEntry(dialog, parties, languageCode);
    throw new UnreadableTranscriptError(`dialog ${index + 1} of ${dialogs.length} is no object`);
  });
}

function toEntry(dialog: Dialog, parties: readonly Party[], languageCode?: string): Entry {
  const speaker = parties[dialog.originator ?? dialog.parties ?? -1] ?? nobody;
  const isText = (dialog.type ?? 'text') === 'text';
  const message = isText ? readBody(dialog) : undefined;
  const role = speaker.role ?? speaker.type;
  const attachmentNames = [...dialog.filename, ...dialog.attachments];
  const isMessage = message !== undefined || attachmentNames.length > 0 || dialog.redacted;
  return {
    id: dialog.message_id ?? dialog.id,
    ...dialog.start,
    direction: dialog.direction,
    message,
    participantName: speaker.name,
    participantRole: role,
    role: readRole(role, dialog.direction),
    participantUserId:
      speaker.userId ?? speaker.uuid ?? speaker.mailto ?? speaker.tel ?? speaker.sip,
    participantAliasId: dialog.aliasId ?? speaker.aliasId,
    kind: isMessage ? 'message' : 'event',
    attachmentNames,
    redacted: dialog.redacted,
    languageCode: dialog.languageCode ?? languageCode,
  };
}

function readBody({ body, encoding, url }: Dialog): string | undefined {
  if (body === undefined && url !== undefined) {
    throw new UnreadableTranscriptError('a vCon whose text lies outside of the file');
  }
  if (typeof body !== 'string') return speech(body);
  if (encoding === 'base64url') return Buffer.from(body, 'base64url').toString('utf8');
  return encoding === 'json' ? speechInJson(body) : word(body);
}

function speechInJson(text: string): string | undefined {
  try {
    return speech(JSON.parse(text));
  } catch {
    return word(text);
  }
}
