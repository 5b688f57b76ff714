import { z } from 'zod';
import { Collection } from './collection.ts';
import { keyOf, type PersonKey } from './person-key.ts';
import type { Seal, Vault } from './vault.ts';

/** What a login is for. */
const Waiting = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('job'), ref: z.string(), what: z.string(), where: z.string() }),
  z.object({ kind: z.literal('schedule'), ref: z.string(), what: z.string(), where: z.string() }),
  z.object({ kind: z.literal('login') }),
]);
export type Waiting = Readonly<z.infer<typeof Waiting>>;

const loginEndings = [
  'signed_in',
  'declined',
  'denied',
  'wrong_person',
  'failed',
  'expired',
] as const;

const Ending = z.object({
  kind: z.enum(loginEndings),
  /** For the log and the audit: which check ended it. */
  detail: z.string().optional(),
  /** The account somebody else signed in with, masked. */
  otherAccount: z.string().optional(),
});
/** How a login ended. */
export type LoginEnding = Readonly<z.infer<typeof Ending>>;

/**
 * `waiting` for the person to continue, `started` towards Webex, `returned` with the state spent,
 * `ended` with an ending that still has to be told.
 */
const Stage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('waiting') }),
  z.object({
    kind: z.literal('started'),
    stateHash: z.string(),
    cookieHash: z.string(),
    sealedVerifier: z.string(),
  }),
  z.object({ kind: z.literal('returned') }),
  z.object({ kind: z.literal('ended'), ending: Ending }),
]);

const Login = z.object({
  /** SHA-256 of the secret in the link: it names the login and opens nothing. */
  id: z.string(),
  /** As the messaging API wants it, to tell the person how it ended. */
  personId: z.string(),
  personUuid: z.string(),
  orgUuid: z.string(),
  displayName: z.string(),
  email: z.string(),
  waiting: Waiting,
  askedAtMs: z.number(),
  expiresAtMs: z.number(),
  /** The message that holds the link, once it is posted. */
  cardId: z.string().optional(),
  stage: Stage,
});
export type Login = Readonly<z.infer<typeof Login>>;

const Data = z.object({ logins: z.array(Login).readonly() });
type Data = z.infer<typeof Data>;

/** What start gives to the browser, as far as it is kept here. */
export interface Attempt {
  readonly stateHash: string;
  readonly cookieHash: string;
  readonly verifier: string;
}

export interface TakenLogin {
  readonly login: Login;
  readonly cookieHash: string;
  /** @throws {UnknownKeyError} the key it was sealed with is gone; {DamagedRecordError} */
  readonly openVerifier: () => string;
}

/** Login transactions. Of every secret only its hash is kept, the PKCE verifier sealed. */
export class LoginStore {
  readonly #collection: Collection<Data>;
  readonly #vault: Vault;

  private constructor(collection: Collection<Data>, vault: Vault) {
    this.#collection = collection;
    this.#vault = vault;
  }

  /** @param deps.isOthers the file of another process, only to be read */
  static async open(path: string, deps: { vault: Vault; isOthers?: boolean }): Promise<LoginStore> {
    const { isOthers } = deps;
    const format = { schema: Data, version: 1, migrations: {}, empty: { logins: [] }, isOthers };
    return new LoginStore(await Collection.open(path, format), deps.vault);
  }

  list(): readonly Login[] {
    return this.#collection.data.logins;
  }

  find(id: string): Login | undefined {
    return this.#collection.data.logins.find((login) => login.id === id);
  }

