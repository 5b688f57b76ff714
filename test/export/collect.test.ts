import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { NewTask } from '../../src/sandbox/dataset/dataset.ts';
import { uuidFor } from '../../src/sandbox/dataset/task.ts';
import type { Fault } from '../../src/sandbox/door-faults.ts';
import { bucketsOf, sorted } from '../helpers/oracle.ts';
import { dayMs, nowMs } from './orders.ts';
import { type RigOptions, settledIn, startCollecting, startRig } from './rig.ts';

const bad = uuidFor('the conversation that something is wrong with');
const badFile = `GET /files/${bad}.0`;
const lists = (length: number): NewTask[] =>
  Array.from({ length }, (_, index) => ({ id: uuidFor(`good ${index}`) }));

/** One conversation that is to go wrong, among three that are not. */
async function startAmongGood(options: RigOptions & { bad?: Partial<NewTask> } = {}) {
  const rig = await startRig({
    ...options,
    dataset: { tasks: [{ id: bad, ...options.bad }, ...lists(3)] },
  });
  const collecting = await startCollecting(rig);
  const collectAll = async () => {
    const collected = await collecting.collect();
    const settled = settledIn(collecting.ledger);
    const others = [...settled.values()].filter(({ id }) => id !== bad);
    return { ...collected, ofBad: settled.get(bad), others: others.map(({ bucket }) => bucket) };
  };
  return { ...rig, ...collecting, collectAll };
}

const exported = { bucket: 'exported', entries: 2 };
const threeExported = ['exported', 'exported', 'exported'];

