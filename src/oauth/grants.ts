import { NotSignedInError } from '../errors.ts';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { Grant, GrantStore, StoredGrant } from '../store/grants.ts';
import { keyOf, type PersonKey } from '../store/person-key.ts';
import type { Protocol, Tokens } from './protocol.ts';
import { TokenRefusedError } from './token-endpoint.ts';

interface GrantDescription {
  readonly scopes: readonly string[];
  readonly accessExpiresMs: number;
  readonly refreshExpiresMs: number | undefined;
  readonly contactCenterOrgUuid: string;
}

export interface Grants {
  /**
   * A token that is good for some minutes more, refreshed where needed; any number of callers share
   * one refresh, and a new pair is on disk before anybody gets it.
   *
   * @param refused the token that was just answered with 401: it is not handed out again unless Webex
   *   itself says that it is still the one
   * @throws {NotSignedInError} there is no grant, or Webex refused it for good; {ApiError},
   *   {UnreachableError}, {InvalidAnswerError} no usable token, and Webex could not be asked for one
   */
  accessToken(person: PersonKey, refused?: string): Promise<string>;
  /** @returns nothing where only a new login would help */
  describe(person: PersonKey): Promise<GrantDescription | undefined>;
  /** @returns whether there was a grant */
  remove(person: PersonKey): Promise<boolean>;
}

/** With less left than this a token is refreshed first: a request may take its time. */
const reserveMs = 5 * 60_000;

interface Refreshed {
  readonly accessToken: string;
  /** Set where the token is the old one, still valid, because no new one could be had now. */
  readonly failure?: unknown;
}

interface Deps {
  readonly store: GrantStore;
  readonly protocol: Pick<Protocol, 'refresh'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export function createGrants({ store, protocol, clock, log }: Deps): Grants {
  const running = new Map<string, Promise<Refreshed>>();
  const unsaved = new Map<string, { revision: string; grant: Grant }>();

  const needStored = (person: PersonKey): StoredGrant => {
    const stored = store.get(person);
    if (!stored || stored.needsLogin) throw signInAgain();
    return stored;
  };

  const isFresh = ({ accessExpiresMs, obtainedMs }: Grant): boolean => {
    // A tenth of a short life: a token that lives four minutes would otherwise never be fresh.
    const reserve = Math.min(reserveMs, (accessExpiresMs - obtainedMs) / 10);
    return accessExpiresMs - clock.now() > reserve;
  };

  /** @returns only where a new login came in meanwhile: its grant */
  const giveUp = async (person: PersonKey, stored: StoredGrant, reason: string): Promise<Grant> => {
    log.warn({ personUuid: person.personUuid, reason }, 'a grant is no longer accepted');
    await store.markNeedsLogin(person, stored.revision);
    return needStored(person).grant;
  };

  const askForTokens = async (person: PersonKey, stored: StoredGrant): Promise<Grant> => {
    const { refreshToken, refreshExpiresMs } = stored.grant;
    if (refreshToken === undefined) return await giveUp(person, stored, 'no refresh token');
    if (refreshExpiresMs !== undefined && refreshExpiresMs <= clock.now()) {
      return await giveUp(person, stored, 'refresh token expired');
    }
    try {
      return merge(stored.grant, await protocol.refresh(refreshToken));
    } catch (error) {
      if (isFinal(error)) return await giveUp(person, stored, error.message);
      throw error;
    }
  };

  /** @returns the token that counts now: the new one, or what replaced the old one meanwhile */
  const save = async (person: PersonKey, stored: StoredGrant, grant: Grant): Promise<Refreshed> => {
    const key = keyOf(person);
    // The server may have spent the old pair: should the disk refuse, this is the only copy.
    unsaved.set(key, { revision: stored.revision, grant });
    const replaced = await store.replace(person, stored.revision, grant);
    unsaved.delete(key);
    // Somebody logged out, or in again, while we asked: theirs is the last word.
    return { accessToken: replaced ? grant.accessToken : needStored(person).grant.accessToken };
  };

  const refresh = async (person: PersonKey, refused: string | undefined): Promise<Refreshed> => {
    const stored = needStored(person);
    const { accessToken, accessExpiresMs } = stored.grant;
    if (accessToken !== refused && isFresh(stored.grant)) return { accessToken };
    try {
      const waiting = unsaved.get(keyOf(person));
      const kept = waiting?.revision === stored.revision ? waiting.grant : undefined;
      return await save(person, stored, kept ?? (await askForTokens(person, stored)));
    } catch (failure) {
      if (failure instanceof NotSignedInError || accessExpiresMs <= clock.now()) throw failure;
      log.warn({ err: failure }, 'a grant could not be refreshed; the old one is used');
      return { accessToken, failure };
    }
  };

  const refreshOnce = (person: PersonKey, refused: string | undefined): Promise<Refreshed> => {
    const key = keyOf(person);
    const started = running.get(key) ?? refresh(person, refused).finally(() => running.delete(key));
    running.set(key, started);
    return started;
  };

  return {
    async accessToken(person, refused) {
      const { grant } = needStored(person);
      if (grant.accessToken !== refused && isFresh(grant)) return grant.accessToken;
      const { accessToken, failure } = await refreshOnce(person, refused);
      if (failure !== undefined && accessToken === refused) throw failure;
      return accessToken;
    },

    async describe(person) {
      const stored = store.get(person);
      if (!stored || stored.needsLogin) return undefined;
      const { scopes, accessExpiresMs, refreshExpiresMs, contactCenterOrgUuid } = stored.grant;
      return { scopes, accessExpiresMs, refreshExpiresMs, contactCenterOrgUuid };
    },

    async remove(person) {
      unsaved.delete(keyOf(person));
      return await store.remove(person);
    },
  };
}

/** A server may send a new refresh token, the same one, or none; what it does not send stays. */
function merge(old: Grant, tokens: Tokens): Grant {
  return {
    ...old,
    accessToken: tokens.accessToken,
    obtainedMs: tokens.obtainedMs,
    accessExpiresMs: tokens.accessExpiresMs,
    refreshToken: tokens.refreshToken ?? old.refreshToken,
    refreshExpiresMs: tokens.refreshExpiresMs ?? old.refreshExpiresMs,
    scopes: tokens.scopes ?? old.scopes,
  };
}

/**
 * Webex answers a dead refresh token with 400 or 401, not always with a machine-readable word. Where
 * it names our own client as the culprit, the grant is fine and the operator has to act.
 */
function isFinal(error: unknown): error is TokenRefusedError {
  return (
    error instanceof TokenRefusedError &&
    (error.status === 400 || error.status === 401) &&
    error.reason !== 'invalid_client'
  );
}

function signInAgain(): NotSignedInError {
  return new NotSignedInError(
    'there is no usable grant',
    'You need to sign in. Please send "login".',
  );
}
