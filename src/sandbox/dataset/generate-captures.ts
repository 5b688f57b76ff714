import type { Capture } from './capture.ts';
import { conversation, type Entry } from './entries.ts';
import type { TaskPlan } from './plan.ts';
import { createRandom, type Random, uuidOf } from './random.ts';
import type { TaskRecord } from './task.ts';
import { recognition, silence, vcon } from './voice.ts';

/** The vendor moved voice transcripts to vCon; older calls keep the former format. */
const vconSinceDays = 120;

/** The files of a planned task; their bodies are written when somebody downloads them. */
export function generateCaptures(plan: TaskPlan, task: TaskRecord): Capture[] {
  if (task.isActive || plan.role === 'no transcript') return [];
  const random = createRandom(plan.captureSeed);
  if (plan.channel === 'telephony') return voiceCaptures(plan, task, random);
  // Some ended contacts leave nothing: the customer was gone before the first word.
  if (!plan.plain && plan.role === undefined && random.chance(task.lastAgent ? 0.02 : 0.5))
    return [];
  if (plan.channel === 'workItem') return [digital(plan, task, () => workItem(plan, task))];
  const entries = () => conversation(plan, task, createRandom(plan.captureSeed + 1));
  switch (plan.role) {
    case 'empty transcript':
      return [digital(plan, task, () => [])];
    case 'two transcripts':
      return [
        digital(plan, task, () => entries().slice(0, 2)),
        { ...digital(plan, task, () => entries().slice(2)), id: uuidOf(plan.captureSeed, 2) },
      ];
    case 'wrapped':
      return [digital(plan, task, () => ({ version: '2.0', messages: entries() }))];
    case 'other version':
      return [
        digital(plan, task, entries),
        {
          ...digital(plan, task, () => ({ schemaVersion: '1.0', entries: entries() })),
          extraVersion: true,
        },
      ];
    default:
      return [digital(plan, task, entries)];
  }
}

function digital(plan: TaskPlan, task: TaskRecord, content: () => unknown): Capture {
  const source = sourceOf(plan, task);
  return transcript(plan, task, source, `${source}Transcript.json`, content);
}

function sourceOf(plan: TaskPlan, task: TaskRecord): string {
  return plan.channel === 'social' ? (task.channelSubType ?? 'social') : plan.channel;
}

function transcript(
  plan: TaskPlan,
  task: TaskRecord,
  source: string,
  fileName: string,
  content: () => unknown,
): Capture {
  return {
    kind: 'transcription',
    id: uuidOf(plan.captureSeed, 1),
    source,
    fileName,
    startTime: task.createdTime,
    createTime: (task.endedTime ?? task.createdTime) + 45_000,
    languageCode: plan.language.code,
    extraVersion: false,
    contentType: 'application/json',
    contentEncoding: undefined,
    body: () => JSON.stringify(content()),
  };
}

function voiceCaptures(plan: TaskPlan, task: TaskRecord, random: Random): Capture[] {
  const captures: Capture[] = [];
  if (task.lastAgent === null) return captures;
  captures.push({
    ...transcript(plan, task, 'recording', `${plan.id}.wav`, () => undefined),
    kind: 'recording',
    contentType: 'audio/wav',
    body: silence,
  });
  if (task.isTranscriptionAvailable !== true) return captures;
  const spoken = () => createRandom(plan.captureSeed + 1);
  if (plan.daysAgo > vconSinceDays) {
    const old = () => recognition(plan, spoken());
    captures.push(transcript(plan, task, 'recording', 'voiceTranscript.json', old));
    return captures;
  }
  // Both spellings name vCon today, so the content is the only thing that tells.
  const [source, fileName] = random.chance(0.7)
    ? (['realtime-voice', 'realtimeVoiceTranscript.json'] as const)
    : (['recording', 'voiceTranscript.json'] as const);
  captures.push(transcript(plan, task, source, fileName, () => vcon(plan, task, spoken())));
  return captures;
}

function workItem(plan: TaskPlan, task: TaskRecord): Entry[] {
  const at = (ms: number) => new Date(task.createdTime + ms).toISOString();
  const agent = task.lastAgent?.name ?? 'Agent';
  return [
    {
      id: uuidOf(plan.captureSeed, 10),
      aliasId: 'work-item-1',
      direction: 'inbound',
      timestamp: at(0),
      workItemData: {
        title: 'Identity document, please check',
        documentNumber: `D-${plan.captureSeed % 100_000}`,
        pages: 3,
        flags: ['blurred', 'expires soon'],
        customer: task.customer?.name ?? 'unknown',
      },
    },
    {
      id: uuidOf(plan.captureSeed, 11),
      aliasId: 'work-item-2',
      direction: 'outbound',
      timestamp: at(90_000),
      participant: { name: agent, role: 'agent', userId: task.lastAgent?.signInId ?? '' },
      workItemData: { decision: 'accepted', remark: '=checked, „in Ordnung“' },
    },
  ];
}
