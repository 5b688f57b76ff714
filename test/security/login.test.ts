import { test } from 'vitest';
import { anaAccount, benAccount, createRig, secretOf, walk } from '../oauth/rig.ts';
import { malformedTokenReplies } from './data/token-replies.ts';
import { filesBelow, startAttack, tokenCalls } from './rig.ts';
import { breachList, judge } from './threat.ts';

test('A1: a login that somebody else finishes stores nothing, and the person hears of it', async () => {
  const rig = await createRig();
  const { breaches, hold } = breachList();
  for (let flow = 0; flow < 1_000; flow++) {
    const { returned } = await walk(rig, benAccount);
    hold((await rig.logins.callback(returned)) === 'wrong_person', `flow ${flow} succeeded`);
    await rig.logins.idle();
  }
  hold(rig.store.grants.list().length === 0, 'a grant was stored');
  hold(rig.outcomes.filter(({ kind }) => kind === 'wrong_person').length === 1_000, 'not all told');
  judge('A1', 1_000, breaches);
}, 120_000);

test('A2: a callback without the cookie of its browser calls no token endpoint', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  attack.say('export last 2 days');
  const { callback } = await attack.walkToCallback();
  for (const cookie of [undefined, 'login=somebody-elses-cookie-0123456789abcdefghij']) {
    const { status } = await attack.ask(callback, { headers: { ...(cookie && { cookie }) } });
    hold(status === 400, `answered ${status}`);
  }
  hold(tokenCalls(attack.conversation) === 0, 'a code was exchanged');
  judge('A2', 2, breaches);
});

test('A3: the wrong account is told apart, and the right one succeeds without a new command', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const { admin, secondAdmin } = attack.sandbox.webex.people;
  attack.say('login');
  const { callback, cookie } = await attack.walkToCallback(secondAdmin);
  const wrong = await attack.ask(callback, { headers: { cookie } });
  hold(String(wrong.headers['location']).includes('person'), 'the wrong account was taken');
  await attack.waitForMessage(({ text }) => /account/.test(text));
  attack.say('login');
  const page = await attack.login({ person: admin });
  hold(page.html.includes('You are signed in'), 'the right account was refused');
  judge('A3', 1, breaches);
});

test('A4: fifty callbacks at once with one state exchange one code', async () => {
  const rig = await createRig();
  const { breaches, hold } = breachList();
  const { returned } = await walk(rig);
  const results = await Promise.all(
    Array.from({ length: 50 }, () => rig.logins.callback(returned)),
  );
  await rig.logins.idle();
  hold(results.filter((one) => one === 'signed_in').length === 1, 'not exactly one succeeded');
  hold(rig.webex.tokenCalls.length === 1, `${rig.webex.tokenCalls.length} codes were exchanged`);
  judge('A4', 50, breaches);
});

test('A5: states are long, never the same, and not on the disk', async () => {
  const rig = await createRig();
  const { breaches, hold } = breachList();
  const states = new Set<string>();
  const begun = await rig.logins.begin({
    person: { ...anaAccount, personId: 'p', displayName: 'Ana' },
    waiting: { kind: 'login' },
  });
  const secret = secretOf(begun.loginUrl);
  for (let state = 0; state < 10_000; state++) {
    // Each start replaces the state before it.
    const started = state < 200 ? await rig.logins.start(secret) : undefined;
    const text =
      started?.authorizeUrl.searchParams.get('state') ??
      (await import('../../src/oauth/secrets.ts')).newSecret();
    hold(text.length >= 43, `a state of ${text.length} characters`);
    states.add(text);
  }
  hold(states.size === 10_000, `${10_000 - states.size} states came twice`);
  const stored = [...(await filesBelow(rig.dir)).values()].join('\n');
  hold(![...states].some((state) => stored.includes(state)), 'a state is on the disk');
  hold(!stored.includes(secret), 'the secret of a link is on the disk');
  judge('A5', 10_000, breaches);
}, 60_000);

