import { readdir, readFile, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StoreCorruptError } from '../errors.ts';
import type { Log } from '../log.ts';
import {
  type AuditFacts,
  type AuditKey,
  type AuditLine,
  auditKeysOf,
  type ChainEnd,
  checkLine,
  emptyChain,
  isSame,
  macOf,
  nextLine,
  parseLine,
  printLine,
} from './audit-chain.ts';
import { Collection } from './collection.ts';
import { type AppendFile, forgetPrevious, openAppendFile } from './durable.ts';

const fileName = 'audit.ndjson';
const rotatedName = /^audit-(\d{10})\.ndjson$/;
const auditHeadName = 'audit.json';

const End = z.object({ seq: z.int().min(0), hash: z.string() });
const Data = z.object({
  /** Of the whole chain. A line more than this may be in the file after a crash, never one less. */
  head: End,
  /** Where the file begins that is written now, or one before it. */
  base: End,
  /** Of what has been removed because it was old enough. */
  pruned: End,
  kid: z.string(),
  mac: z.string(),
});
type Data = z.infer<typeof Data>;

const dayMs = 86_400_000;

interface Deps {
  readonly dir: string;
  readonly keys: readonly AuditKey[];
  readonly now: () => number;
  readonly log: Log;
  readonly maxBytes?: number;
}

/**
 * Who did what, one line each in `audit.ndjson`. Every line is chained to the one before it, and head and
 * count are kept in a file of their own; `verifyAudit` finds what was changed, taken out, or cut off.
 */
