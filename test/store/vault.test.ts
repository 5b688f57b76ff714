import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createVault, DamagedRecordError, UnknownKeyError } from '../../src/store/vault.ts';
import { keyOne, keyTwo } from './fixtures.ts';

const vault = createVault([keyOne]);
const context = 'grant/ana';

const isRefused = (sealed: string): boolean => {
  try {
    vault.open(sealed, context);
    return false;
  } catch (error) {
    return error instanceof DamagedRecordError || error instanceof UnknownKeyError;
  }
};

describe('vault', () => {
  it('opens what it sealed, and never seals twice alike', () => {
    const sealed = [vault.seal('secret ü', context), vault.seal('secret ü', context)];
    expect(sealed.map((one) => vault.open(one, context).toString())).toEqual([
      'secret ü',
      'secret ü',
    ]);
    expect(sealed[0]).not.toBe(sealed[1]);
    expect(sealed[0]).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+$/);
  });

  it('keeps bytes as they are, none included', () => {
    const bytes = randomBytes(1_000);
    expect(vault.open(vault.seal(bytes, context), context).equals(bytes)).toBe(true);
    expect(vault.open(vault.seal('', context), context)).toHaveLength(0);
  });

  it('seals with the first key and opens with every one', () => {
    const old = vault.seal('secret', context);
    const ring = createVault([keyTwo, keyOne]);
    expect(ring.open(old, context).toString()).toBe('secret');
    expect(ring.seal('secret', context)).toMatch(/^v1\.k2\./);
  });

  it('says when only the key is missing', () => {
    const sealed = createVault([keyTwo]).seal('secret', context);
    expect(() => vault.open(sealed, context)).toThrow(UnknownKeyError);
    expect(() => vault.open(sealed, context)).toThrow('"k2"');
  });

  it('refuses a record that belongs to somebody else', () => {
    expect(() => vault.open(vault.seal('secret', 'grant/ben'), context)).toThrow(
      DamagedRecordError,
    );
  });

  it('refuses a record whose key goes by another name', () => {
    const sealed = vault.seal('secret', context).replace('.k1.', '.k3.');
    const renamed = createVault([{ ...keyOne, kid: 'k3' }]);
    expect(() => renamed.open(sealed, context)).toThrow(DamagedRecordError);
  });

  it('refuses a record with any one character changed', () => {
    // A length at which the last character has bits that decoding ignores.
    const sealed = vault.seal('a secret of 25 characters', context);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ';
    const changed: string[] = [];
    for (let at = 0; at < sealed.length; at++) {
      const others = [...alphabet].filter((other) => other !== sealed[at]);
      changed.push(...others.map((other) => sealed.slice(0, at) + other + sealed.slice(at + 1)));
    }
    expect(changed.filter((one) => !isRefused(one))).toEqual([]);
  });

  it.each([4, 8, 12])('refuses a tag of %i bytes', (authTagLength) => {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', keyOne.key, iv, { authTagLength });
    cipher.setAAD(Buffer.from(`v1\nk1\n${context}`));
    const text = Buffer.concat([cipher.update('a secret of some length'), cipher.final()]);
    const payload = Buffer.concat([cipher.getAuthTag(), text]).toString('base64url');
    const sealed = `v1.k1.${iv.toString('base64url')}.${payload}`;
    expect(() => vault.open(sealed, context)).toThrow(DamagedRecordError);
  });

  it.each([
    '',
    'v1',
    'v1.k1',
    'v1.k1..',
    'v1.k1.AAAA.AAAA',
    'v2.k1.AAAAAAAAAAAAAAAA.AAAA',
    '....',
    '{}',
  ])('refuses %j', (text) => {
    expect(() => vault.open(text, context)).toThrow(DamagedRecordError);
  });

  it('is not made without a key', () => {
    expect(() => createVault([])).toThrow(RangeError);
  });
});
