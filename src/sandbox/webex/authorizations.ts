import { createHash, randomBytes } from 'node:crypto';
import type { Person } from './directory.ts';
import type { SignInSettings } from './sign-in-settings.ts';
import { shapedToken, type TokenPair, type Tokens } from './tokens.ts';

/** An app registered in the developer portal. */
export interface Integration {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
}

interface Deps {
  readonly integration: Integration;
  readonly settings: SignInSettings;
  readonly tokens: Tokens;
  readonly now: () => number;
}

/** A sign-in that was asked for in a browser and is not decided yet. */
export interface PendingSignIn {
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly codeChallenge: string | undefined;
}

/** Why somebody is not led on; `redirectTo` is set where the app is told instead of the person. */
export class AuthorizeRefusal extends Error {
  readonly redirectTo: string | undefined;

  constructor(message: string, redirectTo?: string) {
    super(message);
    this.name = 'AuthorizeRefusal';
    this.redirectTo = redirectTo;
  }
}

/** What the token endpoint refuses (RFC 6749, 5.2). */
export class GrantRefusal extends Error {
  readonly error: 'invalid_client' | 'invalid_grant' | 'invalid_request' | 'unsupported_grant_type';

  constructor(error: GrantRefusal['error'], description: string) {
    super(description);
    this.name = 'GrantRefusal';
    this.error = error;
  }
}

interface Code extends PendingSignIn {
  readonly person: Person;
  readonly expiresAtMs: number;
}

const codeLifeMs = 10 * 60_000;

/** The authorization-code flow: what may be asked for, what it is exchanged for. */
export class Authorizations {
  readonly #pending = new Map<string, PendingSignIn>();
  readonly #codes = new Map<string, Code>();
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * Checks an authorize request and remembers it.
   *
   * @returns the id under which the person's decision is made
   * @throws {AuthorizeRefusal} to the person while the redirect address is not trusted, to the app after that
   */
  begin(query: URLSearchParams): string {
    const { integration, settings } = this.#deps;
    const one = (name: string) => single(query, name);
    if (one('client_id') !== integration.clientId) throw new AuthorizeRefusal('Unknown client_id.');
    const redirectUri = one('redirect_uri');
    if (redirectUri === undefined || !integration.redirectUris.includes(redirectUri)) {
      throw new AuthorizeRefusal('The redirect_uri is not registered for this app.');
    }
    const state = one('state');
    if (!state) throw new AuthorizeRefusal('A state is required.');
    const refuse = (error: string, description: string) =>
      new AuthorizeRefusal(
        description,
        withQuery(redirectUri, { error, error_description: description, state }),
      );
    if (one('response_type') !== 'code') {
      throw refuse('unsupported_response_type', 'response_type must be code.');
    }
    const scopes = (one('scope') ?? '').split(' ').filter((scope) => scope !== '');
    if (scopes.length === 0 || !scopes.every((scope) => integration.scopes.includes(scope))) {
      throw refuse('invalid_scope', 'The scope is not registered for this app.');
    }
    const codeChallenge = one('code_challenge');
    if (settings.pkce === 'required') {
      if (one('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(codeChallenge ?? '')) {
        throw refuse('invalid_request', 'A code_challenge with method S256 is required.');
      }
    }
    const id = randomBytes(24).toString('base64url');
    this.#pending.set(id, { redirectUri, scopes, state, codeChallenge });
    return id;
  }

  pending(id: string): PendingSignIn | undefined {
    return this.#pending.get(id);
  }

  /** Each request is decided once. @returns where the browser goes next */
  decide(id: string, decision: { readonly person: Person } | 'denied'): string | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (!pending) return undefined;
    const { redirectUri, state } = pending;
    if (decision === 'denied') {
      const error_description = 'The user denied the request.';
      return withQuery(redirectUri, { error: 'access_denied', error_description, state });
    }
    const code = shapedToken(decision.person);
    const expiresAtMs = this.#deps.now() + codeLifeMs;
    this.#codes.set(code, { ...pending, person: decision.person, expiresAtMs });
    return withQuery(redirectUri, { code, state });
  }

  /** @throws {GrantRefusal} */
  token(form: URLSearchParams): TokenPair {
    const { integration } = this.#deps;
    const { clientId, clientSecret } = integration;
    if (single(form, 'client_id') !== clientId || single(form, 'client_secret') !== clientSecret) {
      throw new GrantRefusal('invalid_client', 'Client authentication failed.');
    }
    switch (single(form, 'grant_type')) {
      case 'authorization_code':
        return this.#exchange(form);
      case 'refresh_token':
        return this.#refresh(form);
      default:
        throw new GrantRefusal('unsupported_grant_type', 'The grant_type is not supported.');
    }
  }

  #exchange(form: URLSearchParams): TokenPair {
    const { tokens, settings, now } = this.#deps;
    const given = single(form, 'code') ?? '';
    const code = this.#codes.get(given);
    // Spent with the first attempt, whatever comes of it.
    this.#codes.delete(given);
    if (!code || code.expiresAtMs <= now()) {
      throw new GrantRefusal('invalid_grant', 'The code is invalid, expired or used.');
    }
    if (single(form, 'redirect_uri') !== code.redirectUri) {
      throw new GrantRefusal('invalid_grant', 'The redirect_uri differs.');
    }
    if (settings.pkce === 'required') {
      const verifier = single(form, 'code_verifier') ?? '';
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      if (!/^[\w.~-]{43,128}$/.test(verifier) || challenge !== code.codeChallenge) {
        throw new GrantRefusal('invalid_grant', 'The code_verifier does not match.');
      }
    }
    return tokens.issue(code.person, code.scopes);
  }

  #refresh(form: URLSearchParams): TokenPair {
    const pair = this.#deps.tokens.refresh(single(form, 'refresh_token') ?? '');
    if (pair) return pair;
    throw new GrantRefusal('invalid_grant', 'The refresh token is expired, revoked or invalid.');
  }
}

/** A parameter given twice counts as not given (RFC 6749, 3.1). */
function single(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

function withQuery(url: string, parameters: Readonly<Record<string, string>>): string {
  const target = new URL(url);
  for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
  return target.href;
}
