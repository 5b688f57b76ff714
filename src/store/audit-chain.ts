import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** What happened, without its place in the chain: ids, instants, counts and words, never a text of a customer. */
export type AuditFacts = Readonly<Record<string, unknown>>;

/**
 * One line of the audit log. `hash` covers the facts and, by the hash of the line before, everything since
 * the first line; `mac` proves who wrote it. Lines whose key is gone are still proved by later ones.
 */
export const AuditLine = z.strictObject({
  seq: z.int().min(1),
  at: z.string(),
  kind: z.string(),
  facts: z.record(z.string(), z.unknown()),
  kid: z.string(),
  mac: z.string(),
});
export type AuditLine = Readonly<z.infer<typeof AuditLine>>;

/** How far a chain goes. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

export const emptyChain: ChainEnd = { seq: 0, hash: '' };

export interface AuditKey {
  readonly kid: string;
  readonly key: Buffer;
}

/** For the chain alone: the keys of the store seal other things, and one purpose has one key. */
export function auditKeysOf(storeKeys: readonly AuditKey[]): AuditKey[] {
  return storeKeys.map(({ kid, key }) => ({
    kid,
    key: Buffer.from(hkdfSync('sha256', key, '', 'wxcc-export-bot audit log', 32)),
  }));
}

/** The next line of a chain, and where the chain is with it. */
export function nextLine(
  { seq, hash }: ChainEnd,
  { at, kind, facts }: { readonly at: string; readonly kind: string; readonly facts: AuditFacts },
  { kid, key }: AuditKey,
): { readonly line: AuditLine; readonly end: ChainEnd } {
  const content = { seq: seq + 1, at, kind, facts };
  const end = { seq: seq + 1, hash: hashOf(hash, content) };
  return { line: { ...content, kid, mac: macOf(end.hash, key) }, end };
}

export type LineCheck =
  | { readonly ok: true; readonly end: ChainEnd; readonly proved: boolean }
  | { readonly ok: false; readonly reason: string };

/**
 * Whether this line follows here.
 *
 * @returns `proved: false` where its key is not known: the chain holds, and a later line has to prove it
 */
export function checkLine(before: ChainEnd, text: string, keys: readonly AuditKey[]): LineCheck {
  const line = parseLine(text);
  if (!line) return { ok: false, reason: 'it is not a line of the audit log' };
  const { kid, mac, ...content } = line;
  if (line.seq !== before.seq + 1) {
    return { ok: false, reason: `it has the number ${line.seq}, not ${before.seq + 1}` };
  }
  const end = { seq: line.seq, hash: hashOf(before.hash, content) };
  const known = keys.find((candidate) => candidate.kid === kid);
  if (known && !isSame(mac, macOf(end.hash, known.key))) {
    return { ok: false, reason: 'it, or one before it, was changed' };
  }
  return { ok: true, end, proved: known !== undefined };
}

export function parseLine(text: string): AuditLine | undefined {
  try {
    const read = AuditLine.safeParse(JSON.parse(text));
    // Only what we would have written, byte by byte: spaces and double members hide things.
    return read.success && JSON.stringify(inOrder(read.data)) === text ? read.data : undefined;
  } catch {
    return undefined;
  }
}

export function printLine(line: AuditLine): string {
  return `${JSON.stringify(inOrder(line))}\n`;
}

function inOrder({ seq, at, kind, facts, kid, mac }: AuditLine) {
  return { seq, at, kind, facts, kid, mac };
}

function hashOf(before: string, { seq, at, kind, facts }: Omit<AuditLine, 'kid' | 'mac'>): string {
  const content = JSON.stringify([before, seq, at, kind, facts]);
  return createHash('sha256').update(content).digest('base64url');
}

/** Also for the end of the chain, which is kept beside it. */
export function macOf(text: string, key: Buffer): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

export function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
