import { mkdir, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loginRoutes } from '../../src/server/login-pages.ts';
import { type Account, startFakeWebex } from '../oauth/fake-webex.ts';
import { anaAccount, anaAsks, benAccount, createRig, job, type Rig } from '../oauth/rig.ts';
import { ana } from '../store/fixtures.ts';

/** The login pages as the bot serves them, on loopback, with the whole of oauth/ behind them. */
async function startBot(options: { https?: boolean } = {}) {
  const app = express();
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const publicUrl = new URL(options.https ? 'https://bot.example' : origin);
  const webex = await startFakeWebex({ redirectUri: new URL('/oauth/callback', publicUrl).href });
  const rig = await createRig({ publicUrl, webex });
  app.use(loginRoutes({ ...rig, webexUrl: webex.url }));
  return { rig, origin };
}
type Bot = Awaited<ReturnType<typeof startBot>>;

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** One request as a browser sends it, without following redirects: `fetch` forbids some of the headers. */
function ask(bot: Bot, path: string, { method = 'GET', headers = {}, body }: Asked = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const sent = httpRequest(bot.origin + path, { method, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    },
  );
}

const formHeaders = {
  'content-type': 'application/x-www-form-urlencoded',
  'sec-fetch-site': 'same-origin',
};
const press = (bot: Bot, path: string, answer: string, headers: Record<string, string> = {}) =>
  ask(bot, `${path}/start`, {
    method: 'POST',
    headers: { ...formHeaders, ...headers },
    body: `answer=${answer}`,
  });

const begin = async ({ rig }: Bot, changed: Partial<typeof anaAsks> = {}) => {
  const begun = await rig.logins.begin({ person: { ...anaAsks, ...changed }, waiting: job });
  return new URL(begun.loginUrl).pathname;
};

/** From a fresh link to the address the browser comes back to. */
async function walkTo(bot: Bot, account: Account = anaAccount) {
  const path = await begin(bot);
  const started = await press(bot, path, 'continue');
  const cookie = String(started.headers['set-cookie']).split(';')[0] ?? '';
  const authorizeUrl = new URL(String(started.headers['location']));
  const back = bot.rig.webex.approve(authorizeUrl, account);
  return { path, started, authorizeUrl, cookie, back };
}
const comeBack = (bot: Bot, back: URL, cookie?: string) =>
  ask(bot, back.pathname + back.search, { headers: cookie === undefined ? {} : { cookie } });
const follow = (bot: Bot, { headers }: Awaited<ReturnType<typeof ask>>) => {
  const { pathname, search } = new URL(String(headers['location']));
  return ask(bot, pathname + search);
};
const endings = async ({ rig }: { rig: Rig }) => {
  await rig.logins.idle();
  return rig.outcomes.map(({ kind }) => kind);
};

describe('the start page', () => {
  it('says who asked for what, where and when, with two ways on', async () => {
    const bot = await startBot();
    const page = await ask(bot, await begin(bot));
    expect(page.status).toBe(200);
    for (const part of [
      'Ana P.',
      'a•••@example.org',
      job.what,
      'CC reports',
      'E7K2',
      '09:42 UTC',
    ]) {
      expect(page.text).toContain(part);
    }
    expect(page.text.match(/<button name="answer" value="(continue|decline)">/g)).toHaveLength(2);
    expect(page.text).not.toContain('ana@example.org');
  });

  it('changes nothing, however often and by whomever it is fetched', async () => {
    const bot = await startBot();
    const path = await begin(bot);
    const before = bot.rig.store.logins.list();
    for (const method of ['GET', 'HEAD', 'GET']) await ask(bot, path, { method });
    expect(bot.rig.store.logins.list()).toEqual(before);
    expect((await press(bot, path, 'continue')).status).toBe(303);
  });

  it('shows hostile names as the text they are', async () => {
    const bot = await startBot();
    const displayName = `"><script>alert(1)</script>\u202egnp.exe\u0007 ${'x'.repeat(500)}`;
    const { text } = await ask(bot, await begin(bot, { displayName }));
    expect(text).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
    const forbidden = ['<script', '\u202e', '\u0007', 'x'.repeat(200)];
    expect(forbidden.filter((part) => text.includes(part))).toEqual([]);
  });

  it('works without scripts, cookies of its own or anything from elsewhere', async () => {
    const bot = await startBot();
    const { text, headers } = await ask(bot, await begin(bot));
    expect(text).not.toMatch(/<script|https?:|\son\w+=|<img|<link|@import|url\(/i);
    expect(text).toContain('<html lang="en">');
    expect(headers['set-cookie']).toBeUndefined();
  });

  it.each(['/login/unknown', '/login/%3Cscript%3E', `/login/${'A'.repeat(43)}`])(
    'of %s is a page that says nothing about it',
    async (path) => {
      const bot = await startBot();
      const answers = [await ask(bot, path), await press(bot, path, 'continue')];
      expect(answers.map(({ status }) => status)).toEqual([404, 404]);
      expect(answers.map(({ text }) => text).join()).not.toContain('script');
    },
  );

  it('is gone after ten minutes, with a page that says what to do', async () => {
    const bot = await startBot();
    const path = await begin(bot);
    bot.rig.clock.advance(600_000);
    const page = await ask(bot, path);
    expect(page.status).toBe(404);
    expect(page.text).toContain('older than ten minutes');
  });
});

describe('the headers', () => {
  it('let the start page send its form through any chain of https sign-ins, and nothing more', async () => {
    const bot = await startBot();
    const { headers } = await ask(bot, await begin(bot));
    expect(headers).toMatchObject({
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self' https: http:\/\/127\.0\.0\.1:\d+; base-uri 'none'; frame-ancestors 'none'$/,
    );
  });

  it('keep every other answer to itself, errors and redirects included', async () => {
    const bot = await startBot();
    const { back, cookie, started } = await walkTo(bot);
    const answers = [
      started,
      await comeBack(bot, back, cookie),
      await comeBack(bot, back, cookie),
      await ask(bot, '/oauth/done?r=ok'),
      await ask(bot, '/login/unknown'),
      await ask(bot, '/login/%E0%A4%A'),
      await ask(bot, '/oauth/callback?state=a&state=b'),
      await ask(bot, '/oauth/done', { method: 'DELETE' }),
      await press(bot, '/login/unknown', 'x'.repeat(2_000)),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      303, 303, 400, 200, 404, 400, 400, 405, 413,
    ]);
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; .*form-action 'none'; .*frame-ancestors 'none'$/,
        ),
      });
    }
  });
});

