import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sendJson } from '../helpers/server.ts';
import { ana } from '../store/fixtures.ts';
import { anaAccount, createRig, type Rig, signIn } from './rig.ts';

const hour = 3_600_000;
/** The fake's access tokens live just under twelve hours. */
const lifeMs = 43_199_000;

async function signedIn(): Promise<Rig & { first: string }> {
  const rig = await createRig();
  await signIn(rig);
  return { ...rig, first: await rig.grants.accessToken(ana) };
}

const refreshes = ({ webex }: Rig) =>
  webex.tokenCalls.filter(({ form }) => form['grant_type'] === 'refresh_token');
const busy = (response: ServerResponse) => sendJson(response, 503, {});
const forEver = <T>(script: T): T[] => Array.from({ length: 50 }, () => script);

describe('an access token', () => {
  it('is handed out as it is while it is fresh', async () => {
    const rig = await signedIn();
    rig.clock.advance(lifeMs - 6 * 60_000);
    expect(await rig.grants.accessToken(ana)).toBe(rig.first);
    expect(refreshes(rig)).toHaveLength(0);
  });

  it('is refreshed once when less than five minutes are left, for 200 callers together', async () => {
    const rig = await signedIn();
    rig.clock.advance(lifeMs - 4 * 60_000);
    const calls = Array.from({ length: 200 }, () => rig.grants.accessToken(ana));
    const tokens = new Set(await Promise.all(calls));
    expect([...tokens]).toEqual([expect.stringMatching(/^canary-access-\d+_P0A1_/)]);
    expect(tokens.has(rig.first)).toBe(false);
    expect(refreshes(rig)).toHaveLength(1);
  });

  it('that was refused is refreshed once, also for those who are refused later', async () => {
    const rig = await signedIn();
    const calls = Array.from({ length: 50 }, () => rig.grants.accessToken(ana, rig.first));
    const [second] = await Promise.all(calls);
    const late = await rig.grants.accessToken(ana, rig.first);
    expect(second).not.toBe(rig.first);
    expect(late).toBe(second);
    expect(refreshes(rig)).toHaveLength(1);
  });

  it('with a short life is not refreshed at every use', async () => {
    const rig = await signedIn();
    rig.webex.script((response) =>
      sendJson(response, 200, { ...rig.webex.newPair(anaAccount), expires_in: 60 }),
    );
    const short = await rig.grants.accessToken(ana, rig.first);
    rig.clock.advance(50_000);
    const same = await rig.grants.accessToken(ana);
    rig.clock.advance(5_000);
    const next = await rig.grants.accessToken(ana);
    expect([same === short, next === short]).toEqual([true, false]);
    expect(refreshes(rig)).toHaveLength(2);
  });

  it('is refreshed on, life after life, across restarts', async () => {
    const rig = await signedIn();
    const seen = [rig.first];
    for (let round = 0; round < 3; round++) {
      rig.clock.advance(lifeMs);
      const { grants } = await rig.open();
      seen.push(await grants.accessToken(ana));
    }
    expect(new Set(seen).size).toBe(4);
  });

  it('is on disk before anybody gets it', async () => {
    const rig = await signedIn();
    const file = join(rig.dir, 'grants.json');
    const before = await readFile(file, 'utf8');
    const second = await rig.grants.accessToken(ana, rig.first);
    expect(await readFile(file, 'utf8')).not.toBe(before);
    expect((await rig.open()).store.grants.get(ana)?.grant.accessToken).toBe(second);
  });
});

