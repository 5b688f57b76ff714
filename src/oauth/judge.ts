import { AppError } from '../errors.ts';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { GrantStore } from '../store/grants.ts';
import type { LoginEnding, LoginStore, TakenLogin } from '../store/logins.ts';
import { contactCenterOrgOf, type FetchOwnPerson, findMismatch } from './identity.ts';
import { maskEmail } from './mask.ts';
import type { Protocol, Tokens } from './protocol.ts';
import { matchesHash } from './secrets.ts';

/** What a browser brought back from Webex. */
export interface ReturnedBrowser {
  readonly parameters: URLSearchParams;
  readonly cookie: string | undefined;
}

interface Deps {
  readonly store: LoginStore;
  readonly grants: GrantStore;
  readonly protocol: Pick<Protocol, 'scopes' | 'checkAnswer' | 'exchange'>;
  readonly fetchOwnPerson: FetchOwnPerson;
  readonly allowedOrgIds: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** The person is looking at an empty page meanwhile. */
const deadlineMs = 40_000;

/**
 * Everything between a spent state and a stored grant, in the one order that is safe: what costs
 * nothing and needs no trust first, the token endpoint only for the right browser, the store only for
 * the right person. Whatever is not exactly right drops the tokens.
 */
export function createJudge({
  store,
  grants,
  protocol,
  fetchOwnPerson,
  allowedOrgIds,
  clock,
  log,
}: Deps) {
  const check = async (
    { login, cookieHash, openVerifier }: TakenLogin,
    { parameters, cookie }: ReturnedBrowser,
  ): Promise<Tokens> => {
    if (login.expiresAtMs <= clock.now()) throw new Refusal({ kind: 'expired' });
    if (cookie === undefined || !matchesHash(cookie, cookieHash)) throw failed('other_browser');
    const error = parameters.get('error');
    if (error === 'access_denied') throw new Refusal({ kind: 'denied' });
    if (error !== null) throw failed('refused_by_webex');

    const signal = AbortSignal.timeout(deadlineMs);
    const state = parameters.get('state') ?? '';
    const answer = await step('other_issuer', () => protocol.checkAnswer(parameters, state));
    const verifier = await step('verifier', openVerifier);
    const tokens = await step('exchange', () => protocol.exchange(answer, verifier, signal));
    const granted = tokens.scopes ?? protocol.scopes;
    if (!protocol.scopes.every((scope) => granted.includes(scope))) throw failed('scopes');

    const found = await step('people_me', () => fetchOwnPerson(tokens.accessToken, signal));
    const mismatch = findMismatch(login, found, allowedOrgIds);
    if (mismatch !== undefined) {
      const otherAccount = maskEmail(found.emails[0]);
      throw new Refusal({ kind: 'wrong_person', detail: mismatch, otherAccount });
    }
    return tokens;
  };

  const step = async <T>(detail: string, act: () => T | Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      log.warn({ err: error, detail }, 'a step of a login failed');
      throw failed(detail);
    }
  };

  /** @returns how the login ends; nothing where it was killed while Webex was being asked */
  return async (taken: TakenLogin, returned: ReturnedBrowser): Promise<LoginEnding | undefined> => {
    const { login } = taken;
    try {
      const tokens = await check(taken, returned);
      if (!store.find(login.id)) return undefined;
      const grant = {
        ...tokens,
        loginId: login.id,
        scopes: tokens.scopes ?? protocol.scopes,
        contactCenterOrgUuid: contactCenterOrgOf(tokens.accessToken, login),
      };
      await step('storage', () => grants.put(login, grant));
      return { kind: 'signed_in' };
    } catch (error) {
      if (error instanceof Refusal) return error.ending;
      log.error({ err: error }, 'a login ended with an unexpected error');
      return { kind: 'failed', detail: 'unexpected' };
    }
  };
}

class Refusal extends Error {
  readonly ending: LoginEnding;

  constructor(ending: LoginEnding) {
    super(ending.detail ?? ending.kind);
    this.ending = ending;
  }
}

function failed(detail: string): Refusal {
  return new Refusal({ kind: 'failed', detail });
}
