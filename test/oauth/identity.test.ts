import { describe, expect, it } from 'vitest';
import { contactCenterOrgOf, findMismatch } from '../../src/oauth/identity.ts';
import { maskEmail } from '../../src/oauth/mask.ts';
import { ana, ben } from '../store/fixtures.ts';

const found = {
  uuid: ana.personUuid,
  orgUuid: ana.orgUuid,
  type: 'person',
  emails: [],
  displayName: '',
};
const otherOrg = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';

describe('the person who signed in', () => {
  it('is the one who asked, in whatever case the ids are written', () => {
    const loud = {
      ...found,
      uuid: ana.personUuid.toUpperCase(),
      orgUuid: ana.orgUuid.toUpperCase(),
    };
    expect(findMismatch(ana, loud, [ana.orgUuid])).toBeUndefined();
  });

  it.each([
    ['somebody else', { uuid: ben.personUuid }, [ana.orgUuid], 'other_person'],
    ['without a readable id', { uuid: undefined }, [ana.orgUuid], 'other_person'],
    ['from elsewhere', { orgUuid: otherOrg }, [ana.orgUuid, otherOrg], 'other_organization'],
    ['from nowhere', { orgUuid: undefined }, [ana.orgUuid], 'other_organization'],
    ['from an organization nobody allowed', {}, [otherOrg], 'organization_not_allowed'],
    ['where no organization is allowed', {}, [], 'organization_not_allowed'],
    ['a bot', { type: 'bot' }, [ana.orgUuid], 'not_a_person'],
  ])('is refused when it is %s', (_, changed, allowed, mismatch) => {
    expect(findMismatch(ana, { ...found, ...changed }, allowed)).toBe(mismatch);
  });

  it.each(['', 'undefined', 'x'])('never equals an id that is none: %j', (id) => {
    const asked = { personUuid: id, orgUuid: id };
    expect(findMismatch(asked, { ...found, uuid: id, orgUuid: id }, [id])).toBe('other_person');
  });
});

describe('the organization of the contact center', () => {
  it.each([
    ['the last part of the token', `abc_P0A1_${otherOrg}`, otherOrg],
    ['the last of many parts', `a_b_c_P0A1_${otherOrg.toUpperCase()}`, otherOrg],
    ['that of the person where the last part is none', 'abc_P0A1_eu1', ana.orgUuid],
    ['that of the person where there are no parts', otherOrg, ana.orgUuid],
  ])('is %s', (_, token, expected) => {
    expect(contactCenterOrgOf(token, ana)).toBe(expected);
  });
});

describe('a masked address', () => {
  it.each([
    ['ana@example.org', 'a•••@example.org'],
    ['😀x@example.org', '😀•••@example.org'],
    ['a', '•••'],
    ['a@b@c', '•••'],
    [undefined, '•••'],
  ])('of %s is %s', (email, masked) => {
    expect(maskEmail(email)).toBe(masked);
  });
});
