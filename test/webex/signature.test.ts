import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { sign, verifySignature } from '../../src/webex/signature.ts';

const secret = 'a-secret-of-the-webhook';
const body = Buffer.from('{"resource":"messages","event":"created"}');
const good = createHmac('sha1', secret).update(body).digest('hex');
const hmac = (algorithm: string, bytes: Buffer, key: string | Buffer = secret) =>
  createHmac(algorithm, key).update(bytes);

test('accepts the HMAC-SHA1 of exactly the bytes received', () => {
  expect(verifySignature(body, good, [secret])).toBe(true);
});

test('accepts each of several secrets, so that one can be rotated into the other', () => {
  const answers = [
    verifySignature(body, good, ['the-next-secret-of-it', secret]),
    verifySignature(body, sign(body, 'the-next-secret-of-it'), ['the-next-secret-of-it', secret]),
  ];

  expect(answers).toEqual([true, true]);
});

test.each([
  ['{ "resource": "messages",\r\n "event" : "created" }', 'white space'],
  ['{"resource":"messages","event":"created","url":"https:\\/\\/a\\/b"}', 'escaped slashes'],
  ['{"resource":"messages","event":"created","name":"caf\\u00e9"}', 'an escaped letter'],
  ['{"resource":"messages","event":"created","version":1.0,"big":12345678901234567890}', 'numbers'],
  ['{"event":"created","event":"created","resource":"messages"}', 'a member twice'],
])('accepts a body that re-serialising would change: %s', (text) => {
  const bytes = Buffer.from(text);

  expect(verifySignature(bytes, sign(bytes, secret), [secret])).toBe(true);
});

const flipped = (good.startsWith('0') ? '1' : '0') + good.slice(1);
const forgeries: [string, string | undefined][] = [
  ['none', undefined],
  ['an empty one', ''],
  ['a space', ' '],
  ['one character less', good.slice(0, -1)],
  ['one character more', `${good}0`],
  ['half of it', good.slice(0, 20)],
  ['it twice', good + good],
  ['a doubled header', `${good}, ${good}`],
  ['upper case', good.toUpperCase()],
  ['a letter beyond f', `g${good.slice(1)}`],
  ['only letters beyond f', 'z'.repeat(40)],
  ['the first digit changed', flipped],
  ['the last digit changed', good.slice(0, -1) + (good.endsWith('0') ? '1' : '0')],
  ['only zeros', '0'.repeat(40)],
  ['reversed', [...good].reverse().join('')],
  ['a leading space', ` ${good}`],
  ['a trailing line break', `${good}\n`],
  ['a prefix', `sha1=${good}`],
  ['a hex prefix', `0x${good.slice(2)}`],
  ['a NUL behind it', `${good.slice(0, -1)}\0`],
  [
    'full-width digits',
    good.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  ],
  ['base64', hmac('sha1', body).digest('base64')],
  ['SHA-256', hmac('sha256', body).digest('hex')],
  ['SHA-256 cut to length', hmac('sha256', body).digest('hex').slice(0, 40)],
  ['MD5', hmac('md5', body).digest('hex')],
  ['no key', hmac('sha1', body, '').digest('hex')],
  ['another secret', hmac('sha1', body, 'another-secret-of-it').digest('hex')],
  ['the secret with a space', hmac('sha1', body, `${secret} `).digest('hex')],
  ['a body with one byte less', hmac('sha1', body.subarray(0, -1)).digest('hex')],
  [
    'a body with one byte more',
    hmac('sha1', Buffer.concat([body, Buffer.from(' ')])).digest('hex'),
  ],
];

test('the list of forgeries holds thirty different ones', () => {
  expect(new Set(forgeries.map(([, signature]) => signature)).size).toBe(30);
});

test.each(forgeries)('refuses a signature that is or comes from %s', (_what, signature) => {
  expect(verifySignature(body, signature, [secret, 'some-older-secret'])).toBe(false);
});

test('never accepts an empty secret, whoever signed with it', () => {
  expect(verifySignature(body, hmac('sha1', body, '').digest('hex'), [''])).toBe(false);
});
