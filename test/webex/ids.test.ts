import { expect, test } from 'vitest';
import { isSamePerson, uuidOf } from '../../src/webex/ids.ts';

const uuid = '8f6c1c8e-4b1a-4c53-9d5e-0f1f0a6e2b11';
const encode = (text: string) => Buffer.from(text).toString('base64url');
const anaId = encode(`ciscospark://us/PEOPLE/${uuid}`);

test('finds the UUID in a base64 id, with and without padding, and in any cluster', () => {
  const padded = Buffer.from(`ciscospark://us/PEOPLE/${uuid}`).toString('base64');
  const elsewhere = encode(`ciscospark://urn:TEAM:eu-central-1_k/PEOPLE/${uuid.toUpperCase()}`);

  const found = [anaId, padded, elsewhere].map((id) => uuidOf(id, 'PEOPLE'));

  expect(found).toEqual([uuid, uuid, uuid]);
});

test('takes a bare UUID as it is, in lower case', () => {
  expect(uuidOf(uuid.toUpperCase(), 'ORGANIZATION')).toBe(uuid);
});

test.each([
  ['another kind', encode(`ciscospark://us/ORGANIZATION/${uuid}`)],
  ['no UUID', encode('ciscospark://us/PEOPLE/ana')],
  ['a suffix', encode(`ciscospark://us/PEOPLE/${uuid}/x`)],
  ['a prefix', encode(`x ciscospark://us/PEOPLE/${uuid}`)],
  ['a line break behind it', encode(`ciscospark://us/PEOPLE/${uuid}\n`)],
  ['characters that base64 does not have', `${anaId.slice(0, -1)}%`],
  ['white space', ` ${anaId}`],
  ['36 characters that are no UUID', encode(`ciscospark://us/PEOPLE/${'a'.repeat(36)}`)],
  ['nothing', ''],
])('does not read an id with %s', (_what, id) => {
  expect(uuidOf(id, 'PEOPLE')).toBeUndefined();
});

test('knows the same person by any spelling of the id, and nobody by an id that does not parse', () => {
  const answers = [
    isSamePerson(anaId, uuid),
    isSamePerson(anaId, 'ana'),
    isSamePerson('ana', 'ana'),
  ];

  expect(answers).toEqual([true, false, false]);
});
