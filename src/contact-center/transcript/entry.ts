import { AppError } from '../../errors.ts';

/** A role as we understand it; the file's own word stays beside it. */
export type Role = 'customer' | 'agent' | 'bot' | 'system';

/**
 * One message or event of a transcript, whatever the format of its file. Texts are as the file has them,
 * never trimmed or cut; what the file does not say is `undefined`.
 */
export interface Entry {
  readonly id: string | undefined;
  /** ISO 8601 as in the file; made from the number where the file has a number. */
  readonly timestamp: string | undefined;
  /** Epoch ms of `timestamp`, where it names an instant. */
  readonly timestampMs: number | undefined;
  readonly direction: string | undefined;
  /** Of a work item: its data as JSON. */
  readonly message: string | undefined;
  readonly participantName: string | undefined;
  /** The file's own word. */
  readonly participantRole: string | undefined;
  readonly role: Role | undefined;
  readonly participantUserId: string | undefined;
  /** Of the entry, else of its participant. */
  readonly participantAliasId: string | undefined;
  /** An `event` has neither text nor attachment: somebody joined, left, was transferred. */
  readonly kind: 'message' | 'event' | 'work_item';
  readonly attachmentNames: readonly string[];
  /** The contact center removed or masked something here. */
  readonly redacted: boolean;
  readonly languageCode: string | undefined;
}

/** The file came, but its form is none we can read completely; `reason` names the form, never a content. */
export class UnreadableTranscriptError extends AppError {
  readonly code = 'unreadable';
  readonly reason: string;

  constructor(reason: string) {
    super(`unreadable transcript: ${reason}`, `A transcript could not be read: ${reason}.`);
    this.reason = reason;
  }
}