describe('starting', () => {
  it('gives the browser a cookie and sends it to Webex with 303', async () => {
    const bot = await startBot();
    const { started, authorizeUrl } = await walkTo(bot);
    expect(started.status).toBe(303);
    expect(started.text).toBe('');
    expect(String(started.headers['set-cookie'])).toMatch(
      /^login=[\w-]{43}; Max-Age=600; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
    );
    expect(authorizeUrl.searchParams.get('redirect_uri')).toBe(`${bot.origin}/oauth/callback`);
  });

  it('binds the cookie to https and the very host where there is https', async () => {
    const bot = await startBot({ https: true });
    const { started } = await walkTo(bot);
    expect(String(started.headers['set-cookie'])).toMatch(
      /^__Host-login=[\w-]{43}; Max-Age=600; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it('never lets the request decide where Webex sends the browser', async () => {
    const bot = await startBot();
    const forged = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
    };
    const started = await press(bot, await begin(bot), 'continue', forged);
    const authorizeUrl = new URL(String(started.headers['location']));
    expect(authorizeUrl.searchParams.get('redirect_uri')).toBe(`${bot.origin}/oauth/callback`);
    expect(started.headers['location']).not.toContain('evil');
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }],
    ['a typed address', { 'sec-fetch-site': 'none' }],
    [
      'another site that lies in the older header',
      { 'sec-fetch-site': 'cross-site', origin: 'own' },
    ],
    ['another site in an old browser', { origin: 'https://evil.example' }],
    ['nowhere in an old browser', { origin: 'null' }],
    ['a program that says nothing', {}],
  ])('is refused from %s', async (_, headers: Record<string, string>) => {
    const bot = await startBot();
    const path = await begin(bot);
    const { origin } = headers;
    const answer = await ask(bot, `${path}/start`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
        ...(origin === 'own' && { origin: bot.origin }),
      },
      body: 'answer=continue',
    });
    expect(answer.status).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('is allowed from our own page in a browser that only knows the older header', async () => {
    const bot = await startBot();
    const answer = await ask(bot, `${await begin(bot)}/start`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: bot.origin },
      body: 'answer=continue',
    });
    expect(answer.status).toBe(303);
  });

  it.each(['', 'answer=', 'answer=maybe', 'answer=continue&answer=decline', 'answer[]=continue'])(
    'needs one clear answer, not %j',
    async (body) => {
      const bot = await startBot();
      const path = await begin(bot);
      const answer = await ask(bot, `${path}/start`, {
        method: 'POST',
        headers: formHeaders,
        body,
      });
      expect(answer.status).toBe(400);
      expect(bot.rig.store.logins.list()).toMatchObject([{ stage: { kind: 'waiting' } }]);
    },
  );

  it('is refused as JSON', async () => {
    const bot = await startBot();
    const answer = await ask(bot, `${await begin(bot)}/start`, {
      method: 'POST',
      headers: { ...formHeaders, 'content-type': 'application/json' },
      body: '{"answer":"continue"}',
    });
    expect(answer.status).toBe(400);
  });

  it('can be declined, which ends the login and says so', async () => {
    const bot = await startBot();
    const path = await begin(bot);
    const declined = await press(bot, path, 'decline');
    const page = await follow(bot, declined);
    expect(declined.status).toBe(303);
    expect(page.text).toContain('You declined');
    expect((await press(bot, path, 'continue')).status).toBe(404);
    expect(await endings(bot)).toEqual(['declined']);
  });
});