describe('a transcript', () => {
  const hasty = { limits: { attemptMs: 100 } };
  type Wanted = { attempts: number; status?: number; text?: RegExp };
  test.each<[string, readonly Fault[], Wanted, RigOptions?]>([
    ['that fails with 500 for ever', [{ status: 500 }], { attempts: 5, status: 500 }],
    ['that is refused with 429 for ever', [{ status: 429 }], { attempts: 5, status: 429 }],
    ['that is gone', [{ status: 404 }], { attempts: 1, status: 404 }],
    ['that leads elsewhere', [{ status: 302 }], { attempts: 1, status: 302 }],
    ['that may not be read', [{ status: 403 }], { attempts: 2, status: 403 }],
    ['whose connection ends without an answer', [{ hangUp: true }], { attempts: 5 }],
    ['that is cut in the middle', [{ truncate: true }], { attempts: 5 }],
    ['that never comes', [{ never: true }], { attempts: 5 }, hasty],
    ['that drips', [{ drip: { everyMs: 20 } }], { attempts: 5 }, hasty],
    ['that is HTML', [{ body: '<html>' }], { attempts: 1, text: /HTML or XML/ }],
    ['that is empty', [{ status: 200 }], { attempts: 1, text: /the file is empty/ }],
    ['whose JSON is broken', [{ body: '[{"id"' }], { attempts: 1, text: /JSON is broken/ }],
    ['of an unknown form', [{ body: '{"a":1}' }], { attempts: 1, text: /unknown form \(a\)/ }],
    [
      'that is larger than allowed',
      [{ body: JSON.stringify('x'.repeat(2_000)) }],
      { attempts: 1, text: /more data than I accept/ },
      { limits: { maxBytes: 1_000 } },
    ],
    [
      'that grows out of all proportion when it is unpacked',
      [{ body: gzipSync(Buffer.alloc(64 << 20)), headers: { 'content-encoding': 'gzip' } }],
      { attempts: 1, text: /more data than I accept/ },
    ],
    [
      'that is HTML after two failures',
      [{ status: 503 }, { hangUp: true }, { body: '<html>' }],
      { attempts: 3, text: /HTML or XML/ },
    ],
  ])('%s fails alone, with the number of tries', async (_name, faults, reason, options = {}) => {
    const { door, collectAll } = await startAmongGood(options);
    door.script(badFile, faults, { repeat: true });
    const { ofBad, others } = await collectAll();
    const { text = /\w/, attempts, status } = reason;
    expect(ofBad).toMatchObject({ bucket: 'failed', entries: 0 });
    expect(ofBad?.reason?.text).toMatch(text);
    expect(ofBad?.reason?.attempts).toBe(attempts);
    expect(ofBad?.reason?.status).toBe(status);
    expect(others).toEqual(threeExported);
    expect(door.requests(badFile)).toHaveLength(attempts);
  });

  test.each<[string, readonly Fault[]]>([
    ['fails four times', [{ status: 500 }, { hangUp: true }, { truncate: true }, { status: 503 }]],
    ['is asked for too fast', [{ status: 429, headers: { 'retry-after': '30' } }]],
    ['has a link that expired', [{ status: 403 }]],
    ['has a link that expired in the middle of failures', [{ status: 502 }, { status: 403 }]],
  ])('that %s and then comes is exported', async (_name, faults) => {
    const { door, collectAll } = await startAmongGood();
    door.script(badFile, faults);
    const { ofBad, others } = await collectAll();
    expect(ofBad).toMatchObject(exported);
    expect(ofBad?.reason).toBeUndefined();
    expect(others).toEqual(threeExported);
  });

  test('that comes compressed although nobody asked for it is exported', async () => {
    const content = gzipSync('[{"message":"packed"}]');
    const { collectAll } = await startAmongGood({
      bad: { transcripts: [{ content, contentEncoding: 'gzip' }] },
    });
    const { ofBad } = await collectAll();
    expect(ofBad).toMatchObject({ bucket: 'exported', entries: 1 });
  });

  test.each([
    ['is an empty list', { content: [] }, 'The transcript of this conversation is empty.'],
    ['does not exist', undefined, 'The contact center holds no transcript of this conversation.'],
  ])('that %s is none', async (_name, transcript, text) => {
    const { collectAll } = await startAmongGood({
      bad: { transcripts: transcript ? [transcript] : [] },
    });
    const { ofBad } = await collectAll();
    expect(ofBad).toMatchObject({ bucket: 'no_transcript', entries: 0, reason: { text } });
  });

  test('that is bad makes its conversation fail although there is a good one', async () => {
    const { door, collectAll } = await startAmongGood({ bad: { transcripts: [{}, {}] } });
    door.script(`GET /files/${bad}.1`, [{ status: 503 }, { status: 404 }]);
    const { ofBad } = await collectAll();
    expect(ofBad).toMatchObject({
      bucket: 'failed',
      entries: 0,
      reason: { text: expect.stringContaining('(404)'), attempts: 2, status: 404 },
    });
  });

  test('on a host that is not allowed is not asked for, and the host is named', async () => {
    const { door, contactCenter: _, ...rig } = await startAmongGood();
    const elsewhere = 'https://files.elsewhere.example/x.json?signature=secret';
    const body = JSON.stringify({
      data: [{ taskId: bad, transcription: [{ filePath: elsewhere }] }],
    });
    door.script('POST /v1/captures/query', [{ body }]);
    const { ofBad } = await rig.collectAll();
    expect(ofBad).toMatchObject({
      bucket: 'failed',
      reason: { attempts: 0, refusedHost: 'files.elsewhere.example' },
    });
    expect(ofBad?.reason?.text).toContain(
      `TRANSCRIPT_HOSTS=${rig.filesHost},files.elsewhere.example`,
    );
    expect(JSON.stringify(await rig.records())).not.toContain('secret');
  });

  test('whose links never open is asked for twice and no more', async () => {
    const { door, collectAll } = await startAmongGood({ contactCenter: { linkLifeMs: 0 } });
    const { ofBad } = await collectAll();
    expect(ofBad).toMatchObject({ bucket: 'failed', reason: { attempts: 2, status: 403 } });
    // One call for all four, and one more for each: nobody asks for ever.
    expect(door.requests('POST /v1/captures/query')).toHaveLength(5);
  });

  test('whose fresh link cannot be had fails with what Captures said', async () => {
    const { door, collectAll } = await startAmongGood();
    door.script(badFile, [{ status: 403 }]);
    const busy = { status: 503, headers: { trackingid: 't-503' } };
    door.script('POST /v1/captures/query', ['pass', busy], { repeat: true });
    const { ofBad } = await collectAll();
    expect(ofBad).toMatchObject({
      bucket: 'failed',
      reason: { attempts: 5, status: 503, trackingId: 't-503' },
    });
  });
});

