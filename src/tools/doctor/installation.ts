import { access, constants, readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../../config.ts';
import { createLog } from '../../log.ts';
import { createVault } from '../../store/vault.ts';
import { formatInstant } from '../../time.ts';
import { openSeals } from '../seals.ts';
import { bad, type Finding, ok, skipped } from './finding.ts';

/** A large export spools some hundred megabytes beside the workbook that is made of it. */
const leastFreeBytes = 1_000_000_000;

export async function checkEnvFile(path: string): Promise<Finding> {
  const check = 'settings file';
  const found = await stat(path).catch(() => undefined);
  if (!found) return skipped(check, `there is no ${path}; the settings come from the process`);
  // A device such as /dev/null holds nothing to protect.
  if (!found.isFile() || (found.mode & 0o077) === 0) {
    return ok(check, `${path} is for its owner alone`);
  }
  return bad(check, `others can read or change ${path}`, `chmod 600 ${path}`);
}

/** The folder, and that nobody else can read what is in it. */
export async function checkDataFolder({ DATA_DIR: dir }: Config): Promise<Finding> {
  const check = 'data folder';
  const found = await stat(dir).catch(() => undefined);
  if (!found) return await checkParent(dir);
  if (!found.isDirectory()) return bad(check, `${dir} is no folder`, 'Set DATA_DIR to a folder.');
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(
    () => undefined,
  );
  const isUsable = await canWrite(dir);
  if (!entries || !isUsable) {
    return bad(
      check,
      `${dir} cannot be written`,
      `Give it to the user that runs the bot: chown -R <user> ${dir}`,
    );
  }
  const paths = [dir, ...entries.map((entry) => join(entry.parentPath, entry.name))];
  const open: string[] = [];
  for (const path of paths) {
    const mode = (await stat(path).catch(() => undefined))?.mode ?? 0;
    if ((mode & 0o077) !== 0) open.push(path);
  }
  if (open.length > 0) {
    const what = open.length === 1 ? 'one place' : `${open.length} places`;
    return bad(check, `others can read ${what} in ${dir}`, `chmod -R go= ${dir}`);
  }
  return ok(check, `${dir} is for its owner alone`);
}

async function checkParent(dir: string): Promise<Finding> {
  const parent = dirname(dir);
  return (await canWrite(parent))
    ? ok('data folder', `${dir} is made at the first start`)
    : bad(
        'data folder',
        `${dir} is not there and cannot be made`,
        `mkdir -m 700 ${dir}, for the user that runs the bot`,
      );
}

const canWrite = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  );

/** @param leastBytes for tests: no disk is ever that full on purpose */
export async function checkDisk(
  { DATA_DIR: dir }: Config,
  leastBytes = leastFreeBytes,
): Promise<Finding> {
  const place = (await stat(dir).catch(() => undefined)) ? dir : dirname(dir);
  const { bavail, bsize } = await statfs(place);
  const free = bavail * bsize;
  const words = `${Math.floor(free / 1_000_000).toLocaleString('en')} MB are free`;
  return free >= leastBytes
    ? ok('disk', words)
    : bad('disk', `only ${words}`, `Exports are collected in ${dir}: make room for a gigabyte.`);
}

export async function checkKeys({ DATA_DIR: dir, STORE_KEYS: keys }: Config): Promise<Finding> {
  const check = 'keys';
  if (!(await stat(dir).catch(() => undefined))) return skipped(check, 'nothing is stored yet');
  const seals = await openSeals(dir, {
    vault: createVault(keys),
    log: createLog({ level: 'fatal' }),
    isOthers: true,
  });
  const all = await seals.list();
  const closed = all.filter(({ state }) => state === 'key_missing' || state === 'damaged').length;
  if (closed > 0) {
    return bad(
      check,
      `${closed} of ${all.length} records cannot be opened with STORE_KEYS`,
      'npm run keys -- check tells which key is missing; put it back at the end of STORE_KEYS.',
    );
  }
  return ok(check, `all ${all.length} records open with STORE_KEYS`);
}

export async function checkZone({ TIMEZONE: zone }: Config): Promise<Finding> {
  return ok('zone', `in ${zone} it is ${formatInstant(Date.now(), zone)}`);
}