  /** @returns the live login of the same person that this one replaces; endings not told yet stay */
  async add(login: Omit<Login, 'stage'>): Promise<Login | undefined> {
    return await this.#collection.update((data) => {
      const replaced = data.logins.find(isLiveOf(login));
      const others = data.logins.filter((other) => other !== replaced);
      const added: Login = { ...login, stage: { kind: 'waiting' } };
      return { data: { logins: [...others, added] }, result: replaced };
    });
  }

  /** @returns false where the login is over already: then nobody else will take its card back */
  async noteCard(id: string, cardId: string): Promise<boolean> {
    return await this.#collection.update((data) => {
      const login = data.logins.find((one) => one.id === id && one.stage.kind !== 'ended');
      if (!login) return { data, result: false };
      return { data: replaced(data, login, { ...login, cardId }), result: true };
    });
  }

  /** A second start replaces the first: its state is worth nothing from then on. */
  async start(id: string, attempt: Attempt): Promise<boolean> {
    const { stateHash, cookieHash, verifier } = attempt;
    const sealedVerifier = this.#vault.seal(verifier, contextOf(id));
    const changed = await this.#setStage(id, ['waiting', 'started'], {
      kind: 'started',
      stateHash,
      cookieHash,
      sealedVerifier,
    });
    return changed !== undefined;
  }

  /** Spends a state: of any number of callers with the same one exactly one gets the login. */
  async take(stateHash: string): Promise<TakenLogin | undefined> {
    // Strangers can send any number of states; those nobody minted do not reach the queue.
    if (!this.list().some((login) => hasState(login, stateHash))) return undefined;
    return await this.#collection.update((data) => {
      const login = data.logins.find((one) => hasState(one, stateHash));
      if (login?.stage.kind !== 'started') return { data, result: undefined };
      const { cookieHash, sealedVerifier } = login.stage;
      const openVerifier = () =>
        this.#vault.open(sealedVerifier, contextOf(login.id)).toString('utf8');
      return {
        data: replaced(data, login, { ...login, stage: { kind: 'returned' } }),
        result: { login, cookieHash, openVerifier },
      };
    });
  }

  /** @returns the login, or nothing where it is gone or had ended before */
  async end(id: string, ending: LoginEnding): Promise<Login | undefined> {
    return await this.#setStage(id, ['waiting', 'started', 'returned'], { kind: 'ended', ending });
  }

  async remove(id: string): Promise<void> {
    await this.#collection.update((data) => {
      const logins = data.logins.filter((login) => login.id !== id);
      return {
        data: logins.length < data.logins.length ? { logins } : data,
        result: undefined,
      };
    });
  }

  /** Kills the live login of a person; nothing is told. @returns it, where there was one */
  async removeOf(person: PersonKey): Promise<Login | undefined> {
    return await this.#collection.update((data) => {
      const live = data.logins.find(isLiveOf(person));
      const logins = data.logins.filter((login) => login !== live);
      return { data: live ? { logins } : data, result: live };
    });
  }

  seals(): Seal[] {
    return this.list().flatMap(({ id, stage }) =>
      stage.kind === 'started' ? [this.#vault.inspect(stage.sealedVerifier, contextOf(id))] : [],
    );
  }

  /** Seals with the first key whatever can be opened; afterwards no file holds it under another one. */
  async renewSeals(): Promise<void> {
    await this.#collection.update(
      (data) => {
        const logins = data.logins.map((login) => this.#renewed(login));
        const isChanged = logins.some((login, index) => login !== data.logins[index]);
        return { data: isChanged ? { logins } : data, result: undefined };
      },
      { forgetPrevious: true },
    );
  }

  #renewed(login: Login): Login {
    if (login.stage.kind !== 'started') return login;
    const sealedVerifier = this.#vault.renew(login.stage.sealedVerifier, contextOf(login.id));
    if (sealedVerifier === login.stage.sealedVerifier) return login;
    return { ...login, stage: { ...login.stage, sealedVerifier } };
  }

  async idle(): Promise<void> {
    await this.#collection.idle();
  }

  #setStage(
    id: string,
    from: readonly Login['stage']['kind'][],
    stage: Login['stage'],
  ): Promise<Login | undefined> {
    return this.#collection.update((data) => {
      const login = data.logins.find((one) => one.id === id);
      if (!login || !from.includes(login.stage.kind)) return { data, result: undefined };
      const changed = { ...login, stage };
      return { data: replaced(data, login, changed), result: changed };
    });
  }
}

function replaced(data: Data, login: Login, by: Login): Data {
  return { logins: data.logins.map((other) => (other === login ? by : other)) };
}

function hasState({ stage }: Login, stateHash: string): boolean {
  return stage.kind === 'started' && stage.stateHash === stateHash;
}

function isLiveOf(person: PersonKey): (login: Login) => boolean {
  const key = keyOf(person);
  return (login) => login.stage.kind !== 'ended' && keyOf(login) === key;
}

function contextOf(id: string): string {
  return `login/${id}`;
}
