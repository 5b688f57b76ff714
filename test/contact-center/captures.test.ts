import { describe, expect, it } from 'vitest';
import { queryCaptures } from '../../src/contact-center/captures.ts';
import { type ReceivedRequest, sendJson } from '../helpers/server.ts';
import { callerWith, orgId, startFake } from './fake.ts';

const ids = (count: number) => Array.from({ length: count }, (_, index) => `task-${index + 1}`);

function idsOf(request: ReceivedRequest): string[] {
  return JSON.parse(request.body).query.taskIds;
}

function transcript(more: Record<string, unknown> = {}) {
  return { filePath: 'https://bucket.example/x?sig=1', ...more };
}

describe('asking for transcripts', () => {
  it('always names the organization, and the life of the links in minutes', async () => {
    const { server, contactCenter } = await startFake(() => ({ data: [] }));
    await queryCaptures(contactCenter, callerWith(), ids(2), 60);
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/captures/query' });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      query: {
        orgId,
        taskIds: ids(2),
        urlExpiration: 60,
        includeSegments: false,
        includeVARecordings: false,
      },
    });
  });

  it('finds none, one or several transcripts for each task, in whatever order they come', async () => {
    const { contactCenter } = await startFake(() => ({
      data: [
        { taskId: 'TASK-3', transcription: [transcript()] },
        { taskId: 'task-1', transcription: [transcript(), transcript()], recording: [{}] },
        { taskId: 'task-2', transcription: null },
        { taskId: 'stranger', transcription: [transcript()] },
        { taskId: 'task-3', transcription: [transcript()] },
      ],
    }));
    const { links, refused } = await queryCaptures(contactCenter, callerWith(), ids(4), 60);
    const counts = [...links].map(([id, found]) => [id, found.length]);
    expect(counts).toEqual([
      ['task-1', 2],
      ['task-2', 0],
      ['task-3', 2],
      ['task-4', 0],
    ]);
    expect(refused.size).toBe(0);
  });

  it.each([
    ['lower case', { source: 'chat', fileName: 'chatTranscript.json', provider: 'CISCO' }],
    ['capitals', { Source: 'chat', FileName: 'chatTranscript.json', Provider: 'CISCO' }],
  ])('reads member names in %s', async (_name, members) => {
    const { contactCenter } = await startFake(() => ({
      data: [
        {
          taskId: 'task-1',
          transcription: [
            transcript({ ...members, startTime: '1767225600000', languageCode: 'en-US' }),
          ],
        },
      ],
    }));
    const { links } = await queryCaptures(contactCenter, callerWith(), ids(1), 60);
    expect(links.get('task-1')).toEqual([
      {
        url: 'https://bucket.example/x?sig=1',
        kind: 'digital',
        source: 'chat',
        fileName: 'chatTranscript.json',
        startMs: 1_767_225_600_000,
        languageCode: 'en-US',
      },
    ]);
  });

  it.each([
    ['chat', 'chatTranscript.json', 'digital'],
    ['sms', undefined, 'digital'],
    [undefined, undefined, 'digital'],
    ['realtime-voice', 'realtimeVoiceTranscript.json', 'voice'],
    ['recording', 'voiceTranscript.json', 'voice'],
    [undefined, 'VoiceTranscript.json', 'voice'],
  ])('marks source %s, file %s as %s', async (source, fileName, kind) => {
    const { contactCenter } = await startFake(() => ({
      data: [{ taskId: 'task-1', transcription: [transcript({ source, fileName })] }],
    }));
    const { links } = await queryCaptures(contactCenter, callerWith(), ids(1), 60);
    expect(links.get('task-1')?.[0]?.kind).toBe(kind);
  });

  it('keeps a transcript that is named without a place', async () => {
    const { contactCenter } = await startFake(() => ({
      data: [{ taskId: 'task-1', transcription: [{ source: 'chat', filePath: null }] }],
    }));
    const { links } = await queryCaptures(contactCenter, callerWith(), ids(1), 60);
    expect(links.get('task-1')?.[0]).toMatchObject({ url: '', source: 'chat' });
  });

  it.each([{ data: [] }, { data: null }, { meta: {} }])('takes %j for empty', async (answer) => {
    const { contactCenter } = await startFake(() => answer);
    const { links } = await queryCaptures(contactCenter, callerWith(), ids(1), 60);
    expect([...links]).toEqual([['task-1', []]]);
  });

  it.each([[[]], ['text'], [{ data: {} }], [{ data: [{ transcription: [] }] }]])(
    'does not take %j for empty',
    async (answer) => {
      const { contactCenter } = await startFake(() => answer);
      await expect(queryCaptures(contactCenter, callerWith(), ids(1), 60)).rejects.toMatchObject({
        code: 'answer_invalid',
      });
    },
  );

  it('asks nothing for no tasks', async () => {
    const { server, contactCenter } = await startFake(() => ({ data: [] }));
    const { links } = await queryCaptures(contactCenter, callerWith(), [], 60);
    expect([links.size, server.requests.length]).toEqual([0, 0]);
  });
});

describe('a refused call', () => {
  it('is repeated in halves until the bad id stands alone', async () => {
    const { server, contactCenter } = await startFake((request, _number, response) => {
      if (!idsOf(request).includes('task-7')) {
        return {
          data: idsOf(request).map((taskId) => ({ taskId, transcription: [transcript()] })),
        };
      }
      sendJson(response, 400, { message: 'not a UUID', trackingId: 't-7' });
      return undefined;
    });
    const { links, refused } = await queryCaptures(contactCenter, callerWith(), ids(10), 60);
    expect(links.size).toBe(9);
    expect([...refused]).toEqual([
      ['task-7', expect.objectContaining({ status: 400, trackingId: 't-7' })],
    ]);
    expect(server.requests.map((request) => idsOf(request).length)).toEqual([
      10, 5, 5, 3, 2, 1, 1, 1, 2,
    ]);
  });

  it('is an error of the call when every task is refused', async () => {
    const { contactCenter } = await startFake((_request, _number, response) => {
      sendJson(response, 400, { message: 'urlExpiration must be greater than 0' });
    });
    await expect(queryCaptures(contactCenter, callerWith(), ids(4), 0)).rejects.toMatchObject({
      status: 400,
      detail: 'urlExpiration must be greater than 0',
    });
  });

  it('is a refusal of the task when it was asked for alone', async () => {
    const { contactCenter } = await startFake((_request, _number, response) => {
      sendJson(response, 400, {});
    });
    const { refused } = await queryCaptures(contactCenter, callerWith(), ids(1), 60);
    expect([...refused.keys()]).toEqual(ids(1));
  });

  it.each([403, 404])('with %i is not repeated', async (status) => {
    const { server, contactCenter } = await startFake((_request, _number, response) => {
      sendJson(response, status, {});
    });
    await expect(queryCaptures(contactCenter, callerWith(), ids(4), 60)).rejects.toMatchObject({
      status,
    });
    expect(server.requests).toHaveLength(1);
  });
});
