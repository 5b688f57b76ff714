import { z } from 'zod';
import type { Capture } from '../dataset/capture.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { fileIdOf } from '../files/file-host.ts';
import type { Links } from '../files/links.ts';
import type { Handler } from './access.ts';
import type { ContactCenterOptions } from './options.ts';
import { Refusal } from './refusal.ts';

export interface CapturesDeps {
  readonly dataset: Dataset;
  readonly links: Links;
  /** Where files are, no slash at the end. */
  readonly filesUrl: () => string;
  readonly nowMs: () => number;
  readonly options: ContactCenterOptions;
}

const mostTasks = 10;
const longestLifeMinutes = 60;

const CapturesBody = z.strictObject({
  query: z.strictObject({
    orgId: z.guid(),
    taskIds: z
      .array(z.guid())
      .min(1)
      .max(mostTasks)
      .refine((ids) => new Set(ids).size === ids.length, 'must be unique'),
    urlExpiration: z.int32().min(1).default(longestLifeMinutes),
    includeSegments: z.boolean().optional(),
    includeVARecordings: z.boolean().optional(),
    includeScreenRecordings: z.boolean().optional(),
    includeAllDigitalVersions: z.boolean().default(false),
  }),
});
type CapturesQuery = z.infer<typeof CapturesBody>['query'];

/** `POST /v1/captures/query`: developer.webex.com/webex-contact-center/docs/api/v1/captures */
export function createCaptures(deps: CapturesDeps): Handler {
  return (caller, request, response) => {
    const query = readQuery(request.body, deps.options);
    if (query.orgId !== caller.orgUuid) {
      throw new Refusal(403, 'orgId is not the organization of the token');
    }
    const data = query.taskIds.map((taskId) => describeTask(taskId, query, deps));
    // The order is promised nowhere; the reverse is the surest way to be different.
    response.json({
      meta: { orgId: query.orgId, urlExpiration: query.urlExpiration },
      data: data.reverse(),
    });
  };
}

function readQuery(body: unknown, { urlExpirationAbove60 }: ContactCenterOptions): CapturesQuery {
  const read = CapturesBody.safeParse(body);
  if (!read.success) {
    const issues = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Refusal(400, issues.join('; '));
  }
  const { query } = read.data;
  if (query.urlExpiration <= longestLifeMinutes) return query;
  if (urlExpirationAbove60 === 'clamp') return { ...query, urlExpiration: longestLifeMinutes };
  throw new Refusal(400, `urlExpiration is more than ${longestLifeMinutes} minutes`);
}

interface Located {
  readonly capture: Capture;
  readonly filePath: string;
}

function describeTask(taskId: string, query: CapturesQuery, deps: CapturesDeps) {
  const { links, filesUrl, options } = deps;
  const lifeMs = options.linkLifeMs ?? query.urlExpiration * 60_000;
  const recording: unknown[] = [];
  const transcription: unknown[] = [];
  for (const [index, capture] of deps.dataset.captures(taskId).entries()) {
    if (!isAnswered(capture, taskId, query, deps)) continue;
    const fileId = fileIdOf(taskId, index);
    const filePath = `${filesUrl()}/files/${fileId}?${links.sign(fileId, lifeMs)}`;
    const located = { capture, filePath };
    if (capture.kind === 'recording') recording.push(describeRecording(located));
    else transcription.push(describeTranscript(located, options));
  }
  return { taskId, recording, transcription };
}

function isAnswered(
  { extraVersion, createTime }: Capture,
  taskId: string,
  { includeAllDigitalVersions }: CapturesQuery,
  { dataset, nowMs, options }: CapturesDeps,
): boolean {
  if (extraVersion && !includeAllDigitalVersions) return false;
  if (options.transcriptDelayMs === 0) return true;
  const endedMs = dataset.task(taskId)?.endedTime ?? createTime;
  return endedMs + options.transcriptDelayMs <= nowMs();
}

function describeTranscript(
  { capture, filePath }: Located,
  { captureMembers }: ContactCenterOptions,
) {
  const origin =
    captureMembers === 'capital'
      ? { Source: capture.source, Provider: 'CISCO' }
      : { source: capture.source, provider: 'CISCO' };
  return {
    ...origin,
    id: capture.id,
    fileName: capture.fileName,
    filePath,
    startTime: String(capture.startTime),
    createTime: String(capture.createTime),
    languageCode: capture.languageCode,
  };
}

function describeRecording({ capture, filePath }: Located) {
  return {
    id: capture.id,
    segment: false,
    attributes: {
      fileName: capture.fileName,
      filePath,
      startTime: capture.startTime,
      stopTime: capture.createTime,
      participants: [],
      callType: 'main',
      sensitive: false,
    },
  };
}
