import { describe, expect, it } from 'vitest';
import { createDataset, type Dataset } from '../../../src/sandbox/dataset/dataset.ts';
import type { TaskRecord } from '../../../src/sandbox/dataset/task.ts';

const nowMs = Date.UTC(2026, 10, 20, 9, 42);
const dayMs = 86_400_000;

function tasksOf(dataset: Dataset, days: number, by: 'createdTime' | 'endedTime' = 'createdTime') {
  return [...dataset.tasks({ by, fromMs: nowMs - days * dayMs, toMs: nowMs })];
}

function bodiesOf(dataset: Dataset, { id }: TaskRecord): string[] {
  const transcripts = dataset.captures(id).filter(({ kind }) => kind === 'transcription');
  return transcripts.map(({ body }) => body().toString());
}

/** For each week of the year the bodies of every ended chat; made once, because it is the same every time. */
const weeks = (() => {
  let made: string[][][] | undefined;
  return () => {
    const dataset = createDataset({ nowMs });
    made ??= Array.from({ length: 52 }, (_, week) => {
      const toMs = nowMs - week * 7 * dayMs;
      const tasks = dataset.tasks({ by: 'createdTime', fromMs: toMs - 7 * dayMs, toMs });
      const chats = [...tasks].filter((task) => task.channelType === 'chat' && !task.isActive);
      return chats.map((task) => bodiesOf(dataset, task));
    });
    return made;
  };
})();

describe('the invented year', () => {
  it('is the same for the same seed and another one for another seed', () => {
    const firstIds = [1, 1, 2].map((seed) =>
      JSON.stringify(tasksOf(createDataset({ seed, nowMs }), 2)),
    );
    expect(firstIds[0]).toBe(firstIds[1]);
    expect(firstIds[0]).not.toBe(firstIds[2]);
  });

  it('lists tasks the newest first and finds each by its id', () => {
    const dataset = createDataset({ nowMs });
    const tasks = tasksOf(dataset, 400);
    const times = tasks.map(({ createdTime }) => createdTime);
    const ids = new Set(tasks.map(({ id }) => id));
    expect(ids.size).toBe(14_600);
    expect(times).toEqual(times.toSorted((one, other) => other - one));
    expect(tasks.slice(0, 50).map(({ id }) => dataset.task(id))).toEqual(tasks.slice(0, 50));
    expect(dataset.task('3f2504e0-4f89-41d3-9a0c-0305e82c3301')).toBeUndefined();
  });

  it('selects by the end of a task as if it looked at all of them', () => {
    const dataset = createDataset({ nowMs });
    const fromMs = nowMs - 9 * dayMs;
    const toMs = nowMs - 2 * dayMs;
    const selected = [...dataset.tasks({ by: 'endedTime', fromMs, toMs })];
    const expected = tasksOf(dataset, 400).filter(
      ({ endedTime }) => endedTime !== null && endedTime >= fromMs && endedTime <= toMs,
    );
    expect(selected).toEqual(expected);
  });

  it('keeps office hours and weekends', () => {
    const tasks = tasksOf(createDataset({ nowMs }), 365);
    const hours = tasks.map(({ createdTime }) => new Date(createdTime));
    const night = hours.filter((date) => date.getUTCHours() < 4).length;
    const sunday = hours.filter((date) => date.getUTCDay() === 0).length;
    expect(night / tasks.length).toBeLessThan(0.02);
    expect(sunday / tasks.length).toBeLessThan(0.05);
  });

  it('has every channel, most of it chat, and tasks that are still open', () => {
    const tasks = tasksOf(createDataset({ nowMs }), 365);
    const channels = new Set(tasks.map(({ channelType }) => channelType));
    const open = tasks.filter(({ isActive }) => isActive);
    const chats = tasks.filter(({ channelType }) => channelType === 'chat');
    expect(channels.size).toBe(6);
    expect(chats.length / tasks.length).toBeGreaterThan(0.5);
    expect(open.length).toBeGreaterThanOrEqual(3);
    expect(open.every(({ endedTime, status }) => endedTime === null && status !== 'ended')).toBe(
      true,
    );
    expect(tasks.every(({ endedTime }) => endedTime === null || endedTime <= nowMs)).toBe(true);
  });

  it('says nothing in each of the ways the vendor does', () => {
    const tasks = tasksOf(createDataset({ nowMs }), 365);
    expect(tasks.some(({ lastQueue }) => lastQueue === null)).toBe(true);
    expect(tasks.some(({ lastQueue }) => lastQueue !== null && lastQueue.id === null)).toBe(true);
    expect(tasks.some(({ contactReason }) => contactReason === 'NA')).toBe(true);
    expect(tasks.some(({ contactReason }) => contactReason === null)).toBe(true);
  });

  it('names queues as they were called at the time, deleted ones included', () => {
    const dataset = createDataset({ nowMs });
    const nameOf = new Map(dataset.queues.map(({ id, name }) => [id, name]));
    const seen = tasksOf(dataset, 365).flatMap(({ lastQueue }) => lastQueue ?? []);
    const deleted = seen.filter(({ id }) => id !== null && !nameOf.has(id));
    const renamed = seen.filter(
      ({ id, name }) => nameOf.has(id ?? '') && nameOf.get(id ?? '') !== name,
    );
    expect(new Set(deleted.map(({ name }) => name))).toEqual(new Set(['Returns Chat']));
    expect(new Set(renamed.map(({ name }) => name))).toEqual(new Set(['Pre-Sales Chat']));
  });

  it.each<[string, (texts: readonly string[]) => boolean]>([
    ['two transcripts', (texts) => texts.length === 2],
    ['no transcript', (texts) => texts.length === 0],
    ['an empty transcript', (texts) => texts[0] === '[]'],
    ['emoji', (texts) => /👨‍👩‍👧‍👦/.test(texts[0] ?? '')],
    ['right-to-left script', (texts) => /[\u0590-\u06ff]{4}/.test(texts[0] ?? '')],
    ['formulas', (texts) => texts[0]?.includes('"=1+1"') ?? false],
    ['control characters', (texts) => texts[0]?.includes('\\u0007') ?? false],
    ['an escaped x', (texts) => texts[0]?.includes('_x0041_') ?? false],
    ['more than a cell holds', (texts) => /"message":"[^"]{32768}/.test(texts[0] ?? '')],
    ['leading spaces', (texts) => texts[0]?.includes('"    four') ?? false],
    ['entries without participant', (texts) => /"message":"[^"]*"}/.test(texts[0] ?? '')],
    ['redacted entries', (texts) => texts[0]?.includes('"redacted":true') ?? false],
    ['attachments', (texts) => texts[0]?.includes('"attachments":[') ?? false],
    ['a wrapped array', (texts) => texts[0]?.startsWith('{"version"') ?? false],
  ])('has an ended chat with %s in every week', (_name, isSo) => {
    const missing = weeks().filter((chats) => !chats.some(isSo));
    expect(missing).toEqual([]);
  });

  it('has work items and both formats of voice', () => {
    const dataset = createDataset({ nowMs });
    const bodies = tasksOf(dataset, 365)
      .filter(({ channelType }) => channelType === 'telephony' || channelType === 'workItem')
      .flatMap((task) => bodiesOf(dataset, task));
    expect(bodies.some((body) => body.includes('"workItemData":'))).toBe(true);
    expect(bodies.some((body) => body.startsWith('{"vcon":'))).toBe(true);
    expect(bodies.some((body) => body.includes('"responseContents":'))).toBe(true);
  });

  it('writes the same file at every download', () => {
    const dataset = createDataset({ nowMs });
    const tasks = tasksOf(dataset, 20);
    const once = tasks.map((task) => bodiesOf(dataset, task));
    const again = tasks.map((task) => bodiesOf(createDataset({ nowMs }), task));
    expect(again).toEqual(once);
  });
});

