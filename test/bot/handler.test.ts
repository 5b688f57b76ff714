import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRig, type Rig } from './rig.ts';

const refused = { status: 403, body: '{"message":"no"}' };

function logged(rig: Rig, message: string): Record<string, unknown> | undefined {
  const lines = rig.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return lines.find(({ msg }) => msg === message);
}

describe('somebody', () => {
  it.each([
    ['a colleague', 'colleague'],
    ['a person of another organization', 'outsider'],
  ] as const)('who may not command the bot gets one sentence: %s', async (_who, name) => {
    const rig = await createRig();
    const person = rig.people[name];
    const roomId = rig.sandbox.directSpace(person).id;
    const said = await rig.say('export last 7 days', { person, roomId });
    expect(rig.answersTo(said)).toEqual([
      "You're not on this bot's list of administrators, so I can't help here.",
    ]);
    expect(rig.jobs.of(rig.applicant(person))).toEqual([]);
  });

  it('in a space that is not listed is told so, if an administrator', async () => {
    const rig = await createRig({ rules: { allowedSpaceIds: ['another'] } });
    const said = await rig.say('status');
    const roomId = rig.sandbox.directSpace(rig.people.admin).id;
    const direct = await rig.say('status', { roomId });
    expect(rig.answersTo(said)).toEqual([
      "I don't work in this space. Send me the command directly instead.",
    ]);
    expect(rig.answersTo(direct)).toEqual([expect.stringContaining('Nothing of yours is running')]);
  });

  it('whose command is old is asked to send it again, whatever it was', async () => {
    const rig = await createRig();
    const said = await rig.say('export last 7 days', { tooOld: true });
    expect(rig.answersTo(said)).toEqual([
      'I was offline when you wrote this. Please send it again.',
    ]);
    expect(rig.jobs.of(rig.applicant(rig.people.admin))).toEqual([]);
  });
});

describe('something unexpected', () => {
  it('is one sentence with a reference that is in the log, too', async () => {
    const rig = await createRig();
    // Where the folder of the jobs should be, nothing can be written.
    await rm(join(rig.dir, 'jobs'), { recursive: true });
    await writeFile(join(rig.dir, 'jobs'), '');
    const said = await rig.say('export last 7 days');
    const [words = ''] = rig.answersTo(said);
    const reference = /tell the operator this reference: ([0-9a-f]{8})\.$/.exec(words)?.[1];
    expect(words).toMatch(/^Something went wrong on my side and I stopped\. Please try again;/);
    expect(words).not.toMatch(/ENOTDIR|EEXIST|jobs/);
    expect(logged(rig, 'a message could not be handled')).toMatchObject({ reference });
  });

  it('that cannot even be said is in the log, and harms nobody else', async () => {
    const rig = await createRig();
    rig.door.script('POST /v1/messages', [refused, refused]);
    const said = await rig.say('status');
    const next = await rig.say('status');
    expect(rig.answersTo(said)).toEqual([]);
    expect(logged(rig, 'and the person could not be told')).toMatchObject({ level: 'error' });
    expect(rig.answersTo(next)).toHaveLength(1);
  });

  it('starts no export that nobody was told of', async () => {
    const rig = await createRig();
    rig.door.script('POST /v1/messages', [refused]);
    const said = await rig.say('export last 7 days');
    expect(rig.answersTo(said)).toEqual([expect.stringMatching(/^Something went wrong/)]);
    expect(rig.jobs.of(rig.applicant(rig.people.admin))).toEqual([]);
    expect(rig.cards()).toEqual([]);
  });
});