describe('coming back', () => {
  it('stores the grant, forgets the cookie and ends on a clean address', async () => {
    const bot = await startBot();
    const { back, cookie } = await walkTo(bot);
    const answer = await comeBack(bot, back, cookie);
    const done = await ask(bot, '/oauth/done?r=ok');
    expect(answer.status).toBe(303);
    expect(answer.headers['location']).toBe(`${bot.origin}/oauth/done?r=ok`);
    expect(String(answer.headers['set-cookie'])).toMatch(
      /^login=; Path=\/; Expires=Thu, 01 Jan 1970/,
    );
    expect(done.text).toContain('You are signed in');
    expect(await bot.rig.grants.describe(ana)).toBeDefined();
    expect(await endings(bot)).toEqual(['signed_in']);
  });

  it('works with the cookie of an https address', async () => {
    const bot = await startBot({ https: true });
    const { back, cookie } = await walkTo(bot);
    expect((await comeBack(bot, back, cookie)).headers['location']).toBe(
      'https://bot.example/oauth/done?r=ok',
    );
  });

  it('as somebody else stores nothing and says what to do', async () => {
    const bot = await startBot();
    const { back, cookie } = await walkTo(bot, benAccount);
    const answer = await comeBack(bot, back, cookie);
    const page = await ask(bot, '/oauth/done?r=person');
    expect(answer.headers['location']).toBe(`${bot.origin}/oauth/done?r=person`);
    expect(page.text).toContain('private window');
    expect(bot.rig.store.grants.list()).toEqual([]);
    expect(await endings(bot)).toEqual(['wrong_person']);
  });

  it('50 times at once causes one call to the token endpoint', async () => {
    const bot = await startBot();
    const { back, cookie } = await walkTo(bot);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => comeBack(bot, back, cookie)),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([303, ...Array.from({ length: 49 }, () => 400)]);
    expect(bot.rig.webex.tokenCalls).toHaveLength(1);
  });

  it.each([
    ['no cookie', () => undefined],
    ['another cookie', () => `login=${'x'.repeat(43)}`],
    ['a cookie of the other name', (cookie: string) => `__Host-${cookie}`],
    ['a second cookie of the name', (cookie: string) => `login=planted; ${cookie}`],
    ['a second one behind it', (cookie: string) => `${cookie}; login=planted`],
  ])('with %s is answered 400, without a call to the token endpoint', async (_, change) => {
    const bot = await startBot();
    const { back, cookie } = await walkTo(bot);
    const answer = await comeBack(bot, back, change(cookie));
    expect(answer.status).toBe(400);
    expect(bot.rig.webex.tokenCalls).toEqual([]);
    expect((await comeBack(bot, back, cookie)).status).toBe(400);
    expect(await endings(bot)).toEqual(['failed']);
  });

  it.each([
    ['state=a&state=b&code=c'],
    ['state=a&code=c&code=d'],
    ['state=a&error=x&error=y'],
    [`state=${'s'.repeat(2_049)}&code=c`],
    ['state[]=a&code=c'],
    ['code=c'],
    ['state=&code=c'],
    [''],
  ])('with the query %.40s is answered 400', async (query) => {
    const bot = await startBot();
    const { cookie } = await walkTo(bot);
    const answer = await ask(bot, `/oauth/callback?${query}`, { headers: { cookie } });
    expect(answer.status).toBe(400);
    expect(bot.rig.webex.tokenCalls).toEqual([]);
  });

  it('with a parameter doubled leaves the login alive for the real answer', async () => {
    const bot = await startBot();
    const { back, cookie } = await walkTo(bot);
    const doubled = await ask(bot, `${back.pathname}${back.search}&state=planted`, {
      headers: { cookie },
    });
    expect(doubled.status).toBe(400);
    expect((await comeBack(bot, back, cookie)).status).toBe(303);
  });

  it('with HEAD spends nothing', async () => {
    const bot = await startBot();
    const { back, cookie } = await walkTo(bot);
    const head = await ask(bot, back.pathname + back.search, {
      method: 'HEAD',
      headers: { cookie },
    });
    expect([head.status, head.headers['allow']]).toEqual([405, 'GET']);
    expect((await comeBack(bot, back, cookie)).status).toBe(303);
  });

  it('denied ends the login and repeats nothing of what came with it', async () => {
    const bot = await startBot();
    const { back, cookie } = await walkTo(bot);
    back.searchParams.delete('code');
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('error_description', '<script>alert(1)</script>');
    const answer = await comeBack(bot, back, cookie);
    const page = await follow(bot, answer);
    expect(answer.headers['location']).toBe(`${bot.origin}/oauth/done?r=denied`);
    expect(page.text).toContain('access was not granted');
    expect(answer.text + page.text).not.toMatch(/script|alert/);
    expect(await endings(bot)).toEqual(['denied']);
  });

  it.each(hostileTexts())('never repeats %j', async (hostile) => {
    const bot = await startBot();
    const query = new URLSearchParams({
      state: hostile,
      error: hostile,
      error_description: hostile,
    });
    const pages = [
      await ask(bot, `/oauth/callback?${query}`, { headers: { cookie: 'login=x' } }),
      await ask(bot, `/oauth/done?${new URLSearchParams({ r: hostile })}`),
      await ask(bot, `/login/${encodeURIComponent(hostile)}`),
    ];
    const said = pages.map(({ text }) => text).join('\n');
    expect(said).not.toContain(hostile);
    expect(said).not.toContain('canary');
  });

  it('from another issuer is answered 400 before the token endpoint is asked', async () => {
    const bot = await startBot();
    const { back, cookie } = await walkTo(bot);
    back.searchParams.set('iss', 'https://evil.example');
    expect((await comeBack(bot, back, cookie)).status).toBe(400);
    expect(bot.rig.webex.tokenCalls).toEqual([]);
  });

  it('with a code Webex refuses says so without its words', async () => {
    const bot = await startBot();
    const { back, cookie } = await walkTo(bot);
    back.searchParams.set('code', 'canary-forged');
    const answer = await comeBack(bot, back, cookie);
    expect(answer.headers['location']).toBe(`${bot.origin}/oauth/done?r=failed`);
    expect(await endings(bot)).toEqual(['failed']);
  });

  it('leaves neither code nor state nor cookie in the log', async () => {
    const bot = await startBot();
    const { back, cookie } = await walkTo(bot);
    await comeBack(bot, back, cookie);
    await comeBack(bot, back, cookie);
    const secrets = [
      back.searchParams.get('code'),
      back.searchParams.get('state'),
      cookie.slice(6),
    ];
    const log = bot.rig.lines.join('');
    expect(secrets.filter((secret) => !secret || log.includes(secret))).toEqual([]);
  });
});

