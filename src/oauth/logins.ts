import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { GrantStore } from '../store/grants.ts';
import type { Login, LoginEnding, LoginStore, Waiting } from '../store/logins.ts';
import type { PersonKey } from '../store/person-key.ts';
import type { FetchOwnPerson } from './identity.ts';
import { createJudge, type ReturnedBrowser } from './judge.ts';
import { maskEmail } from './mask.ts';
import { createOutcomes, type LoginOutcome } from './outcomes.ts';
import type { Protocol } from './protocol.ts';
import { hashOf, newSecret } from './secrets.ts';
import { below } from './urls.ts';

export type { LoginOutcome } from './outcomes.ts';

interface Requester extends PersonKey {
  /** As the messaging API wants it; comes back in the outcome. */
  readonly personId: string;
  readonly displayName: string;
  readonly email: string;
}

export interface BegunLogin {
  /** Goes to the requester and nowhere else: it holds the secret of this login. */
  readonly loginUrl: string;
  readonly expiresAtMs: number;
  /** Names the login in logs and outcomes; opens nothing. */
  readonly id: string;
  /** The message with the link of the earlier login of the same person, which is worth nothing any more. */
  readonly replacedCardId: string | undefined;
}

/** What the start page may show. */
export interface LoginPage {
  readonly displayName: string;
  readonly maskedEmail: string;
  readonly waiting: Waiting;
  readonly askedAtMs: number;
  readonly expiresAtMs: number;
}

interface StartedLogin {
  readonly authorizeUrl: URL;
  readonly cookie: string;
}

/** `unknown`: no such state, any more. `other_browser`: the browser is not the one that started. */
export type CallbackResult =
  | 'unknown'
  | 'other_browser'
  | 'other_issuer'
  | Exclude<LoginEnding['kind'], 'declined' | 'expired'>;

export interface Logins {
  /** @throws {StorageFullError} nothing was begun */
  begin(options: { person: Requester; waiting: Waiting }): Promise<BegunLogin>;
  /**
   * Remembers which message holds the link, so that whoever ends the login can take it back.
   *
   * @param id as returned by `begin`
   * @returns false where the login is over already: the message should go at once
   */
  noteCard(id: string, cardId: string): Promise<boolean>;
  /** @param secret the last part of the link; looking changes nothing */
  page(secret: string): LoginPage | undefined;
  /** Every start replaces the one before; the login itself succeeds at most once. */
  start(secret: string): Promise<StartedLogin | undefined>;
  decline(secret: string): Promise<boolean>;
  /** The state is spent whatever comes of it. */
  callback(returned: ReturnedBrowser): Promise<CallbackResult>;
  /** Kills the live login of a person; no outcome is told. @returns the message that held its link */
  cancel(person: PersonKey): Promise<string | undefined>;
  /** Ends what has expired and tells what could not be told: at every start, and every few seconds. */
  sweep(): Promise<void>;
  /** Resolves when every outcome known now has been told, or could not be. */
  idle(): Promise<void>;
}

interface Deps {
  readonly store: LoginStore;
  readonly grants: GrantStore;
  readonly protocol: Pick<Protocol, 'scopes' | 'authorizeUrl' | 'checkAnswer' | 'exchange'>;
  readonly fetchOwnPerson: FetchOwnPerson;
  readonly allowedOrgIds: readonly string[];
  readonly publicUrl: URL;
  /** May be told twice after a crash, never by two at once; when it throws it is told again. */
  readonly onOutcome: (outcome: LoginOutcome) => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

const lifetimeMs = 10 * 60_000;

/** Login transactions: from the link in the chat to a stored grant of the very person who asked. */
export function createLogins(deps: Deps): Logins {
  const { store, grants, protocol, clock, log } = deps;
  const outcomes = createOutcomes({ store, onOutcome: deps.onOutcome, clock, log });
  const judge = createJudge(deps);
  /** Those whose code is being exchanged right now; on disk they look like left behind by a crash. */
  const returning = new Set<string>();

  const findLive = (secret: string): Login | undefined => {
    const login = store.find(hashOf(secret));
    const open = login?.stage.kind === 'waiting' || login?.stage.kind === 'started';
    return login && open && login.expiresAtMs > clock.now() ? login : undefined;
  };

  return {
    async begin({ person, waiting }) {
      const secret = newSecret();
      const askedAtMs = clock.now();
      const { personId, personUuid, orgUuid, displayName, email } = person;
      const id = hashOf(secret);
      const expiresAtMs = askedAtMs + lifetimeMs;
      const replaced = await store.add({
        id,
        personId,
        personUuid,
        orgUuid,
        displayName,
        email,
        waiting,
        askedAtMs,
        expiresAtMs,
      });
      const loginUrl = below(deps.publicUrl, `/login/${secret}`).href;
      return { loginUrl, expiresAtMs, id, replacedCardId: replaced?.cardId };
    },

    noteCard: (id, cardId) => store.noteCard(id, cardId),

    page(secret) {
      const login = findLive(secret);
      if (!login) return undefined;
      const { displayName, email, waiting, askedAtMs, expiresAtMs } = login;
      return { displayName, maskedEmail: maskEmail(email), waiting, askedAtMs, expiresAtMs };
    },

    async start(secret) {
      const login = findLive(secret);
      if (!login) return undefined;
      const [state, cookie, verifier] = [newSecret(), newSecret(), newSecret()];
      const authorizeUrl = await protocol.authorizeUrl({ state, verifier });
      const attempt = { stateHash: hashOf(state), cookieHash: hashOf(cookie), verifier };
      return (await store.start(login.id, attempt)) ? { authorizeUrl, cookie } : undefined;
    },

    async decline(secret) {
      const login = findLive(secret);
      return login !== undefined && (await outcomes.end(login, { kind: 'declined' }));
    },

    async callback(returned) {
      const state = returned.parameters.get('state');
      const taken = state === null ? undefined : await store.take(hashOf(state));
      if (!taken) return 'unknown';
      returning.add(taken.login.id);
      try {
        const ending = await judge(taken, returned);
        if (!ending || !(await outcomes.end(taken.login, ending))) return 'unknown';
        return resultOf(ending);
      } finally {
        returning.delete(taken.login.id);
      }
    },

    async cancel(person) {
      return (await store.removeOf(person))?.cardId;
    },

    async sweep() {
      for (const login of store.list()) {
        if (returning.has(login.id)) continue;
        const ending = endingOfLeftover(login, grants, clock.now());
        if (ending) await outcomes.end(login, ending);
      }
      outcomes.tellAgain();
    },

    idle: () => outcomes.idle(),
  };
}

function resultOf({ kind, detail }: LoginEnding): CallbackResult {
  if (kind === 'expired' || kind === 'declined') return 'unknown';
  if (detail === 'other_browser' || detail === 'other_issuer') return detail;
  return kind;
}

/** What became of a login nobody works on: expired, or cut off by a crash on the last few metres. */
function endingOfLeftover(
  login: Login,
  grants: GrantStore,
  nowMs: number,
): LoginEnding | undefined {
  if (login.stage.kind === 'returned') {
    const stored = grants.get(login);
    return stored?.grant.loginId === login.id && !stored.needsLogin
      ? { kind: 'signed_in' }
      : { kind: 'failed', detail: 'restart' };
  }
  if (login.stage.kind === 'ended' || login.expiresAtMs > nowMs) return undefined;
  return { kind: 'expired' };
}
