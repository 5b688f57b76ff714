import { loadSome } from '../config.ts';
import { AppError } from '../errors.ts';
import { createLog } from '../log.ts';
import { AuditLog } from '../store/audit-log.ts';
import { lockFolder } from '../store/folder-lock.ts';
import { createVault } from '../store/vault.ts';
import { type KnownSeal, openSeals } from './seals.ts';

const usage = `keys check    says with which keys of STORE_KEYS the records of DATA_DIR are sealed, and which can be left out
keys rotate   seals all of them with the first key of STORE_KEYS; the bot must be stopped
`;

const stateWords = {
  current: 'the first one',
  older: 'an older one',
  key_missing: 'which is not in STORE_KEYS',
  damaged: 'damaged: it does not open',
} as const satisfies Record<KnownSeal['state'], string>;

process.umask(0o077);
process.exitCode = await main(process.argv.slice(2));

async function main([command, ...rest]: readonly string[]): Promise<number> {
  if ((command !== 'check' && command !== 'rotate') || rest.length > 0) {
    process.stderr.write(usage);
    return 2;
  }
  try {
    return await (command === 'check' ? check() : rotate());
  } catch (error) {
    process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
    return 2;
  }
}

type Settings = ReturnType<typeof readSettings>;

function readSettings() {
  return loadSome(process.env, ['DATA_DIR', 'STORE_KEYS']);
}

async function check(): Promise<number> {
  const settings = readSettings();
  return report(await (await open(settings, { isOthers: true })).list(), settings);
}

async function rotate(): Promise<number> {
  const settings = readSettings();
  const { DATA_DIR: dir, STORE_KEYS: keys } = settings;
  const log = createLog({ level: 'fatal' });
  const lock = await lockFolder(dir, log);
  try {
    const seals = await open(settings, { isOthers: false });
    const before = (await seals.list()).filter(({ state }) => state === 'older').length;
    await seals.renew();
    const audit = await AuditLog.open({ dir, keys, now: Date.now, log });
    await audit.note('keys_rotated', { to: keys[0]?.kid, records: before });
    await audit.close();
    process.stdout.write(`Sealed ${before} records again with key "${keys[0]?.kid}".\n`);
    return report(await seals.list(), settings);
  } finally {
    await lock.release();
  }
}

function open({ DATA_DIR, STORE_KEYS }: Settings, options: { isOthers: boolean }) {
  const vault = createVault(STORE_KEYS);
  return openSeals(DATA_DIR, { vault, log: createLog({ level: 'fatal' }), ...options });
}

/** @returns 1 where something cannot be opened */
function report(seals: readonly KnownSeal[], { STORE_KEYS }: Settings): number {
  const [first, ...others] = STORE_KEYS.map(({ kid }) => kid);
  for (const [line, count] of countLines(seals)) process.stdout.write(`${count} × ${line}\n`);
  const missing = new Set(seals.filter(isMissing).map(({ kid }) => kid));
  for (const kid of missing) {
    process.stdout.write(
      `Bring key "${kid}" back to STORE_KEYS, at its end; until then its records wait, and nothing removes them.\n`,
    );
  }
  const isDamaged = seals.some(({ state }) => state === 'damaged');
  if (isDamaged) {
    process.stdout.write(
      'What is damaged stays where it is. A new sign-in, or a new export, takes its place.\n',
    );
  }
  const used = new Set(seals.map(({ kid }) => kid));
  const spare = others.filter((kid) => !used.has(kid));
  if (spare.length > 0) {
    process.stdout.write(
      `No record needs ${spare.join(', ')} any more: STORE_KEYS can do without.\n`,
    );
  }
  const older = others.filter((kid) => used.has(kid));
  if (older.length > 0) {
    process.stdout.write(`keys rotate seals those of ${older.join(', ')} with "${first}".\n`);
  }
  return missing.size > 0 || isDamaged ? 1 : 0;
}

function isMissing({ state }: KnownSeal): boolean {
  return state === 'key_missing';
}

function countLines(seals: readonly KnownSeal[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { what, kid, state } of seals) {
    const line = `${what}, key "${kid}", ${stateWords[state]}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return counts;
}
