import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/export/job.ts';
import { gate, hold } from '../helpers/gate.ts';
import { createRig, nothingFound } from './rig.ts';

/** An export that begins, and goes on until it is stopped or let go. */
function heldRun() {
  const begun = gate();
  const held = gate();
  const run = async (job: Job) => {
    begun.open();
    const stopped = new Promise<never>((_resolve, reject) => {
      job.stopping.signal.addEventListener('abort', () => reject(job.stopping.signal.reason));
    });
    await Promise.race([held.opened, stopped]);
    return nothingFound(job);
  };
  return { run, begun: begun.opened, letGo: held.open };
}

function abortOf(job: Job | undefined): Promise<void> {
  return new Promise((resolve) => {
    job?.stopping.signal.addEventListener('abort', () => resolve());
  });
}

describe('somebody quicker than the bot', () => {
  it('who signs in while the sign-in is still being announced is not forgotten', async () => {
    const { run, begun, letGo } = heldRun();
    const rig = await createRig({ run });
    const announcement = hold();
    rig.door.script('POST /v1/messages', ['pass', 'pass', announcement.fault]);
    await rig.say('export yesterday');
    const result = await rig.signInThrough(await rig.nextCard());
    await announcement.arrived;
    await rig.logins.idle();
    announcement.letGo();
    await begun;
    letGo();
    expect(result).toBe('signed_in');
  });

  it('who declines while the sign-in is still being announced has ended the export', async () => {
    const rig = await createRig();
    const announcement = hold();
    rig.door.script('POST /v1/messages', ['pass', 'pass', announcement.fault]);
    await rig.say('export yesterday');
    await rig.nextCard();
    const [job] = rig.jobs.of(rig.applicant(rig.people.admin));
    const ending = rig.jobs.fail(job?.ref ?? '');
    announcement.letGo();
    await ending;
    const asked = await rig.say('status');
    expect(rig.answersTo(asked)).toEqual([expect.stringContaining('Nothing of yours is running')]);
  });

  it.each(['cancel', 'logout'])(
    'who says %s while the card is on its way is left with no card',
    async (word) => {
      const rig = await createRig();
      const card = hold();
      rig.door.script('POST /v1/messages', ['pass', card.fault]);
      await rig.say('export yesterday');
      await card.arrived;
      const [job] = rig.jobs.of(rig.applicant(rig.people.admin));
      const stopped = abortOf(job);
      const stopping = rig.say(word);
      await stopped;
      card.letGo();
      await stopping;
      const asked = await rig.say('status');
      expect(rig.answersTo(asked)).toEqual([
        expect.stringContaining('Nothing of yours is running'),
      ]);
      expect(rig.cards()).toEqual([]);
      expect(rig.store.logins.list()).toEqual([]);
    },
  );

  it('who sends a command twice gets one export', async () => {
    const { run, begun, letGo } = heldRun();
    const rig = await createRig({ run });
    await rig.signIn(rig.people.admin);
    const said = await Promise.all([rig.say('export yesterday'), rig.say('export yesterday')]);
    await begun;
    const answers = said.flatMap((one) => rig.answersTo(one)).sort();
    const jobs = rig.jobs.of(rig.applicant(rig.people.admin));
    letGo();
    expect(jobs).toHaveLength(1);
    expect(answers).toEqual([
      expect.stringMatching(/^Exporting live chat/),
      expect.stringMatching(/^Your export \w{4} is still running/),
    ]);
  });
});

describe('cancel', () => {
  it('stops the export before it says so', async () => {
    const { run, begun } = heldRun();
    const rig = await createRig({ run });
    await rig.signIn(rig.people.admin);
    await rig.say('export yesterday');
    await begun;
    const words = hold();
    rig.door.script('POST /v1/messages', [words.fault]);
    const [job] = rig.jobs.of(rig.applicant(rig.people.admin));
    const stopped = abortOf(job);
    const cancelling = rig.say('cancel');
    await stopped;
    words.letGo();
    const said = await cancelling;
    expect(rig.answersTo(said)).toEqual([`Stopping ${job?.ref}. Nothing is posted.`]);
  });
});

