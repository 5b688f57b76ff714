import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CancelledError } from '../../src/errors.ts';
import { createSpaceWatch, postsToWatch } from '../../src/export/space-watch.ts';
import { silent } from '../contact-center/fake.ts';
import { type Rig, startRig } from './rig.ts';

interface Pause {
  readonly ms: number;
  readonly end: () => void;
}

/** A watch whose pauses last until the test ends them. */
function startWatch(rig: Rig, tellFails = 0) {
  const told: string[] = [];
  const pauses: number[] = [];
  const waiting: ((pause: Pause) => void)[] = [];
  const open: Pause[] = [];
  const leaving = new AbortController();
  let nowMs = 0;
  let failures = tellFails;
  let onTold = () => {};
  const spaceWatch = createSpaceWatch({
    webex: rig.client,
    rules: {
      allowedOrgUuids: [rig.webex.organizations.home.uuid],
      allowedBots: [],
      ownPersonUuid: rig.webex.bot.uuid,
    },
    tell: async ({ ref }) => {
      if (failures-- > 0) throw new Error('Webex is down');
      told.push(ref);
      onTold();
    },
    clock: {
      now: () => nowMs,
      sleep: (ms) =>
        new Promise((end, reject) => {
          pauses.push(ms);
          const pause = {
            ms,
            end: () => {
              nowMs += ms;
              end();
            },
          };
          leaving.signal.addEventListener('abort', () => reject(new CancelledError('leaving')));
          const next = waiting.shift();
          if (next) next(pause);
          else open.push(pause);
        }),
    },
    signal: leaving.signal,
    log: silent,
  });
  const order = { version: 1, ref: 'E7K2', orderedAtMs: 0, ...rig.orderOfAdmin() } as const;
  return {
    ...{ spaceWatch, told, pauses, order },
    leave: () => leaving.abort(),
    setNow: (ms: number) => {
      nowMs = ms;
    },
    /** The next pause, once it has begun. */
    pause: () =>
      new Promise<Pause>((resolve) => {
        const known = open.shift();
        if (known) resolve(known);
        else waiting.push(resolve);
      }),
    nextTold: () =>
      new Promise<void>((resolve) => {
        onTold = resolve;
      }),
  };
}

const letIn = (rig: Rig) => rig.webex.addMember(rig.webex.space.id, rig.webex.people.outsider);

test('tells the person once when somebody from outside comes after the post', async () => {
  const rig = await startRig();
  const { spaceWatch, told, order, pause, nextTold } = startWatch(rig);
  spaceWatch.watch({ order, postedMs: 0 });
  // A second part of the same file.
  spaceWatch.watch({ order, postedMs: 0 });
  const first = await pause();
  letIn(rig);
  const done = nextTold();
  first.end();
  await done;
  expect(told).toEqual(['E7K2']);
});

test('tells at once of whom an event tells, without waiting for the next look', async () => {
  const rig = await startRig();
  const { spaceWatch, told, pauses, order, pause, nextTold } = startWatch(rig);
  spaceWatch.watch({ order, postedMs: 0 });
  const first = await pause();
  letIn(rig);
  const done = nextTold();
  spaceWatch.lookAt(rig.webex.space.id);
  // They are one look, or two at most.
  spaceWatch.lookAt(rig.webex.space.id);
  await done;
  expect([told, pauses]).toEqual([['E7K2'], [10_000]]);
  const before = rig.door.requests('GET /v1/memberships').length;
  first.end();
  await setImmediate();
  spaceWatch.lookAt(rig.webex.space.id);
  expect([told, before]).toEqual([['E7K2'], 1]);
});

test('looks at no space that is not watched, however many join it', async () => {
  const rig = await startRig();
  const { spaceWatch, told, order, pause } = startWatch(rig);
  const before = rig.door.requests('GET /v1/rooms/:id').length;
  spaceWatch.lookAt(rig.webex.space.id);
  spaceWatch.watch({ order, postedMs: 0 });
  await pause();
  spaceWatch.lookAt('another-space');
  await setImmediate();
  expect(rig.door.requests('GET /v1/rooms/:id')).toHaveLength(before);
  expect(told).toEqual([]);
});

