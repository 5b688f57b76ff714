import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../src/errors.ts';
import { createProtocol } from '../../src/oauth/protocol.ts';
import { sendJson } from '../helpers/server.ts';
import { anaAccount, createRig, type Rig } from './rig.ts';

const good = { access_token: 'canary', token_type: 'Bearer', expires_in: 3600 };
const attempt = { state: 'state-1', verifier: 'v'.repeat(43) };

const sendText =
  (text: string, type = 'application/json') =>
  (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': type });
    response.end(text);
  };
const reply = (body: unknown) => sendText(JSON.stringify(body));
const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const protocolAt = (url: string, { dispatcher, clock, log }: Rig) =>
  createProtocol({
    webexUrl: new URL(url),
    redirectUri: new URL('https://bot.example/oauth/callback'),
    ...{ clientId: 'client-1', clientSecret: 'secret', scopes: [], dispatcher, clock, log },
  });

describe('the way to Webex', () => {
  it('carries client, address, scopes, state and an S256 challenge, and no secret', async () => {
    const { protocol, webex } = await createRig();
    const url = await protocol.authorizeUrl(attempt);
    expect(url.origin + url.pathname).toBe(`${webex.url.href}/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'client-1',
      redirect_uri: 'http://127.0.0.1:8089/oauth/callback',
      scope: 'cjp:config_read spark:people_read',
      state: 'state-1',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    expect(url.href).not.toContain(attempt.verifier);
  });
});

describe('the way back', () => {
  const answer = (more: Record<string, string>) =>
    new URLSearchParams({ code: 'code-1', state: 'state-1', ...more });

  it('is taken without an issuer and with the right one', async () => {
    const { protocol, webex } = await createRig();
    const own = webex.url.href;
    expect(protocol.checkAnswer(answer({}), 'state-1').get('code')).toBe('code-1');
    expect(protocol.checkAnswer(answer({ iss: own }), 'state-1').get('code')).toBe('code-1');
  });

  it('knows the issuers behind the public address of Webex', async () => {
    const protocol = protocolAt('https://webexapis.com/v1', await createRig());
    const taken = ['idbroker', 'idbroker-eu', 'idbroker-b-us'].map((host) =>
      protocol.checkAnswer(answer({ iss: `https://${host}.webex.com/idb` }), 'state-1').get('code'),
    );
    expect(taken).toEqual(['code-1', 'code-1', 'code-1']);
  });

  it.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['an issuer that only begins alike', { iss: 'http://127.0.0.1' }],
    ['another state', { state: 'state-2' }],
    ['a token in place of a code', { token: 'x' }],
    ['a signed response', { response: 'x' }],
  ])('is refused with %s', async (_, more) => {
    const { protocol } = await createRig();
    expect(() => protocol.checkAnswer(answer(more), 'state-1')).toThrow('not an answer');
  });
});

