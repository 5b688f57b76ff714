import { randomBytes } from 'node:crypto';
import type { Person } from './directory.ts';
import type { SignInSettings } from './sign-in-settings.ts';

/** Whose token it is and what it may be used for; a bot's token may do all a bot can. */
export interface Identity {
  readonly person: Person;
  readonly scopes: readonly string[] | 'bot';
}

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly issuedAtMs: number;
  readonly accessExpiresAtMs: number;
  readonly refreshExpiresAtMs: number;
  readonly scopes: readonly string[];
}

interface Grant {
  readonly person: Person;
  readonly scopes: readonly string[];
  readonly refreshExpiresAtMs: number;
  refreshToken: string;
}

/** Every token in circulation. Several grants of one person live side by side. */
export class Tokens {
  readonly #grants = new Set<Grant>();
  readonly #access = new Map<string, { readonly grant: Grant; readonly expiresAtMs: number }>();
  readonly #bots = new Map<string, Person>();
  readonly #settings: SignInSettings;
  readonly #now: () => number;

  constructor(deps: { readonly settings: SignInSettings; readonly now: () => number }) {
    this.#settings = deps.settings;
    this.#now = deps.now;
  }

  /** A shape that the bot's SDK does not take for one that leads to a service catalog. */
  issueForBot(bot: Person): string {
    const token = `sandbox-bot-${randomBytes(24).toString('hex')}`;
    this.#bots.set(token, bot);
    return token;
  }

  issue(person: Person, scopes: readonly string[]): TokenPair {
    const issuedAtMs = this.#now();
    const grant: Grant = {
      person,
      scopes,
      refreshToken: shapedToken(person),
      refreshExpiresAtMs: issuedAtMs + this.#settings.refreshTokenLifeMs,
    };
    this.#grants.add(grant);
    return this.#pair(grant, issuedAtMs);
  }

  /** @returns nothing where the refresh token is spent, expired, revoked or was never ours */
  refresh(refreshToken: string): TokenPair | undefined {
    const grant = [...this.#grants].find((known) => known.refreshToken === refreshToken);
    if (!grant || grant.refreshExpiresAtMs <= this.#now()) return undefined;
    if (this.#settings.refreshTokens === 'rotate') grant.refreshToken = shapedToken(grant.person);
    return this.#pair(grant);
  }

  authenticate(token: string): Identity | undefined {
    const bot = this.#bots.get(token);
    if (bot) return { person: bot, scopes: 'bot' };
    const access = this.#access.get(token);
    if (!access || access.expiresAtMs <= this.#now()) return undefined;
    return { person: access.grant.person, scopes: access.grant.scopes };
  }

  /** Access tokens of the person stop working; refresh tokens go on. */
  expireAccess(person: Person): void {
    for (const [token, { grant }] of this.#access) {
      if (grant.person.id === person.id) this.#access.delete(token);
    }
  }

  /** As when the person takes the consent back: nothing works any more. */
  revoke(person: Person): void {
    this.expireAccess(person);
    for (const grant of this.#grants) {
      if (grant.person.id === person.id) this.#grants.delete(grant);
    }
  }

  #pair(grant: Grant, issuedAtMs = this.#now()): TokenPair {
    const accessToken = shapedToken(grant.person);
    const accessExpiresAtMs = issuedAtMs + this.#settings.accessTokenLifeMs;
    this.#access.set(accessToken, { grant, expiresAtMs: accessExpiresAtMs });
    const { refreshToken, refreshExpiresAtMs, scopes } = grant;
    return { accessToken, refreshToken, issuedAtMs, accessExpiresAtMs, refreshExpiresAtMs, scopes };
  }
}

/** Opaque part, identity cluster, organization: what real tokens and codes look like. */
export function shapedToken(person: Person): string {
  return `${randomBytes(32).toString('hex')}_PF84_${person.organization.uuid}`;
}
