import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { AppError } from '../errors.ts';

const cipherName = 'aes-256-gcm';
const version = 'v1';
const ivBytes = 12;
// Without this Node accepts shortened tags when opening, and four bytes can be guessed.
const tagBytes = 16;

export interface Vault {
  /** @returns `v1.<kid>.<iv>.<tag and ciphertext>`, the parts after the kid in base64url */
  seal(plain: string | Buffer, context: string): string;
  /**
   * @param context must equal the one it was sealed with: it ties a record to its owner and purpose
   * @throws {UnknownKeyError} its key is not in the ring; {DamagedRecordError} changed, cut off or swapped
   */
  open(sealed: string, context: string): Buffer;
  /** With which key it is sealed, and whether that one opens it. */
  inspect(sealed: string, context: string): Seal;
  /** @returns it sealed with the first key; as it was where that is so already, or it cannot be opened */
  renew(sealed: string, context: string): string;
}

export interface Seal {
  readonly kid: string;
  /** `older`: with a key that is not the first one any more. */
  readonly state: 'current' | 'older' | 'key_missing' | 'damaged';
}

/** The record may be perfectly good: whoever meets this keeps it, for the key can come back. */
export class UnknownKeyError extends AppError {
  readonly code = 'store_corrupt';
  readonly kid: string;

  constructor(kid: string) {
    super(
      `a record was sealed with key "${kid}", which STORE_KEYS does not hold`,
      'A record of mine cannot be opened; the operator has to bring its key back.',
    );
    this.kid = kid;
  }
}

/** The record is not what was sealed for this context. */
export class DamagedRecordError extends AppError {
  readonly code = 'store_corrupt';

  constructor(reason: string) {
    super(
      `a sealed record is refused: ${reason}`,
      'A record of mine is damaged; the operator was told.',
    );
  }
}

/** @param keys the first one seals, all of them open */
export function createVault(keys: readonly { kid: string; key: Buffer }[]): Vault {
  const ring = new Map<string, KeyObject>();
  for (const { kid, key } of keys) ring.set(kid, createSecretKey(key));
  const [current] = ring;
  if (!current) throw new RangeError('a vault needs a key');

  const vault: Vault = {
    seal(plain, context) {
      const [kid, key] = current;
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv(cipherName, key, iv, { authTagLength: tagBytes });
      cipher.setAAD(additionalData(kid, context));
      const text = Buffer.concat([cipher.update(plain), cipher.final()]);
      const payload = Buffer.concat([cipher.getAuthTag(), text]);
      return [version, kid, iv.toString('base64url'), payload.toString('base64url')].join('.');
    },

    open(sealed, context) {
      const { kid, iv, tag, text } = parse(sealed);
      const key = ring.get(kid);
      if (!key) throw new UnknownKeyError(kid);
      const decipher = createDecipheriv(cipherName, key, iv, { authTagLength: tagBytes });
      decipher.setAAD(additionalData(kid, context));
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(text), decipher.final()]);
      } catch {
        throw new DamagedRecordError('it was changed, or it belongs to something else');
      }
    },

    inspect(sealed, context) {
      const kid = sealed.split('.')[1] ?? '';
      try {
        vault.open(sealed, context);
        return { kid, state: kid === current[0] ? 'current' : 'older' };
      } catch (error) {
        if (error instanceof UnknownKeyError) return { kid, state: 'key_missing' };
        if (error instanceof DamagedRecordError) return { kid, state: 'damaged' };
        throw error;
      }
    },

    renew(sealed, context) {
      const { state } = vault.inspect(sealed, context);
      return state === 'older' ? vault.seal(vault.open(sealed, context), context) : sealed;
    },
  };
  return vault;
}

/** A kid holds no line break, so no two pairs of kid and context give the same bytes. */
function additionalData(kid: string, context: string): Buffer {
  return Buffer.from(`${version}\n${kid}\n${context}`);
}

function parse(sealed: string) {
  const [format, kid, iv, payload, ...rest] = sealed.split('.');
  if (format !== version || !kid || rest.length > 0) {
    throw new DamagedRecordError('it does not have the form of a sealed record');
  }
  const ivData = decode(iv);
  const data = decode(payload);
  if (ivData.length !== ivBytes || data.length < tagBytes) {
    throw new DamagedRecordError('a part of it has the wrong length');
  }
  return { kid, iv: ivData, tag: data.subarray(0, tagBytes), text: data.subarray(tagBytes) };
}

/** Node ignores what is not base64url and the unused bits at the end; here every bit has to be ours. */
function decode(part: string | undefined): Buffer {
  const data = Buffer.from(part ?? '', 'base64url');
  if (data.toString('base64url') !== part) {
    throw new DamagedRecordError('a part of it is not base64url');
  }
  return data;
}