describe('tokens', () => {
  it.each([
    ['cut off', sendText('{"')],
    ['null', reply(null)],
    ['a list', reply([])],
    ['a text', reply('token')],
    ['empty', sendText('')],
    ['a web page', sendText('<html>', 'text/html')],
    ['without a token', reply({ ...good, access_token: undefined })],
    ['with a number for a token', reply({ ...good, access_token: 7 })],
    ['with an empty token', reply({ ...good, access_token: '' })],
    ['with a line break in the token', reply({ ...good, access_token: 'canary\r\nx: y' })],
    ['without a type', reply({ ...good, token_type: undefined })],
    ['of a foreign type', reply({ ...good, token_type: 'mac' })],
    ['of a type that needs a key', reply({ ...good, token_type: 'DPoP' })],
    ['without an expiry', reply({ ...good, expires_in: undefined })],
    ['with a word for an expiry', reply({ ...good, expires_in: 'soon' })],
    ['that expire before they begin', reply({ ...good, expires_in: -1 })],
    ['that live for ever', reply({ ...good, expires_in: 1e300 })],
    ['with an object to refresh', reply({ ...good, refresh_token: {} })],
    ['with a list of scopes', reply({ ...good, scope: ['a'] })],
  ])('%s are refused cleanly after one call', async (_, script) => {
    const { protocol, webex } = await createRig();
    webex.script(script);
    const error = await thrownBy(protocol.refresh('canary-old'));
    expect(error).toMatchObject({ name: 'InvalidAnswerError', code: 'answer_invalid' });
    expect(inspect(error) + JSON.stringify(describeError(error))).not.toContain('canary');
    expect(webex.tokenCalls).toHaveLength(1);
  });

  it('are not read beyond 64 KiB', async () => {
    const { protocol, webex } = await createRig();
    webex.script(reply({ ...good, more: 'x'.repeat(64 * 1024) }));
    await expect(protocol.refresh('old')).rejects.toMatchObject({ code: 'too_large' });
  });

  it('are read where the answer says little', async () => {
    const { protocol, webex, clock } = await createRig();
    webex.script(reply({ ...good, token_type: 'bearer', expires_in: '3600', more: null }));
    expect(await protocol.refresh('old')).toEqual({
      accessToken: 'canary',
      obtainedMs: clock.now(),
      accessExpiresMs: clock.now() + 3_600_000,
      refreshToken: undefined,
      refreshExpiresMs: undefined,
      scopes: undefined,
    });
  });

  it('are read past an ID token, which nobody asked for', async () => {
    const { protocol, webex } = await createRig();
    webex.script(reply({ ...good, id_token: 'not even a token' }));
    expect(await protocol.refresh('old')).toMatchObject({ accessToken: 'canary' });
  });

  it('are asked for again after 503, and the pause it names is kept', async () => {
    const { protocol, webex, clock } = await createRig();
    const busy = (response: ServerResponse) => {
      response.writeHead(503, { 'retry-after': '7' });
      response.end();
    };
    webex.script(busy, busy, reply(good));
    expect(await protocol.refresh('old')).toMatchObject({ accessToken: 'canary' });
    expect(clock.pauses.every((ms) => ms >= 7_000)).toBe(true);
    expect(webex.tokenCalls).toHaveLength(3);
  });

  it('are not asked for twice where the code may be spent already', async () => {
    const { protocol, webex } = await createRig();
    webex.script((response) => void response.socket?.destroy());
    const answer = protocol.checkAnswer(new URLSearchParams({ code: 'c', state: 's' }), 's');
    await expect(protocol.exchange(answer, 'v')).rejects.toMatchObject({ code: 'api_unavailable' });
    expect(webex.tokenCalls).toHaveLength(1);
  });

  it('are not looked for where a redirect points', async () => {
    const { protocol, webex } = await createRig();
    webex.script((response) => {
      response.writeHead(307, { location: '/elsewhere' });
      response.end();
    });
    await expect(protocol.refresh('old')).rejects.toMatchObject({ status: 307 });
    expect(webex.requests.map(({ path }) => path)).toEqual(['/v1/access_token']);
  });

  it('are never sent for over plain http to another machine', async () => {
    const rig = await createRig();
    const protocol = protocolAt('http://webex.example/v1', rig);
    await expect(protocol.refresh('old')).rejects.toThrow('HTTPS');
    expect(rig.webex.requests).toEqual([]);
  });

  it('refused by name are refused with that name, and with nothing else of the answer', async () => {
    const { protocol, webex } = await createRig();
    webex.script(
      (response) =>
        sendJson(response, 400, { error: 'invalid_grant', error_description: 'canary' }),
      (response) => sendJson(response, 400, { error: '<b>canary</b>' }),
    );
    const [named, odd] = [
      await thrownBy(protocol.refresh('a')),
      await thrownBy(protocol.refresh('b')),
    ];
    expect(named).toMatchObject({ status: 400, reason: 'invalid_grant' });
    expect(odd).toMatchObject({ status: 400, reason: undefined });
    expect(inspect([named, odd])).not.toContain('canary');
  });

  it('are handed out by a strict server for our code and verifier', async () => {
    const { protocol, webex } = await createRig();
    const back = webex.approve(await protocol.authorizeUrl(attempt), anaAccount);
    const answer = protocol.checkAnswer(back.searchParams, attempt.state);
    const wrong = protocol.checkAnswer(
      webex.approve(await protocol.authorizeUrl(attempt), anaAccount).searchParams,
      attempt.state,
    );
    expect(await protocol.exchange(answer, attempt.verifier)).toMatchObject({
      refreshToken: 'canary-refresh-3',
      scopes: ['spark:people_read', 'cjp:config_read'],
    });
    await expect(protocol.exchange(wrong, 'w'.repeat(43))).rejects.toMatchObject({ status: 400 });
  });
});