test.each<[string, (rig: Rig) => void]>([
  ['nobody comes', () => {}],
  [
    'the members cannot be read',
    (rig) => rig.door.script('GET /v1/memberships', [{ status: 403 }], { repeat: true }),
  ],
])('says nothing when %s, and ends', async (_name, meanwhile) => {
  const rig = await startRig();
  const { spaceWatch, told, pauses, order, pause } = startWatch(rig);
  spaceWatch.watch({ order, postedMs: 0 });
  meanwhile(rig);
  for (let look = 0; look < 4; look++) (await pause()).end();
  expect([told, pauses]).toEqual([[], [10_000, 15_000, 20_000, 20_000]]);
});

test('tries again at the next look when nobody could be told', async () => {
  const rig = await startRig();
  const { spaceWatch, told, order, pause, nextTold } = startWatch(rig, 1);
  spaceWatch.watch({ order, postedMs: 0 });
  letIn(rig);
  (await pause()).end();
  const done = nextTold();
  (await pause()).end();
  await done;
  expect(told).toEqual(['E7K2']);
});

test('watches a minute behind the last part, not behind the first', async () => {
  const rig = await startRig();
  const { spaceWatch, pauses, order, pause } = startWatch(rig);
  spaceWatch.watch({ order, postedMs: 0 });
  for (let look = 0; look < 3; look++) (await pause()).end();
  spaceWatch.watch({ order, postedMs: 45_000 });
  for (let look = 0; look < 4; look++) (await pause()).end();
  // At 65 s for the first one, then at 70, 90 and 110.
  expect(pauses).toEqual([10_000, 15_000, 20_000, 20_000, 0, 5_000, 20_000]);
});

test('does not watch a direct space, which nobody can join', async () => {
  const rig = await startRig();
  const { spaceWatch, pauses, order } = startWatch(rig);
  const place = { ...order.place, roomType: 'direct' } as const;
  spaceWatch.watch({ order: { ...order, place }, postedMs: 0 });
  await setImmediate();
  expect(pauses).toEqual([]);
});

test('ends without a word when the bot leaves', async () => {
  const rig = await startRig();
  const { spaceWatch, told, order, pause, leave } = startWatch(rig);
  spaceWatch.watch({ order, postedMs: 0 });
  await pause();
  letIn(rig);
  leave();
  spaceWatch.lookAt(rig.webex.space.id);
  await setImmediate();
  expect(told).toEqual([]);
});

test('looks after posts of an earlier process as long as it makes sense', async () => {
  const rig = await startRig();
  const order = { version: 1, ref: 'E7K2', orderedAtMs: 0, ...rig.orderOfAdmin() } as const;
  const posted = (place: 'space' | 'direct', atMs: number) => ({ order, posts: [{ place, atMs }] });
  const exports = [posted('space', 1_000), posted('direct', 1_000), { order, posts: [] }];
  expect(postsToWatch(exports, 600_000)).toEqual([{ order, postedMs: 1_000 }]);
  expect(postsToWatch(exports, 602_000)).toEqual([]);
});

test.each([
  ['in time', 0, [10_000, 15_000, 20_000, 20_000]],
  ['in the middle of the minute', 30_000, [0, 15_000, 20_000]],
  ['behind it', 500_000, [0]],
])('looks again %s', async (_name, nowMs, expected) => {
  const rig = await startRig();
  const { spaceWatch, pauses, order, pause, setNow } = startWatch(rig);
  setNow(nowMs);
  spaceWatch.watch({ order, postedMs: 0 });
  for (const _ of expected) (await pause()).end();
  expect(pauses).toEqual(expected);
});
