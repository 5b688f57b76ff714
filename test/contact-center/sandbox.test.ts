import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { captureBatchSize, queryCaptures } from '../../src/contact-center/captures.ts';
import type { Channel } from '../../src/contact-center/channels.ts';
import { type Caller, createContactCenter } from '../../src/contact-center/client.ts';
import {
  countByQueueAndChannel,
  countTasks,
  countTasksBy,
} from '../../src/contact-center/count.ts';
import { createTranscriptDownloads, isExpiredLink } from '../../src/contact-center/downloads.ts';
import type { TaskQuery } from '../../src/contact-center/query.ts';
import { listQueues } from '../../src/contact-center/queues.ts';
import { searchTasks } from '../../src/contact-center/search.ts';
import { isOpen, type Task } from '../../src/contact-center/task.ts';
import { parseTranscript } from '../../src/contact-center/transcript/parse.ts';
import { splitByCount } from '../../src/contact-center/windows.ts';
import { createRequestBudget } from '../../src/http/budget.ts';
import {
  type ContactCenterDeps,
  startContactCenter,
} from '../../src/sandbox/contact-center/contact-center.ts';
import type { ContactCenterOptions } from '../../src/sandbox/contact-center/options.ts';
import { createDataset } from '../../src/sandbox/dataset/dataset.ts';
import { createDoor } from '../../src/sandbox/door.ts';
import { createTestClock } from '../helpers/clock.ts';
import { collect, orgId, silent } from './fake.ts';

const day = 24 * 60 * 60 * 1_000;
const nowMs = Date.UTC(2026, 10, 20, 9, 42);
const everything: TaskQuery = {
  fromMs: nowMs - 20 * day,
  toMs: nowMs,
  by: 'created',
  channel: 'all',
};

interface Given {
  readonly options?: Partial<ContactCenterOptions>;
  readonly authenticate?: ContactCenterDeps['authenticate'];
}

/** Our client, connected to the strict stand-in with three weeks of conversations. */
async function connect({ options, authenticate }: Given = {}) {
  const door = createDoor({ now: () => nowMs });
  const dataset = createDataset({ seed: 7, nowMs, days: 20, count: 600 });
  const identity = {
    personUuid: orgId,
    orgUuid: orgId,
    scopes: ['cjp:config_read'],
    expired: false,
  };
  const sandbox = await startContactCenter({
    dataset,
    door,
    authenticate: authenticate ?? (() => identity),
    nowMs: () => nowMs,
    options: { requestsPerMinute: Number.POSITIVE_INFINITY, pageSize: 50, ...options },
  });
  const clock = createTestClock(nowMs);
  const dispatcher = new Agent();
  const contactCenter = createContactCenter({
    baseUrl: new URL(sandbox.url),
    dispatcher,
    budget: createRequestBudget({ limit: 100_000, clock }),
    clock,
    log: silent,
  });
  const allowedHosts = [sandbox.filesHost];
  const downloads = createTranscriptDownloads({ allowedHosts, clock, log: silent });
  onTestFinished(async () => {
    await Promise.all([dispatcher.destroy(), downloads.close(), sandbox.close()]);
  });
  const caller: Caller = { owner: 'E7K2', orgId, accessToken: async () => 'token' };
  const search = async (query: TaskQuery) => {
    const pages = await collect(searchTasks(contactCenter, caller, query));
    return {
      tasks: pages.flatMap(({ tasks }) => tasks),
      dropped: pages.flatMap(({ droppedByClient }) => droppedByClient),
    };
  };
  return { door, dataset, contactCenter, downloads, caller, search };
}

function idsOf(tasks: Iterable<{ readonly id: string }>): string[] {
  return Array.from(tasks, ({ id }) => id);
}