export class AuditLog {
  readonly #dir: string;
  readonly #key: AuditKey;
  readonly #head: Collection<Data>;
  readonly #now: () => number;
  readonly #log: Log;
  readonly #maxBytes: number;
  #file: AppendFile;
  #bytes: number;
  #end: ChainEnd;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    deps: Deps & {
      key: AuditKey;
      head: Collection<Data>;
      file: AppendFile;
      bytes: number;
      end: ChainEnd;
    },
  ) {
    this.#dir = deps.dir;
    this.#key = deps.key;
    this.#head = deps.head;
    this.#now = deps.now;
    this.#log = deps.log;
    this.#maxBytes = deps.maxBytes ?? 10_000_000;
    this.#file = deps.file;
    this.#bytes = deps.bytes;
    this.#end = deps.end;
  }

  /** Goes on where the chain ends; a damaged one is said in the log, and in the chain itself. */
  static async open(deps: Deps): Promise<AuditLog> {
    const keys = auditKeysOf(deps.keys);
    const [key] = keys;
    if (!key) throw new RangeError('an audit log needs a key');
    const isHeadThere = await hasHead(deps.dir);
    const head = await openHead(deps.dir, key);
    await forgetPrevious(join(deps.dir, auditHeadName));
    const path = join(deps.dir, fileName);
    const found = await findEnd(deps.dir, head.data, keys);
    const { end } = found;
    const lost = !isHeadThere && end.seq > 0 ? headLost : undefined;
    const trouble = isHeadGood(head.data, keys) ? (lost ?? found.trouble) : headTrouble;
    await cutTornLine(path);
    const file = await openAppendFile(path);
    const { size } = await stat(path);
    const audit = new AuditLog({ ...deps, key, head, file, bytes: size, end });
    // From the first line on a missing head means that somebody took it away.
    if (!isHeadThere) await audit.#saveHead();
    const { kid: from } = head.data;
    if (end.seq > 0 && from !== key.kid) await audit.note('key_changed', { from, to: key.kid });
    if (trouble !== undefined) {
      deps.log.error({ trouble }, 'the audit log is damaged; npm run audit -- verify says where');
      await audit.note('damage_found', { trouble });
    }
    return audit;
  }

  /**
   * Resolves once the line is on disk.
   *
   * @throws {StorageFullError} it is not there, and the chain is as it was
   */
  note(kind: string, facts: AuditFacts): Promise<void> {
    const turn = this.#turn.then(() => this.#append(kind, facts));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** For what has happened already, whether or not it can be written down. */
  async noteIfRoom(kind: string, facts: AuditFacts): Promise<void> {
    await this.note(kind, facts).catch((err: unknown) => {
      this.#log.error({ err, kind }, 'the audit log could not be written');
    });
  }

  /** The lines of the newest files, oldest first: enough to see what a crash kept from being written. */
  async recent(): Promise<AuditLine[]> {
    await this.#turn;
    const names = [...(await rotatedFiles(this.#dir)).slice(-1), fileName];
    const lines: AuditLine[] = [];
    for (const name of names) {
      for (const text of await linesOf(join(this.#dir, name))) {
        const line = parseLine(text);
        if (line) lines.push(line);
      }
    }
    return lines;
  }

  /** Removes whole files whose last line is older than this. */
  async prune(keptDays: number): Promise<void> {
    const turn = this.#turn.then(() => this.#prune(keptDays));
    this.#turn = turn.catch(() => {});
    await turn;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#file.close();
    await this.#head.idle();
  }

  async #append(kind: string, facts: AuditFacts): Promise<void> {
    const at = new Date(this.#now()).toISOString();
    // As it will be read again: members without a value are none.
    const plain = JSON.parse(JSON.stringify(facts)) as AuditFacts;
    const { line, end } = nextLine(this.#end, { at, kind, facts: plain }, this.#key);
    const text = printLine(line);
    if (this.#bytes > 0 && this.#bytes + Buffer.byteLength(text) > this.#maxBytes) {
      await this.#rotate();
    }
    await this.#file.append(text);
    this.#bytes += Buffer.byteLength(text);
    this.#end = end;
    await this.#saveHead();
  }

  async #rotate(): Promise<void> {
    await this.#file.close();
    const last = String(this.#end.seq).padStart(10, '0');
    const path = join(this.#dir, fileName);
    await rename(path, join(this.#dir, `audit-${last}.ndjson`));
    this.#file = await openAppendFile(path);
    this.#bytes = 0;
    await this.#saveHead({ base: this.#end });
  }

  async #saveHead(more: Partial<Ends> = {}): Promise<void> {
    const { base, pruned } = this.#head.data;
    const sealed = sealHead({ head: this.#end, base, pruned, ...more }, this.#key);
    // With the version before it a line that is cut off could be covered up.
    await this.#head.update(() => ({ data: sealed, result: undefined }), { forgetPrevious: true });
  }

  async #prune(keptDays: number): Promise<void> {
    const oldestMs = this.#now() - keptDays * dayMs;
    for (const name of await rotatedFiles(this.#dir)) {
      if (seqIn(name) <= this.#head.data.pruned.seq) {
        // A crash came between the two steps below.
        await rm(join(this.#dir, name));
        continue;
      }
      // Looked at often, and read only when it is due.
      const { mtimeMs } = await stat(join(this.#dir, name));
      if (mtimeMs > oldestMs) return;
      const lines = await linesOf(join(this.#dir, name));
      const last = JSON.parse(lines.at(-1) ?? 'null') as { seq?: number; at?: string } | null;
      if (!last?.at || Date.parse(last.at) > oldestMs) return;
      let { pruned } = this.#head.data;
      for (const line of lines) {
        const checked = checkLine(pruned, line, []);
        // What is damaged is evidence, and stays.
        if (!checked.ok) return;
        pruned = checked.end;
      }
      await this.#saveHead({ pruned });
      await rm(join(this.#dir, name));
    }
  }
}

/** What is wrong with a chain, and where. */
interface AuditTrouble {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
}

export interface AuditVerdict {
  readonly lines: number;
  readonly first: number;
  /** Lines after the last one that a known key proves. */
  readonly unproved: number;
  readonly troubles: readonly AuditTrouble[];
}

/** Reads the whole chain. Needs nothing but the folder and the keys, and changes nothing. */
export async function verifyAudit(
  dir: string,
  storeKeys: readonly AuditKey[],
): Promise<AuditVerdict> {
  const keys = auditKeysOf(storeKeys);
  const [key] = keys;
  if (!key) throw new RangeError('an audit log needs a key');
  const isHeadThere = await hasHead(dir);
  const { data } = await openHead(dir, key);
  const troubles: AuditTrouble[] = [];
  if (!isHeadThere) troubles.push({ file: auditHeadName, line: 0, reason: headLost });
  else if (!isHeadGood(data, keys)) {
    troubles.push({ file: auditHeadName, line: 1, reason: headTrouble });
  }
  let end: ChainEnd = data.pruned;
  let unproved = 0;
  let lines = 0;
  for (const name of await filesAfter(dir, data.pruned)) {
    for (const [index, line] of (await linesOf(join(dir, name))).entries()) {
      lines++;
      const checked = checkLine(end, line, keys);
      if (!checked.ok) {
        troubles.push({ file: name, line: index + 1, reason: checked.reason });
        return { lines, first: data.pruned.seq + 1, unproved, troubles };
      }
      end = checked.end;
      unproved = checked.proved ? 0 : unproved + 1;
    }
  }
  if (end.seq < data.head.seq) {
    const missing = data.head.seq - end.seq;
    troubles.push({
      file: fileName,
      line: lines,
      reason: `${missing} lines are missing at the end`,
    });
  } else if (end.seq === data.head.seq && end.hash !== data.head.hash) {
    troubles.push({ file: fileName, line: lines, reason: 'its end is not the one that was kept' });
  }
  return { lines, first: data.pruned.seq + 1, unproved, troubles };
}

const headLost = 'it is missing, so nobody can tell whether lines were cut off at the end';
const headTrouble = 'head and count were changed, or written with a key that is gone';

function isHeadGood(data: Data, keys: readonly AuditKey[]): boolean {
  const known = keys.find(({ kid }) => kid === data.kid);
  return known !== undefined && isSame(data.mac, macOf(headText(data), known.key));
}

async function hasHead(dir: string): Promise<boolean> {
  return (await readdir(dir)).includes(auditHeadName);
}

type Ends = Pick<Data, 'head' | 'base' | 'pruned'>;

function openHead(dir: string, key: AuditKey): Promise<Collection<Data>> {
  const empty = sealHead({ head: emptyChain, base: emptyChain, pruned: emptyChain }, key);
  const format = { schema: Data, version: 1, migrations: {}, empty };
  return Collection.open(join(dir, auditHeadName), format);
}

function sealHead(ends: Ends, { kid, key }: AuditKey): Data {
  return { ...ends, kid, mac: macOf(headText(ends), key) };
}

function headText({ head, base, pruned }: Ends): string {
  return JSON.stringify(['head', ...[head, base, pruned].flatMap(({ seq, hash }) => [seq, hash])]);
}

/**
 * Where to go on. Usually at the kept head; after a crash between a line and its head, behind that line;
 * after damage, at the head, so that what follows cannot pass for what was lost.
 */
async function findEnd(
  dir: string,
  { head, base }: Data,
  keys: readonly AuditKey[],
): Promise<{ end: ChainEnd; trouble?: string }> {
  let end: ChainEnd = base;
  for (const name of await filesAfter(dir, base)) {
    for (const [index, line] of (await linesOf(join(dir, name))).entries()) {
      const checked = checkLine(end, line, keys);
      if (!checked.ok)
        return { end: head, trouble: `${name}, line ${index + 1}: ${checked.reason}` };
      end = checked.end;
    }
  }
  if (end.seq < head.seq) return { end: head, trouble: `${head.seq - end.seq} lines are missing` };
  return { end };
}

/** Oldest first. */
async function rotatedFiles(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => rotatedName.test(name)).sort();
}

/** The number of the last line in a file that is full. */
function seqIn(name: string): number {
  return Number(rotatedName.exec(name)?.[1]);
}

/** Files with lines behind this one, oldest first. */
async function filesAfter(dir: string, { seq }: ChainEnd): Promise<string[]> {
  return [...(await rotatedFiles(dir)).filter((name) => seqIn(name) > seq), fileName];
}

async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw new StoreCorruptError(path, 'the system refuses to read it', { cause: error });
  });
  // A line without its end was never finished, so nothing was built on it.
  return text.split('\n').slice(0, -1);
}

async function cutTornLine(path: string): Promise<void> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  const whole = bytes.lastIndexOf('\n') + 1;
  if (whole < bytes.length) await truncate(path, whole);
}