test('A6: a code without its verifier is worth nothing, and no two logins share a challenge', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const { webex } = attack.sandbox;
  const challenges = new Set<string | null>();
  for (let flow = 0; flow < 3; flow++) {
    attack.say('login');
    const { authorizeUrl, callback } = await attack.walkToCallback();
    const asked = authorizeUrl.searchParams;
    challenges.add(asked.get('code_challenge'));
    hold(asked.get('code_challenge_method') === 'S256', 'no S256 challenge');
    const code = new URL(callback, webex.apiUrl).searchParams.get('code') ?? '';
    // Whoever stole the code does not have the verifier.
    const stolen = await fetch(`${webex.apiUrl}/access_token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: webex.integration.clientId,
        client_secret: webex.integration.clientSecret,
        redirect_uri: asked.get('redirect_uri') ?? '',
        code,
        code_verifier: 'a-verifier-that-somebody-made-up-0123456789abcdefghij',
      }),
    });
    hold(stolen.status === 400, `a stolen code was exchanged (${stolen.status})`);
  }
  hold(challenges.size === 3 && !challenges.has(null), 'challenges are shared or missing');
  judge('A6', 3, breaches);
});

test('A7: an answer in the name of another issuer stops before the token call', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const issuers = ['https://evil.example', 'https://webexapis.com.evil.example/v1', 'x'];
  for (const issuer of issuers) {
    attack.say('login');
    const { callback, cookie } = await attack.walkToCallback();
    const { status } = await attack.ask(`${callback}&iss=${encodeURIComponent(issuer)}`, {
      headers: { cookie },
    });
    hold(status === 400, `${issuer} was answered ${status}`);
  }
  hold(tokenCalls(attack.conversation) === 0, 'a code was exchanged');
  judge('A7', issuers.length, breaches);
});

test('A8: a host that is made up changes no address', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  attack.say('login');
  const { link, authorizeUrl } = await attack.walkToCallback();
  const redirectUri = authorizeUrl.searchParams.get('redirect_uri');
  const headers = [
    { host: 'evil.example' },
    { 'x-forwarded-host': 'evil.example' },
    { 'x-forwarded-proto': 'https' },
    { forwarded: 'host=evil.example;proto=https' },
    { 'x-original-host': 'evil.example' },
    { 'x-forwarded-prefix': '//evil.example' },
  ];
  for (const header of headers) {
    const answer = await attack.ask(`${new URL(link).pathname}/start`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
        ...header,
      },
      body: 'answer=continue',
    });
    const location = String(answer.headers['location'] ?? '');
    const uri = location === '' ? redirectUri : new URL(location).searchParams.get('redirect_uri');
    hold(uri === redirectUri, `${JSON.stringify(header)} led to ${uri}`);
    hold(!JSON.stringify(answer).includes('evil.example'), 'the host was echoed');
  }
  judge('A8', headers.length, breaches);
});

test('A9: codes and states reach neither log, nor history, nor another site', async () => {
  const attack = await startAttack({ env: { LOG_LEVEL: 'debug' } });
  const { breaches, hold } = breachList();
  attack.say('login');
  const { callback, cookie, link } = await attack.walkToCallback();
  const start = await attack.ask(new URL(link).pathname);
  const back = await attack.ask(callback, { headers: { cookie } });
  const done = await attack.ask(new URL(String(back.headers['location'])).pathname);
  const query = new URL(callback, 'http://x').searchParams;
  hold(back.status === 303, 'the callback is no redirect');
  for (const name of ['code', 'state']) {
    const value = query.get(name) ?? '';
    hold(!String(back.headers['location']).includes(value), `${name} is in the next address`);
    hold(!attack.bot.output().includes(value), `${name} is in the log`);
  }
  hold(/no-referrer/.test(String(back.headers['referrer-policy'])), 'the callback has a referrer');
  for (const { text } of [start, done]) {
    hold(!/(?:src|href)="(?:https?:)?\/\//.test(text), 'a page loads something from elsewhere');
  }
  judge('A9', 4, breaches);
});

const polyglots = [
  '<script>alert(1)</script>',
  '"><script>alert(1)</script>',
  "'><img src=x onerror=alert(1)>",
  '<svg/onload=alert(1)>',
  'javascript:alert(1)',
  '{{7*7}}',
  '#{7*7}',
  '<iframe srcdoc=x>',
  '%3Cscript%3E',
  '\u0000<b>',
];

test('A10: no text of a request comes back in a page', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  let attempts = 0;
  for (const text of polyglots) {
    const value = encodeURIComponent(`${text}canary`);
    const paths = [
      `/oauth/callback?error=${value}&error_description=${value}`,
      `/oauth/callback?state=${value}&code=${value}`,
      `/oauth/done?r=${value}`,
      `/login/${value}`,
    ];
    for (const path of paths) {
      attempts++;
      const answer = await attack.ask(path);
      hold(!JSON.stringify(answer).includes('canary'), `${path} is echoed`);
      hold(/default-src 'none'/.test(String(answer.headers['content-security-policy'])), 'no CSP');
    }
  }
  judge('A10', attempts, breaches);
});

test('A11: no page of ours can be framed, errors included', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const paths = ['/', '/healthz', '/readyz', '/login/x', '/oauth/callback', '/oauth/done', '/x/y'];
  const answers = [
    ...(await Promise.all(paths.map((path) => attack.ask(path)))),
    await attack.ask('/webex/events', { method: 'POST', body: 'x'.repeat(70_000) }),
  ];
  for (const { headers, status } of answers) {
    hold(
      String(headers['content-security-policy']).includes("frame-ancestors 'none'"),
      `an answer ${status} can be framed`,
    );
  }
  judge('A11', answers.length, breaches);
});

test('A12: two thousand bad callbacks do not keep a good one out', async () => {
  const attack = await startAttack({ env: { TRUST_PROXY: '1' } });
  const { breaches, hold } = breachList();
  attack.say('login');
  const { callback, cookie } = await attack.walkToCallback();
  const flood = async (from: number) => {
    for (let number = from; number < from + 100; number++) {
      // The first address is the client's own invention, the last one that of the proxy.
      const headers = { 'x-forwarded-for': `198.51.100.${number % 250}, 192.0.2.1` };
      await attack.ask(`/oauth/callback?state=${number}&code=x`, { headers });
    }
  };
  const flooding = Promise.all(Array.from({ length: 20 }, (_, index) => flood(index * 100)));
  const startedMs = performance.now();
  const good = await attack.ask(callback, {
    headers: { cookie, 'x-forwarded-for': '192.0.2.7' },
  });
  const tookMs = performance.now() - startedMs;
  await flooding;
  const refused = await attack.ask('/oauth/callback?state=x', {
    headers: { 'x-forwarded-for': '203.0.113.99, 192.0.2.1' },
  });
  hold(good.status === 303, `the good one was answered ${good.status}`);
  hold(tookMs < 2_000, `the good one took ${Math.round(tookMs)} ms`);
  hold(refused.status === 429, 'an invented address resets the limit');
  judge('A12', 2_000, breaches);
}, 60_000);

test('A13: token answers that are none fail cleanly', async () => {
  const rig = await createRig();
  const { breaches, hold } = breachList();
  for (const reply of malformedTokenReplies) {
    rig.webex.script((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(reply);
    });
    const { returned } = await walk(rig);
    hold((await rig.logins.callback(returned)) === 'failed', `${reply} was taken`);
    await rig.logins.idle();
  }
  const log = rig.lines.join();
  hold(rig.store.grants.list().length === 0, 'a grant was stored');
  hold(!log.includes('"level":"fatal"'), 'something broke');
  hold(
    malformedTokenReplies.every((reply) => reply.length < 9 || !log.includes(reply)),
    'quoted',
  );
  judge('A13', malformedTokenReplies.length, breaches);
});
