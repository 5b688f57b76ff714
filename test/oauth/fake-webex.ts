import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type ReceivedRequest, sendJson, startTestServer } from '../helpers/server.ts';

export interface Account {
  readonly personUuid: string;
  readonly orgUuid: string;
  readonly email: string;
  readonly type?: string;
}

export interface TokenCall {
  readonly form: Readonly<Record<string, string>>;
}

/** Plays a part of the token endpoint once; `undefined` lets the real behaviour through. */
export type Script = (response: ServerResponse, call: TokenCall) => void | Promise<void>;

export const clientId = 'client-1';
export const clientSecret = 'canary-client-secret';

/**
 * The identity side of Webex at the HTTP boundary, as strict as the standard allows: a code works once,
 * for the right client, redirect address and S256 verifier; refresh tokens rotate.
 */
export async function startFakeWebex({ redirectUri }: { redirectUri: string }) {
  const codes = new Map<string, { challenge: string; account: Account }>();
  const refreshTokens = new Map<string, Account>();
  const accessTokens = new Map<string, Account>();
  const scripts: Script[] = [];
  const tokenCalls: TokenCall[] = [];
  let minted = 0;

  const server = await startTestServer(async (request, response) => {
    const { pathname } = new URL(request.path, 'http://localhost');
    if (pathname === '/v1/people/me') sendOwnPerson(request, response);
    else if (pathname === '/v1/access_token') await playToken(request, response);
    else sendJson(response, 404, {});
  });

  async function playToken({ body }: ReceivedRequest, response: ServerResponse): Promise<void> {
    const call = { form: Object.fromEntries(new URLSearchParams(body)) };
    tokenCalls.push(call);
    const script = scripts.shift() ?? answerToken;
    await script(response, call);
  }

  function answerToken(response: ServerResponse, { form }: TokenCall): void {
    const known = form['client_id'] === clientId && form['client_secret'] === clientSecret;
    const account = form['grant_type'] === 'refresh_token' ? spendRefresh(form) : spendCode(form);
    if (!known) sendJson(response, 401, { error: 'invalid_client' });
    else if (account) sendJson(response, 200, newPair(account));
    else sendJson(response, 400, { error: 'invalid_grant' });
  }

  function spendRefresh({ refresh_token = '' }: TokenCall['form']): Account | undefined {
    const account = refreshTokens.get(refresh_token);
    refreshTokens.delete(refresh_token);
    return account;
  }

  function spendCode(form: TokenCall['form']): Account | undefined {
    const code = codes.get(form['code'] ?? '');
    codes.delete(form['code'] ?? '');
    const hash = createHash('sha256')
      .update(form['code_verifier'] ?? '')
      .digest('base64url');
    return code?.challenge === hash && form['redirect_uri'] === redirectUri
      ? code.account
      : undefined;
  }

  function newPair(account: Account): Record<string, unknown> {
    const number = ++minted;
    const accessToken = `canary-access-${number}_P0A1_${account.orgUuid}`;
    const refreshToken = `canary-refresh-${number}`;
    accessTokens.set(accessToken, account);
    refreshTokens.set(refreshToken, account);
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 43_199,
      refresh_token: refreshToken,
      refresh_token_expires_in: 5_184_000,
      scope: 'spark:people_read cjp:config_read',
    };
  }

  function sendOwnPerson({ headers }: ReceivedRequest, response: ServerResponse): void {
    const account = accessTokens.get(headers.authorization?.replace('Bearer ', '') ?? '');
    const person = account && {
      id: encodeId('PEOPLE', account.personUuid),
      orgId: encodeId('ORGANIZATION', account.orgUuid),
      type: account.type ?? 'person',
      emails: [account.email],
      displayName: 'Somebody',
    };
    sendJson(response, person ? 200 : 401, person ?? {});
  }

  return {
    url: new URL(`${server.url}/v1`),
    requests: server.requests,
    /** What the token endpoint was asked, in order. */
    tokenCalls,
    /** The next calls to the token endpoint are played by these instead. */
    script: (...played: Script[]) => void scripts.push(...played),
    newPair,
    answerToken,
    /** What a browser gets for approving: the address it is sent back to. */
    approve(authorizeUrl: URL, account: Account): URL {
      const asked = authorizeUrl.searchParams;
      const code = `canary-code-${++minted}`;
      if (asked.get('code_challenge_method') !== 'S256' || asked.get('response_type') !== 'code') {
        throw new Error('the authorization server refuses this request');
      }
      codes.set(code, { challenge: asked.get('code_challenge') ?? '', account });
      const back = new URL(asked.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', asked.get('state') ?? '');
      return back;
    },
  };
}

export type FakeWebex = Awaited<ReturnType<typeof startFakeWebex>>;

export function encodeId(kind: 'PEOPLE' | 'ORGANIZATION', uuid: string): string {
  return Buffer.from(`ciscospark://us/${kind}/${uuid}`).toString('base64url');
}
