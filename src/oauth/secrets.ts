import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits, 43 characters, safe in a path, a query and a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a secret that only has to be recognised. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Whether a secret is the one of this hash, in a time that does not depend on how much is right. */
export function matchesHash(secret: string, hash: string): boolean {
  const given = Buffer.from(hashOf(secret));
  const kept = Buffer.from(hash);
  return given.length === kept.length && timingSafeEqual(given, kept);
}