describe('captures', () => {
  const captures = 'POST /v1/captures/query';

  test.each<[string, readonly Fault[], RigOptions?]>([
    ['429 with a time to wait', [{ status: 429, headers: { 'retry-after': '7' } }]],
    ['429 without one', [{ status: 429 }, { status: 429 }]],
    ['failures', [{ status: 500 }, { status: 502 }, { status: 503 }, { status: 504 }]],
    ['connections that end', [{ hangUp: true }, { hangUp: 'after' }]],
    ['a cut answer', [{ truncate: true }]],
    ['no answer at all', [{ never: true }], { callMs: 300 }],
  ])('survive %s', async (_name, faults, options = {}) => {
    const { door, collectAll } = await startAmongGood(options);
    door.script(captures, faults);
    const { ofBad, others } = await collectAll();
    expect(ofBad).toMatchObject(exported);
    expect(others).toEqual(threeExported);
    expect(door.requests(captures)).toHaveLength(faults.length + 1);
  });

  test('that fail for ever make every conversation fail, with what support needs to know', async () => {
    const rig = await startRig({ dataset: { tasks: lists(23) } });
    const { collect, ledger } = await startCollecting(rig);
    rig.door.script(captures, [{ status: 500, headers: { trackingid: 't-5' } }], { repeat: true });
    await collect();
    const reasons = ledger.settlements().map(({ reason }) => reason);
    expect(ledger.balance()).toMatchObject({ found: 23, failed: 23 });
    expect(reasons).toEqual(
      Array(23).fill({
        text: 'Webex Contact Center has a problem of its own (500). Please try again later.',
        attempts: 5,
        status: 500,
        trackingId: 't-5',
      }),
    );
  });

  test.each<[string, string]>([
    ['HTML', '<html>'],
    ['something else', '{"data":[{"taskId":7}]}'],
  ])(
    'that answer once with %s cost the conversations of that call and no other',
    async (_name, body) => {
      const rig = await startRig({ dataset: { tasks: lists(23) } });
      const { collect, ledger } = await startCollecting(rig);
      rig.door.script(captures, [{ body }]);
      await collect();
      const failed = ledger.settlements().filter(({ bucket }) => bucket === 'failed');
      expect([3, 10]).toContain(failed.length);
      expect(new Set(failed.map(({ reason }) => reason?.attempts))).toEqual(new Set([1]));
      expect(ledger.balance()).toMatchObject({ found: 23, exported: 23 - failed.length });
    },
  );

  test('that refuse one conversation cost that one only, and say how often it was asked for', async () => {
    const rig = await startRig({ dataset: { tasks: [{ id: 'no-uuid' }, ...lists(9)] } });
    const { collect, ledger } = await startCollecting(rig);
    await collect();
    expect(ledger.balance()).toMatchObject({ exported: 9, failed: 1 });
    const { reason } = settledIn(ledger).get('no-uuid') ?? {};
    const asked = rig.door.requests(captures).filter(({ body }) => body.includes('no-uuid'));
    expect(reason).toMatchObject({ attempts: asked.length, status: 400 });
    expect(reason?.trackingId).toMatch(/\w/);
    expect(asked.length).toBeGreaterThan(2);
  });

  test.each([401, 403])(
    'that answer %i end the collecting: the next call would fare no better',
    async (status) => {
      const rig = await startRig();
      const { collect } = await startCollecting(rig);
      rig.door.script(captures, [{ status }], { repeat: true });
      await expect(collect()).rejects.toMatchObject({ name: 'ApiError', status });
    },
  );

  test('are understood in either capitalisation and with members left out', async () => {
    const rig = await startRig({
      contactCenter: { captureMembers: 'capital', absentMembers: 'missing' },
    });
    const { collect, ledger } = await startCollecting(rig);
    await collect();
    const expected = bucketsOf(rig.dataset, { fromMs: nowMs - 7 * dayMs, toMs: nowMs });
    expect(sorted(ledger.settlements().map(({ id, bucket }) => [id, bucket]))).toEqual(
      sorted(expected),
    );
  });
});