describe('against the sandbox', () => {
  it('finds every conversation of a window once, oldest first, as many as are counted', async () => {
    const { dataset, contactCenter, caller, search } = await connect();
    const { tasks } = await search(everything);
    const known = dataset.tasks({
      by: 'createdTime',
      fromMs: everything.fromMs,
      toMs: everything.toMs - 1,
      order: 'asc',
    });
    expect(idsOf(tasks).sort()).toEqual(idsOf(known).sort());
    const times = tasks.map(({ createdTime }) => createdTime ?? 0);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(await countTasks(contactCenter, caller, everything)).toBe(tasks.length);
  });

  it.each<Partial<ContactCenterOptions>>([
    { graphqlErrorsAs: 400, refuseChannelValues: ['chat', 'telephony'] },
    { graphqlErrorsAs: 200, refuseChannelValues: ['chat', 'telephony'] },
    { absentMembers: 'missing', aggregationValues: 'text', countOfNothing: 'no row' },
    { captureMembers: 'capital' },
  ])('finds the same conversations when the contact center differs: %j', async (options) => {
    const usual = await connect();
    const other = await connect({ options });
    for (const channel of ['chat', 'voice', 'digital'] satisfies Channel[]) {
      const query = { ...everything, channel };
      const [expected, found] = await Promise.all([usual.search(query), other.search(query)]);
      expect(idsOf(found.tasks)).toEqual(idsOf(expected.tasks));
      const counted = await countTasks(other.contactCenter, other.caller, query);
      expect(counted).toBe(found.tasks.length + found.dropped.length);
    }
  });

  it('cuts a busy window so that nothing is lost or doubled', async () => {
    const { contactCenter, caller, search } = await connect();
    const count = (piece: { fromMs: number; toMs: number }) =>
      countTasks(contactCenter, caller, { ...everything, ...piece });
    const pieces = await collect(splitByCount(everything, count, 60));
    const ids: string[] = [];
    for (const { fromMs, toMs } of pieces) {
      const { tasks } = await search({ ...everything, fromMs, toMs });
      ids.push(...idsOf(tasks));
    }
    const whole = await search(everything);
    expect(pieces.length).toBeGreaterThan(8);
    expect(ids).toEqual(idsOf(whole.tasks));
  });

  it('filters by queues, and counts each of them alike', async () => {
    const { contactCenter, caller, search } = await connect();
    const queues = await collect(listQueues(contactCenter, caller));
    const counts = await countTasksBy(contactCenter, caller, everything, 'lastQueue');
    const [one, two] = counts.filter(({ id }) => id !== undefined);
    const queueIds = [one?.id ?? '', two?.id ?? ''];
    const { tasks } = await search({ ...everything, queueIds });
    expect(tasks).toHaveLength((one?.count ?? 0) + (two?.count ?? 0));
    expect(queues.filter(({ id }) => queueIds.includes(id))).toHaveLength(2);
  });

  it('counts by queue and channel what a search of both lists', async () => {
    const { contactCenter, caller, search } = await connect();
    const query = { ...everything, channel: 'digital' as const };
    const { tasks } = await search(query);
    const keyOf = (id: string | undefined, channel: string | undefined) => `${id} ${channel}`;
    const expected = new Map<string, number>();
    for (const { lastQueue, channelType } of tasks) {
      const key = keyOf(lastQueue?.id, channelType);
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    const counts = await countByQueueAndChannel(contactCenter, caller, query);
    const found = counts.map((one) => [keyOf(one.queue?.id, one.channel), one.count] as const);
    expect(new Map(found)).toEqual(expected);
    expect(found).toHaveLength(expected.size);
    expect(expected.size).toBeGreaterThan(2);
  });

  it('reads every transcript of every conversation that has ended', async () => {
    const { contactCenter, caller, downloads, search } = await connect();
    const { tasks } = await search(everything);
    const ended = tasks.filter((task) => !isOpen(task));
    const { files, entries, byRole } = await readAll(ended, async (ids) => {
      const { links } = await queryCaptures(contactCenter, caller, ids, 60);
      return await Promise.all(
        [...links.values()].flat().map(async (link) => ({
          link,
          read: parseTranscript(await downloads.download(link), link),
        })),
      );
    });
    expect(files).toBeGreaterThan(300);
    expect(entries).toBeGreaterThan(files);
    expect([...byRole.keys()].sort()).toEqual(expect.arrayContaining(['agent', 'bot', 'customer']));
    expect(byRole.get(undefined) ?? 0).toBeLessThan(entries / 20);
  });

  it('asks again for links that have expired', async () => {
    const { contactCenter, caller, downloads, search } = await connect({
      options: { linkLifeMs: -1 },
    });
    const { tasks } = await search({ ...everything, channel: 'chat' });
    const ids = idsOf(tasks).slice(0, captureBatchSize);
    const { links } = await queryCaptures(contactCenter, caller, ids, 60);
    const [link] = [...links.values()].flat();
    const error = await downloads.download(link ?? { url: '' }).catch((thrown: unknown) => thrown);
    expect(isExpiredLink(error)).toBe(true);
  });

  it('survives a bad minute of the contact center without losing a conversation', async () => {
    const { door, search } = await connect();
    const expected = await search(everything);
    door.script('POST /search', [
      { status: 429, headers: { 'retry-after': '3' } },
      { hangUp: true },
      { truncate: true },
      { status: 503 },
      'pass',
      { status: 500 },
      { status: 429 },
      'pass',
      { hangUp: 'after' },
    ]);
    const found = await search(everything);
    expect(idsOf(found.tasks)).toEqual(idsOf(expected.tasks));
  });

  it('is refused with words, status and tracking id when the scope is missing', async () => {
    const { contactCenter, caller } = await connect({
      authenticate: () => ({ personUuid: orgId, orgUuid: orgId, scopes: [], expired: false }),
    });
    await expect(countTasks(contactCenter, caller, everything)).rejects.toMatchObject({
      status: 403,
      detail: expect.stringContaining('scope'),
      trackingId: expect.stringMatching(/./),
    });
  });

  it('sends the token to the API only', async () => {
    const { door, contactCenter, caller, downloads, search } = await connect();
    const { tasks } = await search({ ...everything, channel: 'chat' });
    const ids = idsOf(tasks.filter((task) => !isOpen(task))).slice(0, captureBatchSize);
    const { links } = await queryCaptures(contactCenter, caller, ids, 60);
    for (const link of [...links.values()].flat()) await downloads.download(link);
    const withToken = door.requests().filter(({ headers }) => headers.authorization);
    const services = new Set(withToken.map(({ service }) => service));
    expect([...services]).toEqual(['contact-center']);
    expect(door.requests('GET /files/:id').length).toBeGreaterThan(0);
  });
});

type ReadFile = { readonly read: ReturnType<typeof parseTranscript> };

async function readAll(
  tasks: readonly Task[],
  readBatch: (ids: readonly string[]) => Promise<readonly ReadFile[]>,
) {
  const byRole = new Map<string | undefined, number>();
  let files = 0;
  let entries = 0;
  for (let start = 0; start < tasks.length; start += captureBatchSize) {
    for (const { read } of await readBatch(idsOf(tasks.slice(start, start + captureBatchSize)))) {
      files++;
      entries += read.length;
      for (const { role } of read) byRole.set(role, (byRole.get(role) ?? 0) + 1);
    }
  }
  return { files, entries, byRole };
}
