import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gate } from '../helpers/gate.ts';
import { sendJson } from '../helpers/server.ts';
import { ana, ben } from '../store/fixtures.ts';
import {
  anaAccount,
  anaAsks,
  benAccount,
  createRig,
  job,
  type Rig,
  secretOf,
  signIn,
  walk,
} from './rig.ts';

const minutes = 60_000;
const allOnDisk = async ({ dir }: Rig) => {
  const names = await readdir(dir);
  return (await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))).join('\n');
};
const endings = (rig: Rig) => rig.outcomes.map(({ kind, detail }) => ({ kind, detail }));

describe('a login', () => {
  it('of the person who asked stores a grant and tells for what it was', async () => {
    const rig = await createRig();
    const { begun, returned } = await walk(rig);
    expect(await rig.logins.callback(returned)).toBe('signed_in');
    await rig.logins.idle();
    expect(rig.outcomes).toEqual([
      { kind: 'signed_in', id: begun.id, personId: anaAsks.personId, person: ana, waiting: job },
    ]);
    expect(await rig.grants.accessToken(ana)).toMatch(/^canary-access-/);
    expect(rig.store.logins.list()).toEqual([]);
  });

  it('leaves no secret on disk or in the log at any of its stages', async () => {
    const rig = await createRig();
    const disk: string[] = [];
    const { begun, started, returned } = await walk(rig);
    disk.push(await allOnDisk(rig));
    await rig.logins.callback(returned);
    await rig.logins.idle();
    disk.push(await allOnDisk(rig));
    const { form } = rig.webex.tokenCalls[0] ?? { form: {} };
    const secrets = [
      secretOf(begun.loginUrl),
      started.cookie,
      returned.parameters.get('state'),
      returned.parameters.get('code'),
      form['code_verifier'],
      'canary',
    ];
    const seen = disk.concat(rig.lines).join('\n');
    expect(secrets.filter((secret) => !secret || seen.includes(secret))).toEqual([]);
    expect(disk[0]).toContain(begun.id);
  });

  it('mints states, cookies and links that are long and never the same', async () => {
    const rig = await createRig();
    const seen = new Set<string>();
    const challenges = new Set<string | null>();
    for (let round = 0; round < 50; round++) {
      const { begun, started, returned } = await walk(rig);
      seen.add(secretOf(begun.loginUrl)).add(started.cookie);
      seen.add(returned.parameters.get('state') ?? '');
      challenges.add(started.authorizeUrl.searchParams.get('code_challenge'));
    }
    expect(seen.size).toBe(150);
    expect(challenges.size).toBe(50);
    expect([...seen].every((secret) => /^[\w-]{43,}$/.test(secret))).toBe(true);
  });

  it('shows who asked for what, and looking changes nothing', async () => {
    const rig = await createRig();
    const begun = await rig.logins.begin({ person: anaAsks, waiting: job });
    const before = await allOnDisk(rig);
    const looks = [1, 2, 3].map(() => rig.logins.page(secretOf(begun.loginUrl)));
    expect(looks[2]).toEqual({
      displayName: 'Ana P.',
      maskedEmail: 'a•••@example.org',
      waiting: job,
      askedAtMs: rig.clock.now(),
      expiresAtMs: rig.clock.now() + 10 * minutes,
    });
    expect(await allOnDisk(rig)).toBe(before);
  });

  it('ends when a newer one of the same person begins, and tells where its card is', async () => {
    const rig = await createRig();
    const { begun, returned } = await walk(rig);
    await rig.logins.noteCard(begun.id, 'the message');
    const newer = await rig.logins.begin({ person: anaAsks, waiting: { kind: 'login' } });
    expect([begun.replacedCardId, newer.replacedCardId]).toEqual([undefined, 'the message']);
    expect(rig.logins.page(secretOf(begun.loginUrl))).toBeUndefined();
    expect(await rig.logins.callback(returned)).toBe('unknown');
    expect(rig.webex.tokenCalls).toEqual([]);
    expect(rig.logins.page(secretOf(newer.loginUrl))).toBeDefined();
  });

  it('tells whoever ends it where its card is, after a restart, too', async () => {
    const rig = await createRig();
    const { begun } = await walk(rig);
    const isAwaited = await rig.logins.noteCard(begun.id, 'the message');
    const { logins } = await rig.open();
    const cancelled = await logins.cancel(ana);
    expect(isAwaited).toBe(true);
    expect(cancelled).toBe('the message');
    expect(await logins.cancel(ana)).toBeUndefined();
  });

  it('tells its outcome together with the card, and takes no card after its end', async () => {
    const held = gate();
    const rig = await createRig({ onOutcome: () => held.opened });
    const { begun, returned } = await walk(rig);
    await rig.logins.noteCard(begun.id, 'the message');
    await rig.logins.callback(returned);
    const isAwaited = await rig.logins.noteCard(begun.id, 'another message');
    held.open();
    await rig.logins.idle();
    expect(rig.outcomes).toMatchObject([{ kind: 'signed_in', cardId: 'the message' }]);
    expect(isAwaited).toBe(false);
    expect(await rig.logins.noteCard('gone', 'another message')).toBe(false);
  });

  it('leaves those of other people alone', async () => {
    const rig = await createRig();
    const { begun } = await walk(rig);
    await rig.logins.begin({ person: { ...anaAsks, ...ben }, waiting: { kind: 'login' } });
    expect(rig.logins.page(secretOf(begun.loginUrl))).toBeDefined();
  });

  it('started twice goes on with the second start only', async () => {
    const rig = await createRig();
    const { begun, returned } = await walk(rig);
    const again = await rig.logins.start(secretOf(begun.loginUrl));
    if (!again) throw new Error('a second click is not an error');
    const back = rig.webex.approve(again.authorizeUrl, anaAccount);
    expect(await rig.logins.callback(returned)).toBe('unknown');
    const second = { parameters: back.searchParams, cookie: again.cookie };
    expect(await rig.logins.callback(second)).toBe('signed_in');
    expect(await rig.logins.start(secretOf(begun.loginUrl))).toBeUndefined();
  });

  it('can be declined instead, once', async () => {
    const rig = await createRig();
    const { begun, returned } = await walk(rig);
    const secret = secretOf(begun.loginUrl);
    const clicks = await Promise.all([rig.logins.decline(secret), rig.logins.decline(secret)]);
    expect(clicks).toEqual([true, false]);
    expect(await rig.logins.decline(secret)).toBe(false);
    await rig.logins.idle();
    expect(await rig.logins.callback(returned)).toBe('unknown');
    expect(endings(rig)).toEqual([{ kind: 'declined', detail: undefined }]);
  });

  it('knows no secret that is merely the name of one', async () => {
    const rig = await createRig();
    const { id } = await rig.logins.begin({ person: anaAsks, waiting: job });
    expect(rig.logins.page(id)).toBeUndefined();
    expect(await rig.logins.start(id)).toBeUndefined();
    expect(await rig.logins.decline(id)).toBe(false);
  });
});

