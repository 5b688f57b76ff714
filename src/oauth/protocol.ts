import {
  type AuthorizationServer,
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type Client,
  ClientSecretPost,
  calculatePKCECodeChallenge,
  customFetch,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
  validateAuthResponse,
} from 'oauth4webapi';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { InvalidAnswerError } from '../http/errors.ts';
import { type Clock, defaultRetryPolicy, type RetryPolicy, withRetries } from '../http/retry.ts';
import type { Log } from '../log.ts';
import { tokenFetch } from './token-endpoint.ts';
import { below, isLoopback } from './urls.ts';

export interface Tokens {
  readonly accessToken: string;
  readonly obtainedMs: number;
  readonly accessExpiresMs: number;
  /** A refresh may bring a new one, the same one or none; none means that the old one stays good. */
  readonly refreshToken: string | undefined;
  readonly refreshExpiresMs: number | undefined;
  /** Absent where the answer does not say; then they are those that were asked for. */
  readonly scopes: readonly string[] | undefined;
}

export interface Protocol {
  /** What every login asks for. */
  readonly scopes: readonly string[];
  authorizeUrl(attempt: { state: string; verifier: string }): Promise<URL>;
  /**
   * Checks what the browser brought back.
   *
   * @throws {InvalidAnswerError} it comes from another issuer, or is not an answer to this request
   */
  checkAnswer(parameters: URLSearchParams, state: string): URLSearchParams;
  /** @param answer as returned by `checkAnswer`, which brands it */
  exchange(answer: URLSearchParams, verifier: string, signal?: AbortSignal): Promise<Tokens>;
  /** @throws {TokenRefusedError} with status 400 or 401 when the grant is gone */
  refresh(refreshToken: string, signal?: AbortSignal): Promise<Tokens>;
}

/** Visible characters only: a token goes into a header. */
const token = z.string().regex(/^[\x21-\x7e]{1,16384}$/);
// Some servers send numbers as text. A hundred years is surely a mistake of units.
const seconds = z.coerce.number().int().positive().max(3_200_000_000);

const TokenReply = z.object({
  access_token: token,
  token_type: z.string().regex(/^bearer$/i),
  expires_in: seconds,
  refresh_token: token.optional(),
  refresh_token_expires_in: seconds.optional(),
  scope: z.string().optional(),
});

/**
 * Webex's identity service has one issuer for each region, whatever host the authorize page was opened
 * on (https://idbroker.webex.com/idb/.well-known/openid-configuration and its siblings).
 */
const webexIssuers = ['', '-eu', '-b-us', '-ca'].map(
  (region) => `https://idbroker${region}.webex.com/idb`,
);

/** The code is good for one try, and a person is waiting in front of the browser. */
const exchangePolicy: RetryPolicy = { ...defaultRetryPolicy, attempts: 3, maxRetryAfterMs: 5_000 };

