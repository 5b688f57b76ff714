import { describe, expect, it } from 'vitest';
import { LoginDesk } from '../../src/bot/login-desk.ts';
import { NotSignedInError } from '../../src/errors.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { recordedLog } from '../store/fixtures.ts';
import { createRig, type Rig, secretIn } from './rig.ts';

const invitation = "I need you to sign in first. I've sent you a private message.";

/** As when Webex refuses the grant while the export runs. */
async function loseTheGrant(): Promise<never> {
  throw new NotSignedInError('refused', 'Please sign in again.');
}

/** The last thing said in this thread once nobody is being asked any more. */
async function lastWords(rig: Rig, said: Message): Promise<string | undefined> {
  await rig.jobs.close();
  return rig.answersTo(said).at(-1);
}

describe('the card for an export', () => {
  it('goes to the person alone, and the space reads one neutral line', async () => {
    const rig = await createRig();
    const said = await rig.say('export yesterday');
    const card = await rig.nextCard();
    const line = await lastWords(rig, said);
    expect(card.roomId).toBe(rig.sandbox.directSpace(rig.people.admin).id);
    expect(line).toBe(invitation);
    expect(rig.answersTo(said).join(' ')).not.toContain(secretIn(card));
  });

  it('is itself the answer where the export was ordered directly', async () => {
    const rig = await createRig();
    const roomId = rig.sandbox.directSpace(rig.people.admin).id;
    const said = await rig.say('export yesterday', { roomId });
    const card = await rig.nextCard();
    await lastWords(rig, said);
    expect(card.parentId).toBe(said.id);
    expect(rig.saidDirectly(rig.people.admin)).toEqual([expect.stringMatching(/^Exporting/)]);
  });

  it.each([
    ['where the operator wants it there', { cardPlace: 'space' } as const, false],
    ['where the person cannot be written to', {}, true],
  ])('stands in the thread %s', async (_where, options, unreachable) => {
    const rig = await createRig(options);
    if (unreachable) rig.sandbox.refuseDirect(rig.people.admin);
    const said = await rig.say('export yesterday');
    const card = await rig.nextCard();
    await lastWords(rig, said);
    expect(card).toMatchObject({ roomId: rig.space.id, parentId: said.id });
    expect(rig.answersTo(said)).toHaveLength(2);
  });

  it.each([
    ['directly', {}],
    ['in the thread', { cardPlace: 'space' } as const],
  ])('comes with a reason when a running export lost its grant: %s', async (_where, options) => {
    const rig = await createRig({ ...options, run: loseTheGrant });
    await rig.signIn(rig.people.admin);
    const said = await rig.say('export yesterday');
    await rig.nextCard();
    const [job] = rig.jobs.of(rig.applicant(rig.people.admin));
    expect(await lastWords(rig, said)).toBe(
      `Webex no longer accepts your sign-in, so export ${job?.ref} is paused. I've sent you a new card; it continues by itself once you have signed in.`,
    );
  });

  it('that can be posted nowhere ends the export with a sentence', async () => {
    const rig = await createRig();
    const refused = { status: 403, body: '{"message":"no"}' };
    rig.door.script('POST /v1/messages', ['pass', refused, refused]);
    const said = await rig.say('export yesterday');
    await rig.posts(3);
    const line = await lastWords(rig, said);
    expect(line).toMatch(
      /^Export \w{4} failed\. I could not send you the card to sign in with\. Please send the command again\. Ana Petrova$/,
    );
    expect(rig.jobs.of(rig.applicant(rig.people.admin))).toEqual([]);
    expect(rig.store.logins.list()).toEqual([]);
  });

  it('that can be posted nowhere costs an export nothing it has collected', async () => {
    const rig = await createRig({ run: loseTheGrant });
    await rig.signIn(rig.people.admin);
    const refused = { status: 403, body: '{"message":"no"}' };
    rig.door.script('POST /v1/messages', ['pass', refused, refused]);
    const said = await rig.say('export yesterday');
    await rig.posts(3);
    await lastWords(rig, said);
    const [job] = rig.jobs.of(rig.applicant(rig.people.admin));
    expect(job?.state).toBe('waiting_for_login');
  });
});

describe('one card for one person', () => {
  it('takes the older one away, and its link with it', async () => {
    const rig = await createRig();
    await rig.say('login');
    const older = await rig.nextCard();
    await rig.say('login');
    const [card, ...others] = rig.cards();
    expect(others).toEqual([]);
    expect(card?.id).not.toBe(older.id);
    expect(rig.logins.page(secretIn(older))).toBeUndefined();
    expect(card && rig.logins.page(secretIn(card))).toBeDefined();
  });

  it('does not mind one that somebody else took away', async () => {
    const rig = await createRig();
    await rig.say('login');
    const older = await rig.nextCard();
    rig.sandbox.deleteMessage(older.id);
    const said = await rig.say('login');
    expect(rig.answersTo(said)).toEqual([invitation]);
    expect(rig.cards()).toHaveLength(1);
  });

  it('is taken away when its link is used the moment it appears', async () => {
    const rig = await createRig();
    const declined = rig.nextCard().then((card) => rig.logins.decline(secretIn(card)));
    const said = await rig.say('login');
    expect(await declined).toBe(true);
    await rig.logins.idle();
    expect(rig.answersTo(said)).toEqual([invitation]);
    expect(rig.cards()).toEqual([]);
  });

  it('outlives neither its login nor the process that posted it', async () => {
    const rig = await createRig();
    await rig.say('login');
    const posted = rig.cards().length;
    const { logins, webex } = rig;
    const { log } = recordedLog();
    // One that has never seen the card, as after a restart.
    const desk = new LoginDesk({ logins, webex, scopes: [], cardPlace: 'direct', log });
    await desk.withdraw(rig.applicant(rig.people.admin));
    expect(posted).toBe(1);
    expect(rig.cards()).toEqual([]);
  });

  it('leaves those of other people alone', async () => {
    const rig = await createRig();
    await rig.say('login');
    await rig.say('login', { person: rig.people.secondAdmin });
    expect(rig.cards()).toHaveLength(2);
  });
});