describe('a returning browser', () => {
  it.each([
    ['somebody else', benAccount, 'other_person'],
    [
      'the same address in another organization',
      { ...anaAccount, orgUuid: ben.personUuid },
      'other_organization',
    ],
    ['a bot of that name', { ...anaAccount, type: 'bot' }, 'not_a_person'],
  ])('signed in as %s stores nothing and tells the one who asked', async (_, account, detail) => {
    const rig = await createRig();
    const { returned } = await walk(rig, account);
    expect(await rig.logins.callback(returned)).toBe('wrong_person');
    await rig.logins.idle();
    expect(rig.outcomes).toMatchObject([
      {
        kind: 'wrong_person',
        detail,
        person: ana,
        otherAccount: account === benAccount ? 'b•••@example.org' : 'a•••@example.org',
      },
    ]);
    expect(rig.store.grants.list()).toEqual([]);
    expect(await allOnDisk(rig)).not.toContain('v1.');
  });

  it('never stores a grant for any of 200 people who finish a login of another', async () => {
    const rig = await createRig();
    const results = [];
    for (let round = 0; round < 200; round++) {
      const { returned } = await walk(rig, { ...benAccount, email: `b${round}@example.org` });
      results.push(await rig.logins.callback(returned));
    }
    await rig.logins.idle();
    expect(new Set(results)).toEqual(new Set(['wrong_person']));
    expect(rig.outcomes).toHaveLength(200);
    expect(rig.store.grants.list()).toEqual([]);
    expect(rig.lines.filter((line) => line.includes('"kind":"wrong_person"'))).toHaveLength(200);
  });

  it('with one state 50 times at once causes one call to the token endpoint', async () => {
    const rig = await createRig();
    const { returned } = await walk(rig);
    const results = await Promise.all(
      Array.from({ length: 50 }, () => rig.logins.callback(returned)),
    );
    expect(results.filter((result) => result === 'signed_in')).toHaveLength(1);
    expect(results.filter((result) => result === 'unknown')).toHaveLength(49);
    expect(rig.webex.tokenCalls).toHaveLength(1);
  });

  it.each([
    ['no cookie', undefined],
    ['the cookie of another browser', 'x'.repeat(43)],
    ['an empty cookie', ''],
  ])('with %s spends the state and never reaches the token endpoint', async (_, cookie) => {
    const rig = await createRig();
    const { returned } = await walk(rig);
    expect(await rig.logins.callback({ ...returned, cookie })).toBe('other_browser');
    expect(await rig.logins.callback(returned)).toBe('unknown');
    await rig.logins.idle();
    expect(endings(rig)).toEqual([{ kind: 'failed', detail: 'other_browser' }]);
    expect(rig.webex.tokenCalls).toEqual([]);
  });

  it.each([
    ['access_denied', 'denied', undefined],
    ['invalid_scope', 'failed', 'refused_by_webex'],
    ['', 'failed', 'refused_by_webex'],
  ])('with the error %j ends the login without a token', async (error, kind, detail) => {
    const rig = await createRig();
    const { returned } = await walk(rig);
    returned.parameters.set('error', error);
    expect(await rig.logins.callback(returned)).toBe(kind);
    await rig.logins.idle();
    expect(endings(rig)).toEqual([{ kind, detail }]);
    expect(rig.webex.tokenCalls).toEqual([]);
  });

  it('from another issuer is refused before the token endpoint is asked', async () => {
    const rig = await createRig();
    const { returned } = await walk(rig);
    returned.parameters.set('iss', 'https://evil.example');
    expect(await rig.logins.callback(returned)).toBe('other_issuer');
    expect(rig.webex.tokenCalls).toEqual([]);
  });

  it('with a code of somebody else fails at the verifier', async () => {
    const rig = await createRig();
    const other = await createRig({ webex: rig.webex });
    const { returned } = await walk(rig);
    const stolen = await walk(other, benAccount);
    returned.parameters.set('code', stolen.returned.parameters.get('code') ?? '');
    expect(await rig.logins.callback(returned)).toBe('failed');
    expect(rig.store.grants.list()).toEqual([]);
  });

  it('after ten minutes is too late, and the login ends as expired', async () => {
    const rig = await createRig();
    const { begun, returned } = await walk(rig);
    rig.clock.advance(10 * minutes);
    expect(rig.logins.page(secretOf(begun.loginUrl))).toBeUndefined();
    expect(await rig.logins.start(secretOf(begun.loginUrl))).toBeUndefined();
    expect(await rig.logins.callback(returned)).toBe('unknown');
    await rig.logins.idle();
    expect(endings(rig)).toEqual([{ kind: 'expired', detail: undefined }]);
    expect(rig.webex.tokenCalls).toEqual([]);
  });

  it('with fewer scopes than asked for is refused, with unnamed ones accepted', async () => {
    const rig = await createRig();
    const first = await walk(rig);
    const reply = rig.webex.newPair(anaAccount);
    rig.webex.script(
      (response) => sendJson(response, 200, { ...reply, scope: 'spark:people_read' }),
      (response) => sendJson(response, 200, { ...reply, scope: undefined }),
    );
    expect(await rig.logins.callback(first.returned)).toBe('failed');
    expect(await rig.logins.callback((await walk(rig)).returned)).toBe('signed_in');
    expect((await rig.grants.describe(ana))?.scopes).toEqual([
      'cjp:config_read',
      'spark:people_read',
    ]);
  });

  it('whose token people/me does not know stores nothing', async () => {
    const rig = await createRig();
    const { returned } = await walk(rig);
    rig.webex.script((response) =>
      sendJson(response, 200, { ...rig.webex.newPair(anaAccount), access_token: 'unheard-of' }),
    );
    expect(await rig.logins.callback(returned)).toBe('failed');
    await rig.logins.idle();
    expect(endings(rig)).toEqual([{ kind: 'failed', detail: 'people_me' }]);
    expect(rig.store.grants.list()).toEqual([]);
  });

  it('whose grant cannot be written is told so', async () => {
    const rig = await createRig();
    const { returned } = await walk(rig);
    await mkdir(join(rig.dir, 'grants.json', 'in-the-way'), { recursive: true });
    expect(await rig.logins.callback(returned)).toBe('failed');
    await rm(join(rig.dir, 'grants.json'), { recursive: true });
    expect(await rig.grants.describe(ana)).toBeUndefined();
  });

  it('is sent away when the person logged out while Webex was being asked', async () => {
    const rig = await createRig();
    const { returned } = await walk(rig);
    rig.webex.script(async (response, call) => {
      await rig.logins.cancel(ana);
      await rig.grants.remove(ana);
      rig.webex.answerToken(response, call);
    });
    expect(await rig.logins.callback(returned)).toBe('unknown');
    await rig.logins.idle();
    expect(rig.store.grants.list()).toEqual([]);
    expect(rig.outcomes).toEqual([]);
  });
});

