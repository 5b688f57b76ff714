import { describe, expect, it } from 'vitest';
import { NotSignedInError } from '../../src/errors.ts';
import type { Job } from '../../src/export/job.ts';
import { gate } from '../helpers/gate.ts';
import { createRig, nothingFound, type Rig, secretIn } from './rig.ts';

const lifetimeMs = 10 * 60_000;

/** Lets the login behind this card fail in one of the ways a login can. */
const failures: readonly [string, (rig: Rig, secret: string) => Promise<unknown>, RegExp][] = [
  [
    'declined',
    ({ logins }, secret) => logins.decline(secret),
    /^You declined the sign-in, so nothing was stored\./,
  ],
  [
    'denied',
    async ({ logins }, secret) => {
      const started = await logins.start(secret);
      const state = started?.authorizeUrl.searchParams.get('state') ?? '';
      const parameters = new URLSearchParams({ error: 'access_denied', state });
      return logins.callback({ parameters, cookie: started?.cookie });
    },
    /^Webex reports that access was not granted, so nothing was stored\./,
  ],
  [
    'finished by somebody else',
    ({ signInThrough, people, cards }) => {
      const [card] = cards();
      if (!card) throw new Error('there is no card');
      return signInThrough(card, people.secondAdmin);
    },
    /^Someone else( \(b•••@harbour\.example\))? signed in through your link, so nothing was stored\./,
  ],
  [
    'refused by Webex',
    async ({ logins }, secret) => {
      const started = await logins.start(secret);
      const state = started?.authorizeUrl.searchParams.get('state') ?? '';
      const parameters = new URLSearchParams({ code: 'never-issued', state });
      return logins.callback({ parameters, cookie: started?.cookie });
    },
    /^The sign-in did not work out, so nothing was stored\./,
  ],
  [
    'left alone for ten minutes',
    ({ clock, logins }) => {
      clock.advance(lifetimeMs + 1);
      return logins.sweep();
    },
    /^Nobody signed in within ten minutes, so the link has expired\./,
  ],
];

describe.each(failures)('a login that was %s', (_how, fail, sentence) => {
  it('ends the export that waited for it, in its thread and to the person', async () => {
    const rig = await createRig();
    const said = await rig.say('export yesterday');
    const card = await rig.nextCard();
    const [job] = rig.jobs.of(rig.applicant(rig.people.admin));
    await fail(rig, secretIn(card));
    await rig.logins.idle();
    const [direct = ''] = rig.saidDirectly(rig.people.admin);
    const inThread = rig.answersTo(said).at(-1) ?? '';
    const end = `Export ${job?.ref} has ended; send the command again to start over.`;
    for (const words of [direct, inThread]) {
      expect(words).toMatch(sentence);
      expect(words).toContain(end);
    }
    expect(inThread).not.toContain('•');
    expect(rig.jobs.of(rig.applicant(rig.people.admin))).toEqual([]);
    expect(rig.cards()).toEqual([]);
    expect(await rig.grants.describe(rig.applicant(rig.people.admin))).toBeUndefined();
  });

  it('leaves an export that had begun waiting for the next one', async () => {
    const rig = await createRig({ run: loseTheGrant });
    await rig.signIn(rig.people.admin);
    await rig.say('export yesterday');
    const card = await rig.nextCard();
    const [job] = rig.jobs.of(rig.applicant(rig.people.admin));
    await fail(rig, secretIn(card));
    await rig.logins.idle();
    const [direct = ''] = rig.saidDirectly(rig.people.admin);
    expect(direct).toMatch(sentence);
    expect(direct).toContain(`Export ${job?.ref} keeps waiting; send login for a new card.`);
    await rig.jobs.idle();
    expect(job?.state).toBe('waiting_for_login');
  });

  it('that was for nothing else is told directly', async () => {
    const rig = await createRig();
    const said = await rig.say('login');
    const card = await rig.nextCard();
    await fail(rig, secretIn(card));
    await rig.logins.idle();
    const [direct = ''] = rig.saidDirectly(rig.people.admin);
    expect(direct).toMatch(sentence);
    expect(direct).toMatch(/Send login for a new card\.$/);
    expect(rig.answersTo(said)).toHaveLength(1);
  });
});

describe('a login that worked', () => {
  it('continues the export, and says so even if the person cannot be written to', async () => {
    const done = gate();
    const run = async (job: Job) => {
      done.open();
      return nothingFound(job);
    };
    const rig = await createRig({ run });
    rig.sandbox.refuseDirect(rig.people.admin);
    await rig.say('export yesterday');
    const result = await rig.signInThrough(await rig.nextCard());
    await done.opened;
    expect(result).toBe('signed_in');
  });

  it('after the export was cancelled only signs in', async () => {
    const rig = await createRig();
    await rig.say('export yesterday');
    const started = await rig.logins.start(secretIn(await rig.nextCard()));
    const [job] = rig.jobs.of(rig.applicant(rig.people.admin));
    await rig.jobs.cancel(job?.ref ?? '');
    const result = await rig.comeBack(started);
    await rig.logins.idle();
    expect(result).toBe('signed_in');
    expect(rig.saidDirectly(rig.people.admin)).toEqual(['You are signed in.']);
  });
});

/** As when Webex refuses the grant while the export runs. */
async function loseTheGrant(): Promise<never> {
  throw new NotSignedInError('refused', 'Please sign in again.');
}