/** Authorization code flow with PKCE against `<webexUrl>/authorize` and `<webexUrl>/access_token`. */
export function createProtocol(deps: {
  webexUrl: URL;
  clientId: string;
  clientSecret: string;
  /** Constant: nothing a browser sends has a part in it. */
  redirectUri: URL;
  scopes: readonly string[];
  dispatcher: Dispatcher;
  clock: Clock;
  log: Log;
  refreshPolicy?: RetryPolicy;
  timeoutMs?: number;
}): Protocol {
  const { webexUrl, redirectUri, scopes, clock, log } = deps;
  const insecure = webexUrl.protocol === 'http:' && isLoopback(webexUrl);
  const ownIssuer = webexUrl.href.replace(/\/$/, '');
  const issuers = [ownIssuer, ...(webexUrl.hostname === 'webexapis.com' ? webexIssuers : [])];
  const server: AuthorizationServer = {
    issuer: ownIssuer,
    token_endpoint: below(webexUrl, '/access_token').href,
  };
  const client: Client = { client_id: deps.clientId };
  const authentication = ClientSecretPost(deps.clientSecret);

  const options = (doing: string, signal: AbortSignal | undefined) => ({
    [allowInsecureRequests]: insecure,
    [customFetch]: tokenFetch(
      { dispatcher: deps.dispatcher, clock, timeoutMs: deps.timeoutMs ?? 10_000 },
      { doing, signal },
    ),
  });

  const call = async (
    doing: string,
    retry: { policy: RetryPolicy; idempotent: boolean; signal: AbortSignal | undefined },
    request: () => Promise<Response>,
    process: (response: Response) => Promise<TokenEndpointResponse>,
  ): Promise<Tokens> => {
    // The life of a token is counted from before the request: rather too short than too long.
    let askedMs = clock.now();
    const response = await withRetries(
      () => {
        askedMs = clock.now();
        return request();
      },
      {
        ...retry,
        clock,
        onRetry: (error, waitMs, attempt) =>
          log.warn({ err: error, waitMs, attempt }, 'the token endpoint is retried'),
      },
    );
    return toTokens(await readReply(doing, () => process(response)), askedMs);
  };

  return {
    scopes,

    async authorizeUrl({ state, verifier }) {
      const url = below(webexUrl, '/authorize');
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: deps.clientId,
        redirect_uri: redirectUri.href,
        scope: scopes.join(' '),
        state,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }).toString();
      return url;
    },

    checkAnswer(parameters, state) {
      const issuer = issuers.find((one) => one === parameters.get('iss')) ?? ownIssuer;
      try {
        return validateAuthResponse({ ...server, issuer }, client, parameters, state);
      } catch {
        throw new InvalidAnswerError('webex', 'signing in', 'not an answer to our request');
      }
    },

    async exchange(answer, verifier, signal) {
      const doing = 'exchanging the code';
      return await call(
        doing,
        { policy: exchangePolicy, idempotent: false, signal },
        () =>
          authorizationCodeGrantRequest(
            server,
            client,
            authentication,
            answer,
            redirectUri.href,
            verifier,
            options(doing, signal),
          ),
        (response) => processAuthorizationCodeResponse(server, client, response),
      );
    },

    async refresh(refreshToken, signal) {
      const doing = 'refreshing a grant';
      return await call(
        doing,
        // Where an answer got lost, a second try finds the pair renewed or, at worst, a login is needed.
        { policy: deps.refreshPolicy ?? defaultRetryPolicy, idempotent: true, signal },
        () =>
          refreshTokenGrantRequest(
            server,
            client,
            authentication,
            refreshToken,
            options(doing, signal),
          ),
        (response) => processRefreshTokenResponse(server, client, response),
      );
    },
  };
}

async function readReply(
  doing: string,
  process: () => Promise<TokenEndpointResponse>,
): Promise<z.infer<typeof TokenReply>> {
  let body: TokenEndpointResponse;
  try {
    body = await process();
  } catch (error) {
    // The library's errors carry the whole reply in their cause: only the name of the fault is taken.
    const fault = error instanceof Error && 'code' in error ? String(error.code) : 'unusable';
    throw new InvalidAnswerError('webex', doing, fault);
  }
  const reply = TokenReply.safeParse(body);
  if (reply.success) return reply.data;
  const members = reply.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new InvalidAnswerError('webex', doing, members);
}

function toTokens(reply: z.infer<typeof TokenReply>, askedMs: number): Tokens {
  const refreshSeconds = reply.refresh_token_expires_in;
  return {
    accessToken: reply.access_token,
    obtainedMs: askedMs,
    accessExpiresMs: askedMs + reply.expires_in * 1_000,
    refreshToken: reply.refresh_token,
    refreshExpiresMs: refreshSeconds === undefined ? undefined : askedMs + refreshSeconds * 1_000,
    scopes: reply.scope?.split(/\s+/).filter((scope) => scope !== ''),
  };
}
