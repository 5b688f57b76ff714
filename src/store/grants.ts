import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { Collection } from './collection.ts';
import { keyOf, type PersonKey } from './person-key.ts';
import { DamagedRecordError, type Seal, type Vault } from './vault.ts';

/** A person's tokens and what came with them; on disk only sealed. */
const Grant = z.object({
  /** The login that brought it; refreshing keeps it. */
  loginId: z.string(),
  accessToken: z.string(),
  obtainedMs: z.number(),
  accessExpiresMs: z.number(),
  refreshToken: z.string().optional(),
  refreshExpiresMs: z.number().optional(),
  scopes: z.array(z.string()).readonly(),
  contactCenterOrgUuid: z.string(),
});
export type Grant = Readonly<z.infer<typeof Grant>>;

const Data = z.object({
  grants: z
    .array(
      z.object({
        personUuid: z.string(),
        orgUuid: z.string(),
        /** The tokens were refused for good; the record stays until the next login or logout. */
        needsLogin: z.boolean(),
        sealed: z.string(),
      }),
    )
    .readonly(),
});
type Data = z.infer<typeof Data>;
type GrantRecord = Data['grants'][number];

export interface StoredGrant {
  readonly grant: Grant;
  readonly needsLogin: boolean;
  /** Names this very version of the record: whoever replaces it says which one was meant. */
  readonly revision: string;
}

export class GrantStore {
  readonly #collection: Collection<Data>;
  readonly #vault: Vault;
  readonly #log: Log;

  private constructor(collection: Collection<Data>, vault: Vault, log: Log) {
    this.#collection = collection;
    this.#vault = vault;
    this.#log = log;
  }

  /** @param deps.isOthers the file of another process, only to be read */
  static async open(
    path: string,
    deps: { vault: Vault; log: Log; isOthers?: boolean },
  ): Promise<GrantStore> {
    const { isOthers } = deps;
    const format = { schema: Data, version: 1, migrations: {}, empty: { grants: [] }, isOthers };
    return new GrantStore(await Collection.open(path, format), deps.vault, deps.log);
  }

  /** A record that cannot be opened counts as none and is kept: its key may come back. */
  get(person: PersonKey): StoredGrant | undefined {
    const record = this.#collection.data.grants.find(isOf(person));
    if (!record) return undefined;
    try {
      const grant = this.#unseal(record);
      return { grant, needsLogin: record.needsLogin, revision: record.sealed };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#log.warn(
        { personUuid: record.personUuid, orgUuid: record.orgUuid, err: error },
        'a grant cannot be opened and is kept; the person has to sign in again',
      );
      return undefined;
    }
  }

  /** After a login: whatever there was before is replaced. */
  async put(person: PersonKey, grant: Grant): Promise<void> {
    const record = this.#seal(person, grant);
    await this.#collection.update((data) => ({
      data: { grants: [...data.grants.filter((other) => !isOf(person)(other)), record] },
      result: undefined,
    }));
  }

  /**
   * Replaces one version of a record.
   *
   * @returns false where that version is no longer there: removed, or replaced by a newer login
   */
  async replace(person: PersonKey, revision: string, grant: Grant): Promise<boolean> {
    const record = this.#seal(person, grant);
    return await this.#change(person, revision, () => record);
  }

  /** Says of one version of a record that only a new login helps. */
  async markNeedsLogin(person: PersonKey, revision: string): Promise<boolean> {
    return await this.#change(person, revision, (record) => ({ ...record, needsLogin: true }));
  }

  /** @returns whether there was one; afterwards it is in no file any more */
  async remove(person: PersonKey): Promise<boolean> {
    return await this.#collection.update(
      (data) => {
        const grants = data.grants.filter((record) => !isOf(person)(record));
        const removed = grants.length < data.grants.length;
        return { data: removed ? { grants } : data, result: removed };
      },
      { forgetPrevious: true },
    );
  }

  list(): readonly (PersonKey & { readonly needsLogin: boolean })[] {
    return this.#collection.data.grants.map(({ personUuid, orgUuid, needsLogin }) => ({
      personUuid,
      orgUuid,
      needsLogin,
    }));
  }

  /** When the refresh token of each grant ends (epoch ms), as far as Webex told. */
  endsMs(): (number | undefined)[] {
    return this.#collection.data.grants.map((record) => {
      try {
        return this.#unseal(record).refreshExpiresMs;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        return undefined;
      }
    });
  }

  seals(): Seal[] {
    return this.#collection.data.grants.map((record) =>
      this.#vault.inspect(record.sealed, contextOf(record)),
    );
  }

  /** Seals with the first key whatever can be opened; afterwards no file holds it under another one. */
  async renewSeals(): Promise<void> {
    await this.#collection.update(
      (data) => {
        const grants = data.grants.map((record) => {
          const sealed = this.#vault.renew(record.sealed, contextOf(record));
          return sealed === record.sealed ? record : { ...record, sealed };
        });
        const isChanged = grants.some((record, index) => record !== data.grants[index]);
        return { data: isChanged ? { grants } : data, result: undefined };
      },
      { forgetPrevious: true },
    );
  }

  async idle(): Promise<void> {
    await this.#collection.idle();
  }

  #change(
    person: PersonKey,
    revision: string,
    change: (record: GrantRecord) => GrantRecord,
  ): Promise<boolean> {
    return this.#collection.update((data) => {
      const meant = data.grants.find(
        (record) => isOf(person)(record) && record.sealed === revision,
      );
      if (!meant) return { data, result: false };
      const grants = data.grants.map((record) => (record === meant ? change(record) : record));
      return { data: { grants }, result: true };
    });
  }

  #seal(person: PersonKey, grant: Grant): GrantRecord {
    return {
      personUuid: person.personUuid,
      orgUuid: person.orgUuid,
      needsLogin: false,
      sealed: this.#vault.seal(JSON.stringify(grant), contextOf(person)),
    };
  }

  #unseal(record: GrantRecord): Grant {
    const json: unknown = JSON.parse(
      this.#vault.open(record.sealed, contextOf(record)).toString('utf8'),
    );
    const read = Grant.safeParse(json);
    if (!read.success) throw new DamagedRecordError('it does not hold a grant');
    return read.data;
  }
}

/** Sealed into the record, so that one person's tokens cannot be moved to another's name. */
function contextOf(person: PersonKey): string {
  return `grant/${keyOf(person)}`;
}

function isOf(person: PersonKey): (record: PersonKey) => boolean {
  const key = keyOf(person);
  return (record) => keyOf(record) === key;
}