describe('a refresh', () => {
  it.each([
    ['no refresh token', {}, 'canary-refresh-2'],
    ['the same refresh token', { refresh_token: 'canary-refresh-2' }, 'canary-refresh-2'],
    ['a new refresh token', { refresh_token: 'rotated' }, 'rotated'],
  ])('keeps what counts when the answer brings %s', async (_, members, expected) => {
    const rig = await signedIn();
    const reply = { access_token: 'second', token_type: 'Bearer', expires_in: 3600, ...members };
    rig.webex.script((response) => sendJson(response, 200, reply));
    expect(await rig.grants.accessToken(ana, rig.first)).toBe('second');
    expect(rig.store.grants.get(ana)?.grant).toMatchObject({
      refreshToken: expected,
      scopes: ['spark:people_read', 'cjp:config_read'],
      contactCenterOrgUuid: ana.orgUuid,
    });
  });

  it.each([
    ['400 invalid_grant', 400, { error: 'invalid_grant' }],
    ['400 in the words of Webex', 400, { message: 'The token is expired.', errors: [] }],
    ['401 without a body', 401, undefined],
  ])('answered with %s asks for a new login after exactly one call', async (_, status, body) => {
    const rig = await signedIn();
    rig.webex.script((response) => sendJson(response, status, body));
    const calls = Array.from({ length: 20 }, () => rig.grants.accessToken(ana, rig.first));
    const settled = await Promise.allSettled(calls);
    const afterwards = rig.grants.accessToken(ana);
    await expect(afterwards).rejects.toMatchObject({ code: 'not_signed_in' });
    const { grants } = await rig.open();
    await expect(grants.accessToken(ana)).rejects.toMatchObject({ code: 'not_signed_in' });
    expect(settled.every(({ status: ended }) => ended === 'rejected')).toBe(true);
    expect(await rig.grants.describe(ana)).toBeUndefined();
    expect(refreshes(rig)).toHaveLength(1);
  });

  it('refused because of our own client leaves the grant alone', async () => {
    const rig = await signedIn();
    rig.webex.script((response) => sendJson(response, 401, { error: 'invalid_client' }));
    await expect(rig.grants.accessToken(ana, rig.first)).rejects.toMatchObject({ status: 401 });
    expect(await rig.grants.accessToken(ana)).toBe(rig.first);
  });

  it('succeeds after three times 503', async () => {
    const rig = await signedIn();
    rig.webex.script(busy, busy, busy);
    expect(await rig.grants.accessToken(ana, rig.first)).not.toBe(rig.first);
    expect(refreshes(rig)).toHaveLength(4);
  });

  it('that cannot be had now leaves a token in use that is still valid', async () => {
    const rig = await signedIn();
    rig.clock.advance(lifeMs - 4 * 60_000);
    rig.webex.script(...forEver(busy));
    expect(await rig.grants.accessToken(ana)).toBe(rig.first);
  });

  it('that cannot be had now hands out neither a refused token nor an expired one', async () => {
    const rig = await signedIn();
    rig.webex.script(...forEver(busy));
    await expect(rig.grants.accessToken(ana, rig.first)).rejects.toMatchObject({ status: 503 });
    rig.clock.advance(lifeMs);
    await expect(rig.grants.accessToken(ana)).rejects.toMatchObject({ status: 503 });
    expect(rig.store.grants.get(ana)).toMatchObject({ needsLogin: false });
  });

  it('shared by a caller with a refused token and one without gives each its due', async () => {
    const rig = await signedIn();
    rig.clock.advance(lifeMs - 4 * 60_000);
    rig.webex.script(...forEver(busy));
    const both = [rig.grants.accessToken(ana), rig.grants.accessToken(ana, rig.first)];
    const [plain, refused] = await Promise.allSettled(both);
    expect(plain).toMatchObject({ status: 'fulfilled', value: rig.first });
    expect(refused).toMatchObject({ status: 'rejected', reason: { status: 503 } });
  });

  it('is not even tried with a refresh token that has expired', async () => {
    const rig = await signedIn();
    rig.clock.advance(61 * 24 * hour);
    await expect(rig.grants.accessToken(ana)).rejects.toMatchObject({ code: 'not_signed_in' });
    expect(refreshes(rig)).toHaveLength(0);
  });

  it('does not bring back a grant that was removed meanwhile', async () => {
    const rig = await signedIn();
    rig.webex.script(async (response, call) => {
      await rig.grants.remove(ana);
      rig.webex.answerToken(response, call);
    });
    await expect(rig.grants.accessToken(ana, rig.first)).rejects.toMatchObject({
      code: 'not_signed_in',
    });
    expect(rig.store.grants.list()).toEqual([]);
  });

  it('that fails for good does not spoil a login made meanwhile', async () => {
    const rig = await signedIn();
    rig.webex.script(async (response) => {
      await signIn(rig);
      sendJson(response, 400, { error: 'invalid_grant' });
    });
    const token = await rig.grants.accessToken(ana, rig.first);
    expect(token).toBe(rig.store.grants.get(ana)?.grant.accessToken);
    expect(token).not.toBe(rig.first);
  });
});

describe('a full or broken disk', () => {
  const block = async (rig: Rig) => {
    await rm(join(rig.dir, 'grants.json'));
    await mkdir(join(rig.dir, 'grants.json', 'in-the-way'), { recursive: true });
  };

  it('does not cost the new pair: it is written as soon as that works again', async () => {
    const rig = await signedIn();
    await block(rig);
    await expect(rig.grants.accessToken(ana, rig.first)).rejects.toThrow();
    await rm(join(rig.dir, 'grants.json'), { recursive: true });
    const second = await rig.grants.accessToken(ana, rig.first);
    expect(second).toBe((await rig.open()).store.grants.get(ana)?.grant.accessToken);
    expect(refreshes(rig)).toHaveLength(1);
  });

  it('together with a crash costs one clean login', async () => {
    const rig = await signedIn();
    const saved = await readFile(join(rig.dir, 'grants.json'));
    await rig.grants.accessToken(ana, rig.first);
    // What a crash between the answer and the write leaves: the old pair, spent at a rotating server.
    await writeFile(join(rig.dir, 'grants.json'), saved);
    const restarted = { ...rig, ...(await rig.open()) };
    rig.clock.advance(lifeMs);
    const asked = restarted.grants.accessToken(ana);
    await expect(asked).rejects.toMatchObject({ code: 'not_signed_in' });
    await signIn(restarted);
    expect(await restarted.grants.accessToken(ana)).toMatch(/^canary-access-/);
  });
});

describe('a grant', () => {
  it('is described without its tokens', async () => {
    const rig = await signedIn();
    const description = await rig.grants.describe(ana);
    expect(description).toEqual({
      scopes: ['spark:people_read', 'cjp:config_read'],
      accessExpiresMs: rig.clock.now() + lifeMs,
      refreshExpiresMs: rig.clock.now() + 5_184_000_000,
      contactCenterOrgUuid: ana.orgUuid,
    });
  });

  it('is gone after it was removed', async () => {
    const rig = await signedIn();
    expect([await rig.grants.remove(ana), await rig.grants.remove(ana)]).toEqual([true, false]);
    expect(await rig.grants.describe(ana)).toBeUndefined();
    await expect(rig.grants.accessToken(ana)).rejects.toMatchObject({
      code: 'not_signed_in',
      userMessage: expect.stringContaining('login'),
    });
  });

  it('leaves no token in the log, whatever happened to it', async () => {
    const rig = await signedIn();
    rig.webex.script(...forEver(busy).slice(0, 5), (response) =>
      sendJson(response, 400, { error: 'invalid_grant', error_description: 'canary' }),
    );
    await Promise.allSettled([rig.grants.accessToken(ana, rig.first)]);
    await Promise.allSettled([rig.grants.accessToken(ana, rig.first)]);
    expect(rig.lines.length).toBeGreaterThan(5);
    expect(rig.lines.join('')).not.toContain('canary');
  });
});