describe('the sweep', () => {
  it('ends what has expired, once, and leaves the rest alone', async () => {
    const rig = await createRig();
    await walk(rig);
    rig.clock.advance(5 * minutes);
    await rig.logins.begin({ person: { ...anaAsks, ...ben }, waiting: { kind: 'login' } });
    rig.clock.advance(5 * minutes);
    await rig.logins.sweep();
    await rig.logins.sweep();
    await rig.logins.idle();
    expect(rig.outcomes).toMatchObject([{ kind: 'expired', person: ana, waiting: job }]);
    expect(rig.store.logins.list()).toHaveLength(1);
  });

  it('reports after a restart what expired while the bot was down', async () => {
    const rig = await createRig();
    await walk(rig);
    rig.clock.advance(11 * minutes);
    const { logins, store } = await rig.open();
    await logins.sweep();
    await logins.idle();
    expect(rig.outcomes).toMatchObject([{ kind: 'expired', waiting: job }]);
    expect(store.logins.list()).toEqual([]);
  });

  it('lets a login that began before a restart go on after it', async () => {
    const rig = await createRig();
    const { returned } = await walk(rig);
    const restarted = await rig.open();
    await restarted.logins.sweep();
    expect(await restarted.logins.callback(returned)).toBe('signed_in');
  });

  it('tells of a login that a crash cut off, by what is in the store', async () => {
    const rig = await createRig();
    const { returned } = await walk(rig);
    const taken = await rig.store.logins.take((await startedOf(rig))?.stateHash ?? '');
    const failed = await rig.open();
    await failed.logins.sweep();
    await failed.logins.idle();
    expect(endings(rig)).toEqual([{ kind: 'failed', detail: 'restart' }]);
    expect(taken?.login.waiting).toEqual(job);
    expect(await failed.logins.callback(returned)).toBe('unknown');
  });

  it('finds a grant that was stored just before a crash', async () => {
    const rig = await createRig();
    await signIn(rig);
    const grant = rig.store.grants.get(ana)?.grant;
    const { begun } = await walk(rig);
    await rig.store.logins.take((await startedOf(rig))?.stateHash ?? '');
    if (grant) await rig.store.grants.put(ana, { ...grant, loginId: begun.id });
    const { logins } = await rig.open();
    await logins.sweep();
    await logins.idle();
    expect(rig.outcomes.map(({ kind }) => kind)).toEqual(['signed_in', 'signed_in']);
  });

  it('does not disturb a login whose code is being exchanged', async () => {
    const rig = await createRig();
    const { returned } = await walk(rig);
    rig.webex.script(async (response, call) => {
      rig.clock.advance(11 * minutes);
      await rig.logins.sweep();
      rig.webex.answerToken(response, call);
    });
    expect(await rig.logins.callback(returned)).toBe('signed_in');
    await rig.logins.idle();
    expect(endings(rig)).toEqual([{ kind: 'signed_in', detail: undefined }]);
  });

  it('tells again what nobody took, until a day has passed', async () => {
    let down = true;
    const rig = await createRig({
      onOutcome: async () => {
        if (down) throw new Error('Webex is away');
      },
    });
    const { returned } = await walk(rig);
    await rig.logins.callback(returned);
    await rig.logins.idle();
    const kept = rig.store.logins.list().length;
    down = false;
    const { logins, store } = await rig.open();
    await logins.sweep();
    await logins.idle();
    expect(kept).toBe(1);
    expect(rig.outcomes.map(({ kind }) => kind)).toEqual(['signed_in', 'signed_in']);
    expect(store.logins.list()).toEqual([]);
  });

  it('gives up telling after a day', async () => {
    const rig = await createRig({
      onOutcome: async () => {
        throw new Error('Webex is away');
      },
    });
    const { begun } = await walk(rig);
    await rig.logins.decline(secretOf(begun.loginUrl));
    await rig.logins.idle();
    rig.clock.advance(25 * 60 * minutes);
    await rig.logins.sweep();
    await rig.logins.idle();
    expect(rig.outcomes).toHaveLength(1);
    expect(rig.store.logins.list()).toEqual([]);
  });

  it('is not needed for a login that was cancelled', async () => {
    const rig = await createRig();
    const { returned } = await walk(rig);
    await rig.logins.cancel(ana);
    rig.clock.advance(11 * minutes);
    await rig.logins.sweep();
    expect(await rig.logins.callback(returned)).toBe('unknown');
    expect(rig.outcomes).toEqual([]);
  });
});

async function startedOf({ store }: Rig) {
  const stages = store.logins.list().map(({ stage }) => stage);
  return stages.find((stage) => stage.kind === 'started');
}
