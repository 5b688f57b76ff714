import { createHmac, timingSafeEqual } from 'node:crypto';

/** Hex HMAC-SHA1 over exactly these bytes (https://developer.webex.com/docs/api/guides/webhooks). */
export function sign(bytes: Buffer | string, secret: string): string {
  return createHmac('sha1', secret).update(bytes).digest('hex');
}

/**
 * Does the `X-Spark-Signature` header belong to these bytes? Each secret is tried, so that one can be
 * rotated into the other. An empty secret never fits: everybody knows it.
 */
export function verifySignature(
  rawBody: Buffer,
  signature: string | undefined,
  secrets: readonly string[],
): boolean {
  // Checked before comparing, because buffers of unequal length cannot be compared in constant time.
  if (signature === undefined || !/^[0-9a-f]{40}$/.test(signature)) return false;
  const given = Buffer.from(signature, 'hex');
  let fits = false;
  for (const secret of secrets) {
    if (secret === '') continue;
    if (timingSafeEqual(given, Buffer.from(sign(rawBody, secret), 'hex'))) fits = true;
  }
  return fits;
}
