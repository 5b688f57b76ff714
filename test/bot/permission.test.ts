import { expect, test } from 'vitest';
import { permissionOf } from '../../src/bot/permission.ts';

const home = '11111111-2222-4333-8444-555555555555';
const uuid = '00000000-0000-4000-8000-00000000000a';
const ana = { id: 'QW5h', uuid, orgUuid: home, emails: ['Ana@example.org'], type: 'person' };
const rules = { admins: ['ana@EXAMPLE.org'], allowedOrgUuids: [home], allowedSpaceIds: [] };
const group = { roomId: 'r1', roomType: 'group' } as const;

test.each([
  ['allowed', 'an administrator by e-mail', {}, {}, group],
  ['allowed', 'an administrator by id', {}, { admins: ['QW5h'] }, group],
  ['allowed', 'an administrator by UUID', {}, { admins: [uuid.toUpperCase()] }, group],
  ['allowed', 'an administrator without a space', {}, {}, undefined],
  ['not_an_admin', 'somebody else', { emails: ['bob@example.org'] }, {}, group],
  ['not_an_admin', 'an id in another case', {}, { admins: ['qw5h'] }, group],
  ['not_an_admin', 'anybody when nobody is listed', {}, { admins: [] }, group],
  ['not_an_admin', 'a bot with a listed e-mail', { type: 'bot' }, {}, group],
  ['not_an_admin', 'a guest with a listed e-mail', { type: 'appuser' }, {}, group],
  ['foreign_organization', 'the same e-mail elsewhere', { orgUuid: 'other' }, {}, group],
  ['foreign_organization', 'no organization', { orgUuid: '' }, {}, group],
  ['other_space', 'a space that is not listed', {}, { allowedSpaceIds: ['r2'] }, group],
  ['allowed', 'a listed space', {}, { allowedSpaceIds: ['r1'] }, group],
  [
    'allowed',
    'the direct space of an administrator',
    {},
    { allowedSpaceIds: ['r2'] },
    { roomId: 'd1', roomType: 'direct' } as const,
  ],
])('says %s to %s', (expected, _who, person, rule, space) => {
  const asking = { person: { ...ana, ...person }, space };
  expect(permissionOf(asking, { ...rules, ...rule })).toBe(expected);
});
