import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { renewSpoolKey, sealOfSpoolKey } from '../export/spool.ts';
import type { Log } from '../log.ts';
import { GrantStore } from '../store/grants.ts';
import { LoginStore } from '../store/logins.ts';
import { fileNames } from '../store/store.ts';
import type { Seal, Vault } from '../store/vault.ts';

export interface KnownSeal extends Seal {
  readonly what: 'sign-in' | 'login under way' | 'unfinished export';
}

/** Everything in a data folder that is sealed with a key of `STORE_KEYS`. */
export interface Seals {
  list(): Promise<KnownSeal[]>;
  /**
   * Seals all of it with the first key. What cannot be opened stays as it is. Each file is replaced as a
   * whole, so this can be cut off at any moment and done again.
   *
   * @throws {StorageFullError} some of it is sealed as before
   */
  renew(): Promise<void>;
}

/**
 * @param deps.isOthers a bot may be at work in the folder, and nothing in it is touched
 * @throws {StoreCorruptError} a file cannot be read, and was left untouched
 */
export async function openSeals(
  dir: string,
  deps: { vault: Vault; log: Log; isOthers?: boolean },
): Promise<Seals> {
  const { vault } = deps;
  const grants = await GrantStore.open(join(dir, fileNames.grants), deps);
  const logins = await LoginStore.open(join(dir, fileNames.logins), deps);
  const jobs = join(dir, 'jobs');
  const refs = await readdir(jobs).catch(() => []);
  return {
    async list() {
      const of = (what: KnownSeal['what']) => (seal: Seal) => ({ what, ...seal });
      const spools = await Promise.all(refs.map((ref) => sealOfSpoolKey(join(jobs, ref), vault)));
      return [
        ...grants.seals().map(of('sign-in')),
        ...logins.seals().map(of('login under way')),
        ...spools.filter((seal) => seal !== undefined).map(of('unfinished export')),
      ];
    },
    async renew() {
      await grants.renewSeals();
      await logins.renewSeals();
      for (const ref of refs) await renewSpoolKey(join(jobs, ref), vault);
    },
  };
}
