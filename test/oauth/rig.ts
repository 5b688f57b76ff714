import { join } from 'node:path';
import { Agent } from 'undici';
import { onTestFinished } from 'vitest';
import { createGrants } from '../../src/oauth/grants.ts';
import { createLogins, type LoginOutcome } from '../../src/oauth/logins.ts';
import { createProtocol } from '../../src/oauth/protocol.ts';
import { openStore } from '../../src/store/store.ts';
import { fetchOwnPerson } from '../../src/webex/client.ts';
import { createTestClock } from '../helpers/clock.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { ana, ben, recordedLog, testVault } from '../store/fixtures.ts';
import {
  type Account,
  clientId,
  clientSecret,
  encodeId,
  type FakeWebex,
  startFakeWebex,
} from './fake-webex.ts';

const scopes = ['cjp:config_read', 'spark:people_read'];
export const anaAccount: Account = { ...ana, email: 'ana@example.org' };
export const benAccount: Account = { ...ben, email: 'ben@example.org' };
export const anaAsks = {
  ...ana,
  personId: encodeId('PEOPLE', ana.personUuid),
  displayName: 'Ana P.',
  email: 'ana@example.org',
};
export const job = {
  kind: 'job',
  ref: 'E7K2',
  what: 'export live chats, Fri 13 Nov 2026 00:00 – Fri 20 Nov 2026 10:42',
  where: 'the space "CC reports"',
} as const;

export interface RigOptions {
  readonly publicUrl?: URL;
  readonly webex?: FakeWebex;
  readonly onOutcome?: (outcome: LoginOutcome) => Promise<void>;
}

/** The whole of oauth/ on a real store and a real local Webex; only time is played. */
export async function createRig(options: RigOptions = {}) {
  const publicUrl = options.publicUrl ?? new URL('http://127.0.0.1:8089');
  const redirectUri = new URL('/oauth/callback', publicUrl);
  const webex = options.webex ?? (await startFakeWebex({ redirectUri: redirectUri.href }));
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const clock = createTestClock();
  const { log, lines } = recordedLog();
  const dir = join(await makeTempFolder(), 'data');
  const outcomes: LoginOutcome[] = [];
  const onOutcome = async (outcome: LoginOutcome) => {
    outcomes.push(outcome);
    await options.onOutcome?.(outcome);
  };
  const protocol = createProtocol({
    ...{ webexUrl: webex.url, redirectUri, clientId, clientSecret, scopes },
    ...{ dispatcher, clock, log },
  });

  /** Opens the folder anew, as a restart does. */
  const open = async () => {
    const store = await openStore({ dir, vault: testVault(), now: clock.now, log });
    const grants = createGrants({ store: store.grants, protocol, clock, log });
    const logins = createLogins({
      ...{ store: store.logins, grants: store.grants, protocol, publicUrl, onOutcome, clock, log },
      allowedOrgIds: [ana.orgUuid],
      fetchOwnPerson: (accessToken, signal) =>
        fetchOwnPerson({ apiUrl: webex.url, dispatcher, accessToken, signal, clock }),
    });
    onTestFinished(async () => {
      await logins.idle();
      await store.close();
    });
    return { store, grants, logins };
  };
  const world = { webex, dispatcher, clock, log, lines, dir, outcomes, protocol, publicUrl };
  return { ...world, open, ...(await open()) };
}

export type Rig = Awaited<ReturnType<typeof createRig>>;

/** The secret in the link, as the server finds it in the path. */
export function secretOf(loginUrl: string): string {
  return loginUrl.slice(loginUrl.lastIndexOf('/') + 1);
}

/** From the card to the browser on its way back, approved with this account. */
export async function walk(rig: Rig, account: Account = anaAccount) {
  const begun = await rig.logins.begin({ person: anaAsks, waiting: job });
  const started = await rig.logins.start(secretOf(begun.loginUrl));
  if (!started) throw new Error('a fresh login can be started');
  const back = rig.webex.approve(started.authorizeUrl, account);
  const returned = { parameters: back.searchParams, cookie: started.cookie };
  return { begun, started, returned };
}

/** A person who is signed in. */
export async function signIn(rig: Rig): Promise<void> {
  const { returned } = await walk(rig);
  const result = await rig.logins.callback(returned);
  if (result !== 'signed_in') throw new Error(`the login ended as ${result}`);
  await rig.logins.idle();
}
