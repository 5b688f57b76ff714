import type { Person } from './directory.ts';

/** Where the references disagree about the service, or organizations differ, a test plays either. */
export interface SignInSettings {
  /** `ignored` as by a server that knows nothing of PKCE. */
  pkce: 'required' | 'ignored';
  /** What a refresh answers: a new refresh token (the old one is spent), the same, or none. */
  refreshTokens: 'rotate' | 'same' | 'omit';
  accessTokenLifeMs: number;
  refreshTokenLifeMs: number;
  /** Signing in leads over another host, as with an organization's own sign-on. */
  secondHost: boolean;
  /** Has a live Webex session in every browser and consented before: no page is shown. */
  remembered: Person | undefined;
}

const dayMs = 24 * 60 * 60_000;

export function defaultSignInSettings(): SignInSettings {
  return {
    pkce: 'required',
    refreshTokens: 'rotate',
    accessTokenLifeMs: 14 * dayMs,
    refreshTokenLifeMs: 90 * dayMs,
    secondHost: false,
    remembered: undefined,
  };
}