describe('the last page', () => {
  it.each(['', '?r=', '?r=__proto__', '?r=toString', '?r=ok&r=ok', '?x=1'])(
    'says nothing it does not know with the query %j',
    async (query) => {
      const bot = await startBot();
      const page = await ask(bot, `/oauth/done${query}`);
      expect(page.status).toBe(200);
      expect(page.text).toContain('Nothing to do here');
    },
  );
});

describe('an error of ours', () => {
  it('is one fixed page, and the reason is in the log', async () => {
    const bot = await startBot();
    const path = await begin(bot);
    await rm(`${bot.rig.dir}/logins.json`);
    await mkdir(`${bot.rig.dir}/logins.json/in-the-way`, { recursive: true });
    const answer = await press(bot, path, 'continue');
    await rm(`${bot.rig.dir}/logins.json`, { recursive: true });
    expect(answer.status).toBe(500);
    expect(answer.text).toContain('went wrong on our side');
    expect(answer.text).not.toMatch(/EISDIR|ENOTEMPTY|logins\.json| at /);
    expect(bot.rig.lines.join('')).toContain('a login page failed');
  });
});

/** Texts that break out of one place or another in a page. */
function hostileTexts(): string[] {
  const core = [
    '<script>alert("canary")</script>',
    '"><img src=x onerror=alert("canary")>',
    "'-alert('canary')-'",
    '</title><svg onload=alert("canary")>',
    '</style><script>canary</script>',
    '<!--canary-->',
    'javascript:alert("canary")',
    '{{canary}}<%=canary%>#{canary}',
    '&lt;script&gt;canary&lt;/script&gt;',
    '\u202ecanary\u2066',
    'canary\r\nSet-Cookie: x=y',
    '\0canary',
    '<a href="//evil.example/canary">',
    '<base href="//evil.example/canary">',
    '<form action="//evil.example/canary">',
    '<meta http-equiv=refresh content="0;url=//canary">',
    '<iframe srcdoc="canary">',
    '<math><mtext><canary>',
    '＜script＞canary＜/script＞',
    '%3Cscript%3Ecanary%3C/script%3E',
  ];
  return [...core, ...core.map((text) => text.toUpperCase().replaceAll('CANARY', 'canary'))];
}