describe('the search', () => {
  const search = 'POST /search';
  const week = { fromMs: nowMs - 7 * dayMs, toMs: nowMs };
  const pageOf = (ids: readonly string[], endCursor: string | null) => ({
    body: JSON.stringify({
      data: {
        taskDetails: {
          tasks: ids.map((id) => ({
            id,
            channelType: 'chat',
            status: 'ended',
            isActive: false,
            createdTime: nowMs - dayMs,
            endedTime: nowMs - dayMs + 1,
          })),
          pageInfo: { hasNextPage: endCursor !== null, endCursor },
        },
      },
    }),
  });

  test.each<[string, readonly Fault[], RigOptions?]>([
    ['429 with a time to wait', [{ status: 429, headers: { 'retry-after': '7' } }]],
    ['429 without one', [{ status: 429 }]],
    ['failures', ['pass', { status: 500 }, { status: 503 }]],
    ['connections that end', [{ hangUp: true }, 'pass', { hangUp: 'after' }]],
    ['a cut answer', ['pass', { truncate: true }]],
    ['no answer at all', [{ never: true }], { callMs: 500 }],
    [
      'errors while answering, told with status 200',
      [{ body: '{"data":null,"errors":[{"message":"shard 3 timed out"}]}' }],
    ],
  ])('survives %s', async (_name, faults, options = {}) => {
    const rig = await startRig({ contactCenter: { pageSize: 7 }, ...options });
    const { collect, ledger } = await startCollecting(rig);
    rig.door.script(search, faults);
    const { searchBroke } = await collect();
    expect(searchBroke).toBeUndefined();
    expect(sorted(ledger.settlements().map(({ id, bucket }) => [id, bucket]))).toEqual(
      sorted(bucketsOf(rig.dataset, week)),
    );
  });

  test.each<[string, Fault, RegExp]>([
    ['that fails for ever', { status: 503 }, /has a problem of its own \(503\)/],
    ['that is refused', { status: 403 }, /refused this \(403\)/],
    ['whose connection ends', { hangUp: true }, /could not reach Webex Contact Center/],
    ['that is no JSON', { body: '<html>' }, /an answer I do not understand/],
    [
      'with an error for ever',
      { body: '{"errors":[{"message":"no"}]}' },
      /an error message instead/,
    ],
  ])('keeps what it had when there is a second page %s', async (_name, fault, sentence) => {
    const rig = await startRig({ contactCenter: { pageSize: 7 } });
    const { collect, ledger, records } = await startCollecting(rig);
    rig.door.script(search, ['pass', fault], { repeat: true });
    const { searchBroke } = await collect();
    expect(searchBroke).toMatch(sentence);
    expect(ledger.balance().found).toBe(7);
    expect((await records()).filter(({ kind }) => kind === 'search_broke')).toHaveLength(1);
  });

  test('ends the job when not even its first page comes', async () => {
    const rig = await startRig();
    const { collect } = await startCollecting(rig);
    rig.door.script(search, [{ status: 500 }], { repeat: true });
    await expect(collect()).rejects.toMatchObject({ code: 'api_unavailable', attempts: 5 });
  });

  test('does not run in circles when a cursor comes again', async () => {
    const rig = await startRig({ dataset: { tasks: lists(4) } });
    const { collect, ledger } = await startCollecting(rig);
    const [one = '', two = '', three = ''] = lists(4).map(({ id }) => id);
    const pages = [pageOf([one, two], '2'), pageOf([three], '4'), pageOf([one], '2')];
    rig.door.script(search, pages, { repeat: true });
    const { searchBroke } = await collect();
    expect(searchBroke).toMatch(/an answer I do not understand/);
    expect(ledger.balance()).toMatchObject({ found: 3, exported: 3 });
    expect(rig.door.requests(search)).toHaveLength(3);
  });

  test('finds a conversation once, however many pages list it', async () => {
    const rig = await startRig({ dataset: { tasks: lists(3) } });
    const { collect, ledger } = await startCollecting(rig);
    const [one = '', two = '', three = ''] = lists(3).map(({ id }) => id);
    const again = Array<string>(50).fill(two);
    rig.door.script(search, [
      pageOf([one, two], '2'),
      pageOf(again, '52'),
      pageOf([], '53'),
      pageOf([two, three], null),
    ]);
    await collect();
    expect(ledger.balance()).toMatchObject({ found: 3, exported: 3 });
    expect(ledger.duplicates).toBe(51);
  });

  test('filters by itself where the contact center does not know the channel', async () => {
    const rig = await startRig({ contactCenter: { refuseChannelValues: ['chat'], pageSize: 9 } });
    const { collect, ledger } = await startCollecting(rig);
    await collect();
    const all = [...rig.dataset.tasks({ by: 'createdTime', ...week })];
    const chats = new Map(bucketsOf(rig.dataset, week));
    const expected = all.map(({ id }) => [id, chats.get(id) ?? 'filtered_out'] as const);
    expect(sorted(ledger.settlements().map(({ id, bucket }) => [id, bucket]))).toEqual(
      sorted(expected),
    );
    expect(ledger.balance().filtered_out).toBeGreaterThan(0);
  });

  test('begins its window again when a cursor of an earlier process is no longer known', async () => {
    const rig = await startRig({ contactCenter: { pageSize: 7 } });
    const { collect, ledger } = await startCollecting(rig, {
      searchFrom: { piece: 0, cursor: 'sc:long-forgotten' },
    });
    const { searchBroke } = await collect();
    expect(searchBroke).toBeUndefined();
    expect(ledger.balance().found).toBe(bucketsOf(rig.dataset, week).length);
  });

  test('goes through several windows one after the other', async () => {
    const middleMs = nowMs - 3 * dayMs;
    const rig = await startRig({ contactCenter: { pageSize: 7 } });
    const { collect, ledger } = await startCollecting(rig, {
      pieces: [
        { fromMs: nowMs - 7 * dayMs, toMs: middleMs },
        { fromMs: middleMs, toMs: nowMs },
      ],
    });
    await collect();
    expect(ledger.balance().found).toBe(bucketsOf(rig.dataset, week).length);
    expect(ledger.duplicates).toBe(0);
  });
});

