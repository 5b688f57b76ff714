import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Webex } from '../../../src/sandbox/webex/webex.ts';
import { callbackUrl, startTestWebex } from './start.ts';

const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');
const dayMs = 86_400_000;

const TokenAnswer = z.looseObject({
  access_token: z.string().default('none'),
  refresh_token: z.string().optional(),
});

type Parameters = Readonly<Record<string, string | undefined>>;

function query(parameters: Parameters): string {
  const entries = Object.entries(parameters).filter((entry): entry is [string, string] =>
    Boolean(entry[1]),
  );
  return new URLSearchParams(entries).toString();
}

function authorize(webex: Webex, changes: Parameters = {}) {
  const parameters = query({
    response_type: 'code',
    client_id: webex.integration.clientId,
    redirect_uri: callbackUrl,
    scope: 'cjp:config_read spark:people_read',
    state: 'the-state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  });
  return fetch(`${webex.apiUrl}/authorize?${parameters}`, { redirect: 'manual' });
}

/** Sends the form of a sign-in page, as a browser does. */
async function answer(page: Response, fields: Parameters) {
  const html = await page.text();
  const action = /action="([^"]+)"/.exec(html)?.[1] ?? '';
  const request = /name="request" value="([^"]+)"/.exec(html)?.[1];
  const body = new URLSearchParams(query({ request, ...fields }));
  return fetch(action, { method: 'POST', body, redirect: 'manual' });
}

function location(response: Response): URL {
  return new URL(response.headers.get('location') ?? 'missing:');
}

async function codeFor(webex: Webex, changes: Parameters = {}): Promise<string> {
  const page = await authorize(webex, changes);
  const decided = await answer(page, { answer: 'approve', person: webex.people.admin.id });
  return location(decided).searchParams.get('code') ?? 'none';
}

async function token(webex: Webex, fields: Parameters) {
  const body = new URLSearchParams(
    query({
      client_id: webex.integration.clientId,
      client_secret: webex.integration.clientSecret,
      ...fields,
    }),
  );
  const response = await fetch(`${webex.apiUrl}/access_token`, { method: 'POST', body });
  return { status: response.status, body: TokenAnswer.parse(await response.json()) };
}

const exchange = (webex: Webex, code: string, changes: Parameters = {}) =>
  token(webex, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: callbackUrl,
    code_verifier: verifier,
    ...changes,
  });

const refresh = (webex: Webex, refreshToken: string) =>
  token(webex, { grant_type: 'refresh_token', refresh_token: refreshToken });

