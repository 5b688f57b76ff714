import { createHmac } from 'node:crypto';

/** Thirty signatures of this body that are none, each with what it is or comes from. */
export function forgedSignatures(
  body: Buffer,
  secret: string,
): readonly (readonly [what: string, signature: string | undefined])[] {
  const hmac = (algorithm: string, bytes: Buffer, key: string | Buffer = secret) =>
    createHmac(algorithm, key).update(bytes);
  const good = hmac('sha1', body).digest('hex');
  const flipped = (good.startsWith('0') ? '1' : '0') + good.slice(1);
  return [
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
}