describe('a data set for measurements', () => {
  it('has exactly as many ended chats as asked for, with twenty messages each', () => {
    const dataset = createDataset({ nowMs, days: 30, count: 5_000, kind: 'chats' });
    const tasks = tasksOf(dataset, 31);
    const sizes = tasks.slice(0, 100).map((task) => {
      const bodies = bodiesOf(dataset, task);
      return [bodies.length, JSON.parse(bodies[0] ?? '[]').length];
    });
    expect(tasks).toHaveLength(5_000);
    expect(tasks.every((task) => task.channelType === 'chat' && task.status === 'ended')).toBe(
      true,
    );
    expect(new Set(sizes.map(String))).toEqual(new Set(['1,20']));
  });
});

describe('a data set of a test', () => {
  it('has exactly the given tasks, complete and with a short transcript each', () => {
    const dataset = createDataset({
      nowMs,
      tasks: [{ id: 'one' }, { channelType: 'social', transcripts: [] }, { endedTime: null }],
    });
    const tasks = tasksOf(dataset, 365);
    expect(tasks).toMatchObject([
      { id: 'one', totalDuration: 300_000 },
      { channelType: 'social', status: 'ended', lastQueue: null },
      { isActive: true, status: 'connected', channelType: 'chat' },
    ]);
    expect(tasks.map((task) => bodiesOf(dataset, task).length)).toEqual([1, 0, 0]);
  });

  it('can be extended and changed, also beside invented tasks', () => {
    const dataset = createDataset({ nowMs, days: 7 });
    const [invented] = tasksOf(dataset, 7);
    const added = dataset.add({ createdTime: nowMs - dayMs, transcripts: [{ content: 'broken' }] });
    dataset.setTranscripts(invented?.id ?? '', [{ content: { messages: [] } }]);
    const tasks = tasksOf(dataset, 7);
    expect(tasks).toHaveLength(281);
    expect(tasks.filter(({ id }) => id === added.id)).toHaveLength(1);
    expect(bodiesOf(dataset, added)).toEqual(['broken']);
    expect(invented && bodiesOf(dataset, invented)).toEqual(['{"messages":[]}']);
  });
});
