import { z } from 'zod';
import { ApiError } from '../http/errors.ts';
import type { Caller, ContactCenter } from './client.ts';
import { parseAnswer } from './graphql.ts';
import { Numeric, Text } from './values.ts';

/** One transcript file of a task. The link is a secret: it opens the file to whoever has it. */
export interface TranscriptLink {
  /** Empty where the contact center names a transcript without giving its place. */
  readonly url: string;
  /** What the names say; the content decides how it is read. */
  readonly kind: 'digital' | 'voice';
  /** `chat`, `sms`, `realtime-voice`, … */
  readonly source: string | undefined;
  readonly fileName: string | undefined;
  /** Epoch ms; of a voice transcript the instant its offsets count from. */
  readonly startMs: number | undefined;
  readonly languageCode: string | undefined;
}

/** The call that brought an answer, for those who have to find it again. */
export interface Asked {
  readonly attempts: number;
  readonly status: number;
  readonly trackingId: string;
}

export interface CaptureResult {
  /** One for each task asked for, but the refused ones; an empty list where there is no transcript. */
  readonly links: ReadonlyMap<string, readonly TranscriptLink[]>;
  /** The call that each of these lists came with. */
  readonly asked: ReadonlyMap<string, Asked>;
  /** Tasks that the contact center refuses to look up. */
  readonly refused: ReadonlyMap<string, ApiError>;
}

/** Most task ids that one call takes. */
export const captureBatchSize = 10;

/** The specification spells `Source`, its guide and the examples `source`. */
const Transcription = z
  .object({
    filePath: Text,
    FilePath: Text,
    fileName: Text,
    FileName: Text,
    source: Text,
    Source: Text,
    startTime: Numeric,
    languageCode: Text,
  })
  .transform((read): TranscriptLink => {
    const source = read.source ?? read.Source;
    const fileName = read.fileName ?? read.FileName;
    return {
      url: read.filePath ?? read.FilePath ?? '',
      kind: /voice|recording/i.test(`${source} ${fileName}`) ? 'voice' : 'digital',
      source,
      fileName,
      startMs: read.startTime,
      languageCode: read.languageCode,
    };
  });

/** POST /v1/captures/query: developer.webex.com/webex-contact-center/docs/api/v1/captures */
const Captures = z.object({
  data: z
    .array(z.object({ taskId: z.string(), transcription: z.array(Transcription).nullish() }))
    .nullish(),
});

/**
 * Asks where the transcripts of up to ten tasks are; voice ones are among them.
 *
 * A call that is refused as a whole (400) is repeated in halves, so that one bad id costs one task only.
 *
 * @param urlExpirationMinutes 1 to 60
 * @throws {ApiError} also when every single task is refused; {UnreachableError}; {InvalidAnswerError}
 */
export async function queryCaptures(
  contactCenter: ContactCenter,
  caller: Caller,
  taskIds: readonly string[],
  urlExpirationMinutes: number,
): Promise<CaptureResult> {
  const links = new Map<string, readonly TranscriptLink[]>();
  const asked = new Map<string, Asked>();
  const refused = new Map<string, ApiError>();
  const open = taskIds.length > 0 ? [{ batch: taskIds, tried: 0 }] : [];
  for (let next = open.pop(); next; next = open.pop()) {
    const { batch, tried } = next;
    try {
      const answer = await askCaptures(contactCenter, caller, batch, urlExpirationMinutes);
      const call = { ...answer.asked, attempts: tried + answer.asked.attempts };
      for (const [id, found] of answer.links) {
        links.set(id, found);
        asked.set(id, call);
      }
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 400) throw error;
      error.attempts += tried;
      const [first] = batch;
      if (batch.length > 1) open.push(...halve(batch, error.attempts));
      else if (first !== undefined) refused.set(first, error);
    }
  }
  const [anyRefusal] = refused.values();
  // Then it is not about the ids, and the caller must hear of it as of any other failure.
  if (anyRefusal && links.size === 0 && taskIds.length > 1) throw anyRefusal;
  return { links, asked, refused };
}

function halve(batch: readonly string[], tried: number) {
  const middle = Math.ceil(batch.length / 2);
  return [
    { batch: batch.slice(middle), tried },
    { batch: batch.slice(0, middle), tried },
  ];
}

async function askCaptures(
  contactCenter: ContactCenter,
  caller: Caller,
  taskIds: readonly string[],
  urlExpiration: number,
): Promise<{ links: Map<string, TranscriptLink[]>; asked: Asked }> {
  const doing = `asking for the transcripts of ${taskIds.length} tasks`;
  const { orgId } = caller;
  const query = {
    orgId,
    taskIds,
    urlExpiration,
    includeSegments: false,
    includeVARecordings: false,
  };
  const call = { doing, method: 'POST', path: '/v1/captures/query', body: { query } } as const;
  const { data, asked } = await contactCenter.request(caller, call, ({ json, ...asked }) => ({
    data: parseAnswer(Captures, json, doing).data ?? [],
    asked,
  }));
  // Neither the order nor the presence of a task is promised.
  const links = new Map(taskIds.map((id) => [id, [] as TranscriptLink[]]));
  const known = new Map(taskIds.map((id) => [id.toLowerCase(), id]));
  for (const { taskId, transcription } of data) {
    const id = known.get(taskId.toLowerCase());
    if (id !== undefined) links.get(id)?.push(...(transcription ?? []));
  }
  return { links, asked };
}