describe.each([
  ['cancel', 'The file of REF is being posted at this moment; it is too late to stop it.'],
  [
    'logout',
    'I have deleted your sign-in. The file of REF is being posted at this moment; it is too late to stop it. Webex itself still lists the consent; remove it in your Webex account settings if you want.',
  ],
])('%s while the workbook is being posted', (word, sentence) => {
  it('says that it comes too late', async () => {
    const { begun, letGo, run } = heldRun();
    const rig = await createRig({ run });
    await rig.signIn(rig.people.admin);
    await rig.say('export yesterday');
    await begun;
    const [job] = rig.jobs.of(rig.applicant(rig.people.admin));
    if (!job) throw new Error('the export runs');
    job.beginPosting();
    const said = await rig.say(word);
    letGo();
    expect(rig.answersTo(said)).toEqual([sentence.replace('REF', job.ref)]);
  });
});

describe('another person', () => {
  it('neither sees nor stops what is not theirs', async () => {
    const { begun, letGo, run } = heldRun();
    const rig = await createRig({ run });
    await rig.signIn(rig.people.admin);
    await rig.say('export yesterday');
    await begun;
    const person = rig.people.secondAdmin;
    const [job] = rig.jobs.of(rig.applicant(rig.people.admin));
    const answers: string[] = [];
    for (const text of ['status', 'cancel', `cancel ${job?.ref}`, 'logout']) {
      answers.push(...rig.answersTo(await rig.say(text, { person })));
    }
    const stopped = job?.stopping.signal.aborted;
    letGo();
    expect(answers).toEqual([
      'Nothing of yours is running. export last 7 days starts an export.',
      'Nothing of yours is running.',
      `There is no running export ${job?.ref} of yours.`,
      'You were not signed in.',
    ]);
    expect(stopped).toBe(false);
    expect(await rig.grants.describe(rig.applicant(rig.people.admin))).toBeDefined();
  });
});

describe('login', () => {
  it('for an export that waits is answered where it was said', async () => {
    const rig = await createRig();
    const ordered = await rig.say('export yesterday');
    await rig.nextCard();
    const asked = await rig.say('login');
    expect(rig.answersTo(asked)).toEqual([
      "I need you to sign in first. I've sent you a private message.",
    ]);
    expect(rig.answersTo(ordered)).toHaveLength(2);
    expect(rig.cards()).toHaveLength(1);
  });
});

describe('the history', () => {
  it('shows in a space only what was asked for there, and everything in a direct space', async () => {
    const rig = await createRig();
    const { admin, secondAdmin } = rig.people;
    const roomId = rig.sandbox.directSpace(admin).id;
    await rig.signIn(admin);
    await rig.signIn(secondAdmin);
    await rig.say('export yesterday');
    await rig.jobs.idle();
    await rig.say('export today customer ava@shop.example', { roomId });
    await rig.jobs.idle();
    await rig.say('export last 3 days', { person: secondAdmin });
    await rig.jobs.idle();
    const answerTo = async (...said: Parameters<typeof rig.say>) =>
      rig.answersTo(await rig.say(...said)).join('\n');
    const inSpace = await answerTo('history');
    const direct = await answerTo('history', { roomId });
    const short = await answerTo('history 1', { roomId });
    expect(inSpace).not.toContain('ava@');
    expect(inSpace.match(/nothing found/g)).toHaveLength(1);
    expect(inSpace).toContain('You asked for 1 elsewhere; ask me directly to see them.');
    expect(direct).toContain('customer ava@shop.example');
    expect(direct.match(/nothing found/g)).toHaveLength(2);
    expect(direct).toContain('in "CC reports"');
    expect(short.match(/nothing found/g)).toHaveLength(1);
    expect(short).toContain('1 more before these.');
  });

  it('leads to the message', async () => {
    const rig = await createRig();
    await rig.signIn(rig.people.admin);
    await rig.say('export yesterday');
    await rig.jobs.idle();
    const said = await rig.say('history');
    const [answer] = rig.sandbox.messages(said.roomId).filter((one) => one.parentId === said.id);
    expect(answer?.markdown).toMatch(
      /\[message\]\(webexteams:\/\/im\?space=[0-9a-f-]{36}&message=[0-9a-f-]{36}\)$/m,
    );
  });

  it('says that there is none', async () => {
    const rig = await createRig();
    const said = await rig.say('history');
    expect(rig.answersTo(said)).toEqual(['No export of yours has ended so far.']);
  });
});
