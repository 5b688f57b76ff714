import { describe, expect, it } from 'vitest';
import type { NewTask } from '../../../src/sandbox/dataset/dataset.ts';
import { uuidFor } from '../../../src/sandbox/dataset/task.ts';
import { type Answer, at, nowMs, orgId, startSandbox } from './start.ts';

const [chat, twice, silent, call, unknown] = ['chat', 'twice', 'silent', 'call', 'unknown'].map(
  uuidFor,
) as [string, string, string, string, string]; // Five words make five ids.

const tasks: readonly NewTask[] = [
  { id: chat, transcripts: [{ content: [{ id: 'm-1', message: 'hello' }] }] },
  { id: twice, transcripts: [{ source: 'sms' }, { source: 'chat', extraVersion: true }] },
  { id: silent, transcripts: [] },
  {
    id: call,
    channelType: 'telephony',
    transcripts: [{ kind: 'recording', fileName: 'call.wav' }, { source: 'realtime-voice' }],
  },
];

function taskIn({ json }: Answer, taskId: string): Record<string, unknown> {
  const data = at(json, 'data');
  const found = Array.isArray(data)
    ? data.find((task) => at(task, 'taskId') === taskId)
    : undefined;
  return Object(found);
}

describe('captures', () => {
  it('names the transcripts of each task, in an order of its own', async () => {
    const { captures, filesUrl } = await startSandbox({ tasks });
    const answer = await captures({ taskIds: [chat, silent, unknown], urlExpiration: 30 });
    expect(at(answer.json, 'meta')).toEqual({ orgId, urlExpiration: 30 });
    expect(at(answer.json, 'data', 0, 'taskId')).toBe(unknown);
    expect(taskIn(answer, unknown)).toEqual({ taskId: unknown, recording: [], transcription: [] });
    expect(taskIn(answer, silent)['transcription']).toEqual([]);
    expect(taskIn(answer, chat)['transcription']).toEqual([
      {
        source: 'chat',
        provider: 'CISCO',
        id: expect.any(String),
        fileName: 'chatTranscript.json',
        filePath: expect.stringMatching(`^${filesUrl}/files/${chat}.0\\?`),
        startTime: expect.stringMatching(/^\d{13}$/),
        createTime: expect.stringMatching(/^\d{13}$/),
        languageCode: 'en-US',
      },
    ]);
  });

  it('spells its members with capitals where it is told to', async () => {
    const { captures } = await startSandbox({ tasks, options: { captureMembers: 'capital' } });
    const answer = await captures({ taskIds: [chat] });
    expect(at(answer.json, 'data', 0, 'transcription', 0)).toMatchObject({
      Source: 'chat',
      Provider: 'CISCO',
    });
  });

  it('keeps further versions for those who ask for all', async () => {
    const { captures } = await startSandbox({ tasks });
    const usual = await captures({ taskIds: [twice] });
    const all = await captures({ taskIds: [twice], includeAllDigitalVersions: true });
    expect(at(usual.json, 'data', 0, 'transcription')).toHaveLength(1);
    expect(at(all.json, 'data', 0, 'transcription')).toHaveLength(2);
  });

  it('keeps recordings apart from transcripts', async () => {
    const { captures, ask } = await startSandbox({ tasks });
    const answer = await captures({ taskIds: [call] });
    const link = at(answer.json, 'data', 0, 'recording', 0, 'attributes', 'filePath');
    const file = await ask('GET', String(link));
    expect(at(answer.json, 'data', 0, 'transcription')).toHaveLength(1);
    expect(file.status).toBe(200);
  });

  it('shows transcripts only some time after the end where it is told to', async () => {
    const late = { tasks: [{ id: chat, endedTime: nowMs - 60_000, createdTime: nowMs - 90_000 }] };
    const early = await startSandbox({ ...late, options: { transcriptDelayMs: 60_001 } });
    const inTime = await startSandbox({ ...late, options: { transcriptDelayMs: 60_000 } });
    const [one, other] = await Promise.all(
      [early, inTime].map(({ captures }) => captures({ taskIds: [chat] })),
    );
    expect(at(one?.json, 'data', 0, 'transcription')).toEqual([]);
    expect(at(other?.json, 'data', 0, 'transcription')).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['no task', { taskIds: [] }],
    ['eleven tasks', { taskIds: Array.from({ length: 11 }, (_, n) => uuidFor(String(n))) }],
    ['a task twice', { taskIds: [chat, chat] }],
    ['an id that is no UUID', { taskIds: ['CONVERSATION1'] }],
    ['no life', { taskIds: [chat], urlExpiration: 0 }],
    ['more than an hour', { taskIds: [chat], urlExpiration: 3_600 }],
    ['half a minute', { taskIds: [chat], urlExpiration: 0.5 }],
    ['a missing organization', { taskIds: [chat], orgId: undefined }],
    ['a member nobody knows', { taskIds: [chat], includeTranscripts: true }],
  ])('refuses %s', async (_name, query) => {
    const { captures } = await startSandbox({ tasks });
    const answer = await captures(query);
    expect(answer.status).toBe(400);
    expect(at(answer.json, 'errors', 0, 'key')).toBe('400');
  });

  it('cuts a longer life to an hour where it is told to', async () => {
    const { captures } = await startSandbox({ tasks, options: { urlExpirationAbove60: 'clamp' } });
    const answer = await captures({ taskIds: [chat], urlExpiration: 3_600 });
    expect(at(answer.json, 'meta', 'urlExpiration')).toBe(60);
  });

  it('refuses another organization', async () => {
    const { captures } = await startSandbox({ tasks });
    const answer = await captures({ taskIds: [chat], orgId: uuidFor('elsewhere') });
    expect(answer.status).toBe(403);
  });
});
