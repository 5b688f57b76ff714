import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

type LinkState = 'good' | 'expired' | 'forged';

export interface Links {
  /** The query that opens this file for a while. */
  sign(fileId: string, lifeMs: number): string;
  check(fileId: string, query: URLSearchParams): LinkState;
  /** Ends the life of every link signed so far. */
  expireAll(): void;
}

/** Signed links in the manner of the vendor's storage: a time, a life, and a signature over both. */
export function createLinks({ nowMs }: { readonly nowMs: () => number }): Links {
  const secret = randomBytes(32);
  let allExpiredUntilMs = -Infinity;
  const signature = (fileId: string, signedAt: string, life: string) =>
    createHmac('sha256', secret).update(`${fileId}\n${signedAt}\n${life}`).digest('hex');

  return {
    sign(fileId, lifeMs) {
      const signedAt = String(nowMs());
      const life = String(lifeMs / 1_000);
      return new URLSearchParams({
        'X-Amz-Date': signedAt,
        'X-Amz-Expires': life,
        'X-Amz-Signature': signature(fileId, signedAt, life),
      }).toString();
    },
    check(fileId, query) {
      const signedAt = query.get('X-Amz-Date') ?? '';
      const life = query.get('X-Amz-Expires') ?? '';
      const given = Buffer.from(query.get('X-Amz-Signature') ?? '');
      const expected = Buffer.from(signature(fileId, signedAt, life));
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged';
      if (Number(signedAt) <= allExpiredUntilMs) return 'expired';
      return nowMs() >= Number(signedAt) + Number(life) * 1_000 ? 'expired' : 'good';
    },
    expireAll() {
      allExpiredUntilMs = nowMs();
    },
  };
}
