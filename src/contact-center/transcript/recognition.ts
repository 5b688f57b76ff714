import { z } from 'zod';
import { type Entry, UnreadableTranscriptError } from './entry.ts';
import { sortByTime } from './order.ts';
import { Word } from './raw.ts';
import { readRole } from './role.ts';
import { fromEpochMs } from './time.ts';

/** Seconds from the start of the call: protobuf's Duration as an object or as `"1.5s"`. */
const Offset = z.union([
  z
    .object({ seconds: z.coerce.number().default(0), nanos: z.coerce.number().default(0) })
    .transform(({ seconds, nanos }) => seconds * 1_000 + Math.round(nanos / 1_000_000)),
  z
    .string()
    .regex(/^\d+(\.\d+)?s$/)
    .transform((text) => Math.round(Number.parseFloat(text) * 1_000)),
]);

const SpokenWord = z.object({
  word: Word,
  start_time: Offset.optional().catch(undefined),
  startTime: Offset.optional().catch(undefined),
});

const Result = z.object({
  recognitionResult: z.object({
    role: Word,
    languageCode: Word,
    alternatives: z
      .array(z.object({ transcript: Word, words: z.array(SpokenWord).optional() }))
      .default([]),
  }),
});

interface Spoken {
  readonly text: string;
  readonly offsetMs: number | undefined;
  readonly role: string | undefined;
  readonly languageCode: string | undefined;
}

/**
 * Voice transcripts before vCon: results of a speech recognition, grouped by speaker, so they are put in
 * order of their first words here.
 *
 * @param results the file's `responseContents`
 * @param startMs instant of the call's start (epoch ms); without it the entries have no time
 * @throws {UnreadableTranscriptError} a result of another form
 */
export function readRecognition(
  results: readonly unknown[],
  startMs: number | undefined,
  languageCode: string | undefined,
): Entry[] {
  const spoken = results.flatMap((result, index) => {
    const { data } = Result.safeParse(result);
    if (data) return toSpoken(data.recognitionResult);
    throw new UnreadableTranscriptError(
      `recognition result ${index + 1} of ${results.length} has an unknown form`,
    );
  });
  const inOrder = sortByTime(spoken, ({ offsetMs }) => offsetMs);
  return inOrder.map((one) => toEntry(one, startMs, languageCode));
}

/** Only the best guess counts; where nothing was recognised there is nothing to say. */
function toSpoken(result: z.infer<typeof Result>['recognitionResult']): Spoken[] {
  const [best] = result.alternatives;
  const words = best?.words ?? [];
  const text = best?.transcript ?? words.flatMap(({ word }) => word ?? []).join(' ');
  if (text === '') return [];
  const offsetMs = words[0]?.start_time ?? words[0]?.startTime;
  return [{ text, offsetMs, role: result.role, languageCode: result.languageCode }];
}

function toEntry(spoken: Spoken, startMs: number | undefined, languageCode?: string): Entry {
  const { text, offsetMs, role } = spoken;
  const atMs = startMs !== undefined && offsetMs !== undefined ? startMs + offsetMs : undefined;
  return {
    id: undefined,
    ...fromEpochMs(atMs),
    direction: undefined,
    message: text,
    participantName: undefined,
    participantRole: role,
    role: readRole(role, undefined),
    participantUserId: undefined,
    participantAliasId: undefined,
    kind: 'message',
    attachmentNames: [],
    redacted: false,
    languageCode: spoken.languageCode ?? languageCode,
  };
}