describe('a collecting that is stopped', () => {
  test('writes down what it has, and nothing any more once it has ended', async () => {
    const rig = await startRig({ dataset: { tasks: lists(60) } });
    const { collect, stop, records, ledger } = await startCollecting(rig);
    let served = 0;
    rig.door.onRequest(({ path }) => {
      if (path.startsWith('/files/') && ++served === 25) stop();
    });
    await expect(collect()).rejects.toMatchObject({ code: 'cancelled' });
    const atTheEnd = await records();
    await new Promise((resolve) => setImmediate(resolve));
    const settled = ledger.settlements().length;
    expect(settled).toBeGreaterThan(0);
    expect(settled).toBeLessThan(60);
    const written = atTheEnd.flatMap((one) => (one.kind === 'settled' ? one.tasks : []));
    expect(written).toHaveLength(settled);
    expect(await records()).toEqual(atTheEnd);
  });

  test('ends although a download never does', async () => {
    const rig = await startRig({ dataset: { tasks: lists(20) } });
    const { collect, stop } = await startCollecting(rig);
    rig.door.script('GET /files/:id', [{ never: true }], { repeat: true });
    rig.door.onRequest(({ path }) => {
      if (path.startsWith('/v1/captures')) setImmediate(stop);
    });
    await expect(collect()).rejects.toMatchObject({ code: 'cancelled' });
  });
});