describe('signing in', () => {
  it('leads from the page to the callback and from the code to a token of the chosen person', async () => {
    let nowMs = 0;
    // Time passes between any two looks at the clock.
    const { webex, call } = await startTestWebex({ now: () => nowMs++ });
    const page = await authorize(webex);
    const decided = await answer(page, {
      answer: 'approve',
      person: webex.people.secondAdmin.id,
    });
    const target = location(decided);
    const { body } = await exchange(webex, target.searchParams.get('code') ?? '');
    const me = await call('GET', '/people/me', { token: body.access_token });
    expect(page.status).toBe(200);
    expect(decided.status).toBe(303);
    expect(target.href).toContain(`${callbackUrl}?`);
    expect(target.searchParams.get('state')).toBe('the-state');
    expect(body).toEqual({
      access_token: expect.stringMatching(
        new RegExp(`^[0-9a-f]+_PF84_${webex.organizations.home.uuid}$`),
      ),
      expires_in: 14 * 86_400,
      refresh_token: expect.any(String),
      refresh_token_expires_in: 90 * 86_400,
      token_type: 'Bearer',
      scope: 'cjp:config_read spark:people_read',
    });
    expect(me.body.id).toBe(webex.people.secondAdmin.id);
  });

  it('tells the app when the person denies', async () => {
    const { webex } = await startTestWebex();
    const target = location(await answer(await authorize(webex), { answer: 'deny' }));
    expect(Object.fromEntries(target.searchParams)).toEqual({
      error: 'access_denied',
      error_description: expect.any(String),
      state: 'the-state',
    });
  });

  it('is decided once', async () => {
    const { webex } = await startTestWebex();
    const page = await authorize(webex);
    const approve = { answer: 'approve', person: webex.people.admin.id };
    const first = await answer(page.clone(), approve);
    const second = await answer(page, approve);
    expect([first.status, second.status]).toEqual([303, 400]);
  });

  it.each([
    ['an unknown app', { client_id: 'somebody' }],
    ['a redirect address that differs by a slash', { redirect_uri: `${callbackUrl}/` }],
    ['no state', { state: undefined }],
  ])('stops at a page with %s', async (_what, changes) => {
    const { webex } = await startTestWebex();
    const { status, headers } = await authorize(webex, changes);
    expect(status).toBe(400);
    expect(headers.has('location')).toBe(false);
  });

  it.each([
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['a scope that is not registered', { scope: 'spark:all' }, 'invalid_scope'],
    ['no challenge', { code_challenge: undefined }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
  ])('sends %s back to the app as an error', async (_what, changes, error) => {
    const { webex } = await startTestWebex();
    const target = location(await authorize(webex, changes));
    expect(Object.fromEntries(target.searchParams)).toMatchObject({ error, state: 'the-state' });
  });

  it('can lead over a second host', async () => {
    const { webex } = await startTestWebex();
    webex.signIn.secondHost = true;
    const away = location(await authorize(webex));
    const page = await fetch(away);
    const back = location(await answer(page, { answer: 'approve', person: webex.people.admin.id }));
    const returned = await fetch(back, { redirect: 'manual' });
    const again = await fetch(back, { redirect: 'manual' });
    const exchanged = await exchange(webex, location(returned).searchParams.get('code') ?? '');
    expect(away.origin).not.toBe(new URL(webex.apiUrl).origin);
    expect(back.origin).toBe(new URL(webex.apiUrl).origin);
    expect(again.status).toBe(400);
    expect(exchanged.status).toBe(200);
  });

  it('shows no page to somebody who is remembered', async () => {
    const { webex } = await startTestWebex();
    webex.signIn.remembered = webex.people.colleague;
    const code = location(await authorize(webex)).searchParams.get('code') ?? '';
    const { body } = await exchange(webex, code);
    expect(webex.authenticate(body.access_token)?.person).toBe(webex.people.colleague);
  });
});

describe('the token endpoint', () => {
  it('takes a code once, whatever came of it', async () => {
    const { webex } = await startTestWebex();
    const good = await codeFor(webex);
    const burnt = await codeFor(webex);
    const statuses = [
      await exchange(webex, good),
      await exchange(webex, good),
      await exchange(webex, burnt, { code_verifier: 'w'.repeat(43) }),
      await exchange(webex, burnt),
    ].map(({ status }) => status);
    expect(statuses).toEqual([200, 400, 400, 400]);
  });

  it.each([
    ['another redirect address', { redirect_uri: `${callbackUrl}2` }, 400, 'invalid_grant'],
    ['no verifier', { code_verifier: undefined }, 400, 'invalid_grant'],
    ['a wrong secret', { client_secret: 'guess' }, 401, 'invalid_client'],
    ['another grant type', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('refuses %s', async (_what, changes, status, error) => {
    const { webex } = await startTestWebex();
    const answered = await exchange(webex, await codeFor(webex), changes);
    expect(answered).toMatchObject({ status, body: { error, message: expect.any(String) } });
  });

  it('lets a code live for ten minutes', async () => {
    let nowMs = 0;
    const { webex } = await startTestWebex({ now: () => nowMs });
    const [early, late] = [await codeFor(webex), await codeFor(webex)];
    nowMs += 10 * 60_000 - 1;
    const inTime = await exchange(webex, early);
    nowMs += 1;
    const tooLate = await exchange(webex, late);
    expect([inTime.status, tooLate.status]).toEqual([200, 400]);
  });

  it('can be one that knows nothing of PKCE', async () => {
    const { webex } = await startTestWebex();
    webex.signIn.pkce = 'ignored';
    const code = await codeFor(webex, { code_challenge: undefined });
    const { status } = await exchange(webex, code, { code_verifier: undefined });
    expect(status).toBe(200);
  });

  it.each([
    ['rotates', 'rotate', (token: string | undefined, old: string) => token !== old, 400],
    ['repeats', 'same', (token: string | undefined, old: string) => token === old, 200],
    ['leaves out', 'omit', (token: string | undefined) => token === undefined, 200],
  ] as const)('%s the refresh token', async (_what, mode, fits, second) => {
    const { webex } = await startTestWebex();
    webex.signIn.refreshTokens = mode;
    const { refreshToken } = webex.issueGrant(webex.people.admin);
    const { body } = await refresh(webex, refreshToken);
    const again = await refresh(webex, refreshToken);
    expect(webex.authenticate(body.access_token)?.person).toBe(webex.people.admin);
    expect(fits(body.refresh_token, refreshToken)).toBe(true);
    expect(again.status).toBe(second);
  });

  it('refuses refresh tokens that are expired or revoked', async () => {
    let nowMs = 0;
    const { webex } = await startTestWebex({ now: () => nowMs });
    webex.signIn.accessTokenLifeMs = 60_000;
    const first = webex.issueGrant(webex.people.admin);
    nowMs += 60_000;
    const alive = webex.authenticate(first.accessToken);
    webex.signIn.refreshTokens = 'same';
    const renewed = await refresh(webex, first.refreshToken);
    nowMs += 90 * dayMs;
    const expired = await refresh(webex, first.refreshToken);
    const second = webex.issueGrant(webex.people.admin);
    webex.revokeGrants(webex.people.admin);
    const revoked = await refresh(webex, second.refreshToken);
    expect(alive).toBeUndefined();
    expect(renewed.body).toMatchObject({ expires_in: 60 });
    expect(expired).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(revoked).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(webex.authenticate(second.accessToken)).toBeUndefined();
  });
});
