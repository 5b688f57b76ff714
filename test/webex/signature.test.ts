import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { sign, verifySignature } from '../../src/webex/signature.ts';
import { forgedSignatures } from '../security/data/forged-signatures.ts';

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

const forgeries = forgedSignatures(body, secret);

test('the list of forgeries holds thirty different ones', () => {
  expect(new Set(forgeries.map(([, signature]) => signature)).size).toBe(30);
});

test.each(forgeries)('refuses a signature that is or comes from %s', (_what, signature) => {
  expect(verifySignature(body, signature, [secret, 'some-older-secret'])).toBe(false);
});

test('never accepts an empty secret, whoever signed with it', () => {
  expect(verifySignature(body, hmac('sha1', body, '').digest('hex'), [''])).toBe(false);
});
