import { describe, expect, test } from 'vitest';
import type { Membership } from '../../../src/webex/schema.ts';
import { Activity, toEvent } from '../../../src/webex/websocket/activity.ts';
import { createOwnSpaces } from '../../../src/webex/websocket/own-spaces.ts';
import { createTestClock } from '../../helpers/clock.ts';

const ids = {
  message: '11111111-2222-4333-8444-555555555555',
  room: '22222222-2222-4333-8444-555555555555',
  ana: '33333333-2222-4333-8444-555555555555',
  bot: '44444444-2222-4333-8444-555555555555',
};
const european = 'urn:TEAM:eu-central-1_k';
const plain = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '');
const idOf = (kind: string, id: string, cluster = european) =>
  plain(`ciscospark://${cluster}/${kind}/${id}`);
const membership: Membership = {
  id: 'the-membership',
  roomId: idOf('ROOM', ids.room),
  roomType: 'group',
  personId: idOf('PEOPLE', ids.bot, 'us'),
  personEmail: '',
  personDisplayName: undefined,
  personOrgId: undefined,
  personUuid: ids.bot,
  personOrgUuid: undefined,
  createdMs: undefined,
};

/** What each look at the list of memberships finds; the last one stays. */
function rigOf(...looks: Membership[][]) {
  let times = 0;
  const clock = createTestClock();
  const client = {
    async *ownMemberships() {
      yield* looks[Math.min(times++, looks.length - 1)] ?? [];
    },
  };
  const spaces = createOwnSpaces(client, clock);
  const read = (activity: object) =>
    toEvent(Activity.parse({ id: ids.message, actor: { entryUUID: ids.ana }, ...activity }), {
      spaces,
      ownUuid: ids.bot,
    });
  return { read, clock, looked: () => times };
}

const target = { id: ids.room.toUpperCase(), objectType: 'conversation' };
const ana = { entryUUID: ids.ana };
const bot = { entryUUID: ids.bot };
const place = { roomId: membership.roomId };

describe('an activity', () => {
  test.each<[string, object, object]>([
    ['a message', { verb: 'post', target }, { kind: 'message', id: idOf('MESSAGE', ids.message) }],
    ['a file', { verb: 'share', target }, { kind: 'message', id: idOf('MESSAGE', ids.message) }],
    [
      'an answer in a thread',
      { verb: 'post', target, parent: { type: 'reply', id: ids.room } },
      { kind: 'message', id: idOf('MESSAGE', ids.message) },
    ],
    [
      'a button',
      { verb: 'cardAction', target, object: { inputs: 'sealed' } },
      { kind: 'action', id: idOf('ATTACHMENT_ACTION', ids.message) },
    ],
  ])(
    'becomes the event of %s, with ids of the cluster of its space',
    async (_what, given, expected) => {
      const person = idOf('PEOPLE', ids.ana, 'us');
      expect(await rigOf([membership]).read(given)).toEqual({
        ...{ ...place, actorId: person, personId: person },
        ...expected,
      });
    },
  );

  test.each<[string, object, string, string]>([
    ['added', { verb: 'add', target, object: bot }, 'the-membership', ids.bot],
    [
      'in a space that is made with it',
      { verb: 'create', object: { id: ids.room, participants: { items: [ana, bot] } } },
      ...(['the-membership', ids.bot] as const),
    ],
    [
      'seeing somebody come',
      { verb: 'add', target, object: ana },
      ...([idOf('MEMBERSHIP', `${ids.ana}:${ids.room}`), ids.ana] as const),
    ],
  ])('tells of the bot %s', async (_what, given, id, member) => {
    expect(await rigOf([membership]).read(given)).toEqual({
      ...{ ...place, kind: 'membership', id, actorId: idOf('PEOPLE', ids.ana, 'us') },
      personId: idOf('PEOPLE', member, 'us'),
    });
  });

  test('tells of the bot leaving, and knows its next membership', async () => {
    const next = { ...membership, id: 'the-next-membership' };
    const { read } = rigOf([membership], [next]);
    expect(await read({ verb: 'leave', target, object: bot })).toEqual({
      ...{ ...place, kind: 'left', personId: idOf('PEOPLE', ids.bot, 'us') },
    });
    expect(await read({ verb: 'add', target, object: bot })).toMatchObject({
      id: 'the-next-membership',
    });
  });

  test.each<[string, object]>([
    ['an edit', { verb: 'post', target, parent: { type: 'edit', id: ids.room } }],
    ['what the bot says', { verb: 'post', target, actor: bot }],
    ['a message without a space', { verb: 'post' }],
    ['a space made without the bot', { verb: 'create', object: { id: ids.room } }],
    ['somebody else leaving', { verb: 'leave', target, object: ana }],
    ['a read receipt', { verb: 'acknowledge', target, object: { id: ids.message } }],
  ])('that is %s is ignored without a request', async (_what, given) => {
    const { read, looked } = rigOf([membership]);
    expect(await read(given)).toEqual({ kind: 'ignored' });
    expect(looked()).toBe(0);
  });

  test('waits a little for a space that is not in the list yet', async () => {
    const { read, clock } = rigOf([], [], [membership]);
    expect(await read({ verb: 'post', target })).toMatchObject({ kind: 'message' });
    expect(clock.pauses).toEqual([1_000, 4_000]);
  });

  test('of a space that never comes up is unknown', async () => {
    expect(await rigOf([]).read({ verb: 'post', target })).toEqual({ kind: 'unknown' });
  });

  test('is looked up with one list for all that come at once', async () => {
    const { read, looked } = rigOf([membership]);
    await Promise.all(Array.from({ length: 20 }, () => read({ verb: 'post', target })));
    await read({ verb: 'post', target });
    expect(looked()).toBe(1);
  });
});
