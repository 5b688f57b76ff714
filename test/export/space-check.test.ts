import { describe, expect, test } from 'vitest';
import { judgeMember, judgeRoom } from '../../src/export/space-check.ts';
import { Membership, Room } from '../../src/webex/schema.ts';

const id = (kind: string, uuid: string) =>
  Buffer.from(`ciscospark://us/${kind}/${uuid}`).toString('base64url');
const home = '11111111-2222-4333-8444-555555555555';
const foreign = '99999999-2222-4333-8444-555555555555';
const bot = '00000000-0000-4000-8000-00000000000b';
const rules = { allowedOrgUuids: [home], allowedBots: ['Helper@webex.bot'], ownPersonUuid: bot };

describe('a space', () => {
  const room = { id: 'room', type: 'group', title: 'CC', ownerId: id('ORGANIZATION', home) };
  test.each([
    ['is safe when an allowed organization owns it', {}, { safe: true }],
    ['is not when it is public', { isPublic: true }, { safe: false, why: 'public' }],
    [
      'is not when somebody else owns it',
      { ownerId: id('ORGANIZATION', foreign) },
      { safe: false, why: 'foreign_owner' },
    ],
    ['is not when its owner is not told', { ownerId: null }, { safe: false, why: 'foreign_owner' }],
    [
      'is not when its owner cannot be read',
      { ownerId: 'nonsense' },
      { safe: false, why: 'foreign_owner' },
    ],
  ])('%s', (_name, change, verdict) => {
    expect(judgeRoom(Room.parse({ ...room, ...change }), rules)).toEqual(verdict);
  });
});

describe('a member', () => {
  const member = {
    id: 'm',
    roomId: 'room',
    personId: id('PEOPLE', '00000000-0000-4000-8000-00000000000a'),
    personEmail: 'ana@example.org',
    personOrgId: id('ORGANIZATION', home),
  };
  const outsider = { safe: false, why: 'outsider' };
  test.each([
    ['of an allowed organization may see the file', {}, { safe: true }],
    ['of another one may not', { personOrgId: id('ORGANIZATION', foreign) }, outsider],
    ['without an organization may not', { personOrgId: undefined }, outsider],
    [
      'that is this bot does not count',
      { personId: id('PEOPLE', bot), personEmail: 'x@webex.bot', personOrgId: undefined },
      { safe: true },
    ],
    ['that is a listed bot may', { personEmail: 'helper@WEBEX.bot' }, { safe: true }],
    [
      'that is another bot may not',
      { personEmail: 'spy@webex.bot' },
      { safe: false, why: 'unknown_bot' },
    ],
  ])('%s', (_name, change, verdict) => {
    expect(judgeMember(Membership.parse({ ...member, ...change }), rules)).toEqual(verdict);
  });
});
