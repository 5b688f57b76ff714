import { uuidFor } from './task.ts';

/** A file that Captures names for a task and the file host serves. */
export interface Capture {
  readonly kind: 'transcription' | 'recording';
  readonly id: string;
  readonly source: string;
  readonly fileName: string;
  readonly startTime: number;
  readonly createTime: number;
  readonly languageCode: string;
  /** Answered only to those who ask for all digital versions. */
  readonly extraVersion: boolean;
  readonly contentType: string;
  readonly contentEncoding: string | undefined;
  /** Made when it is downloaded, not before: a year of transcripts would not fit into memory. */
  readonly body: () => string | Buffer;
}

/** What a test says about a file; `content` is sent as it is when it is text or bytes, else as JSON. */
export interface CaptureDraft extends Partial<Omit<Capture, 'body'>> {
  readonly content?: unknown;
}

export function toCapture(
  draft: CaptureDraft,
  fallback: { readonly taskId: string; readonly index: number; readonly startTime: number },
): Capture {
  const { content = greeting(fallback.startTime), ...members } = draft;
  return {
    kind: 'transcription',
    id: uuidFor(`${fallback.taskId}/capture/${fallback.index}`),
    source: 'chat',
    fileName: 'chatTranscript.json',
    startTime: fallback.startTime,
    createTime: fallback.startTime + 300_000,
    languageCode: 'en-US',
    extraVersion: false,
    contentType: 'application/json',
    contentEncoding: undefined,
    ...members,
    body: () =>
      typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content),
  };
}

/** The two lines of a conversation nobody described. */
function greeting(atMs: number) {
  return [
    {
      id: uuidFor(`${atMs}/1`),
      aliasId: 'customer-1',
      direction: 'inbound',
      message: 'Hello, is anybody there?',
      timestamp: new Date(atMs).toISOString(),
      participant: { name: 'Ava Thornton', role: 'customer', userId: 'ava@shop.example' },
      redacted: false,
    },
    {
      id: uuidFor(`${atMs}/2`),
      aliasId: 'agent-1',
      direction: 'outbound',
      message: 'Yes, how can I help?',
      timestamp: new Date(atMs + 20_000).toISOString(),
      participant: { name: 'Marta Lindqvist', role: 'agent', userId: 'mlindqvist@cumulus.example' },
      redacted: false,
    },
  ];
}
