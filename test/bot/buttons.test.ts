import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { complaintsAbout, inputsOf, webexComplaintsAbout } from '../helpers/cards.ts';
import { createRig, type Rig } from './rig.ts';

const dayMs = 24 * 60 * 60_000;

/** Runs until somebody stops it. */
const endless = {
  run: (job: { stopping: AbortController }) =>
    new Promise<never>((_resolve, reject) => {
      const { signal } = job.stopping;
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason));
    }),
};

const cardIn = (rig: Rig, said: Message): Message => {
  const found = rig.cards().find(({ parentId }) => parentId === said.id);
  if (!found) throw new Error('no card in this thread');
  return found;
};

/** A running export of the admin, and the card that its status came with. */
async function withStatusCard(rig: Rig) {
  await rig.signIn(rig.people.admin);
  const ordered = await rig.say('export last 7 days');
  const [job] = rig.jobs.open();
  if (!job) throw new Error('no export');
  const asked = await rig.say('status');
  const card = cardIn(rig, asked);
  const refs = () => rig.jobs.open().map(({ ref }) => ref);
  return { ordered, asked, card, ref: job.ref, refs, cancel: inputsOf(card, `Cancel ${job.ref}`) };
}

describe('the card of a status', () => {
  test('stops the export as the command does, and is gone then', async () => {
    const rig = await createRig(endless);
    const { asked, card, ref, refs, cancel } = await withStatusCard(rig);
    expect(complaintsAbout(card.card)).toEqual([]);
    expect(webexComplaintsAbout({ card: card.card, fallback: card.text })).toEqual([]);
    await rig.press(card, cancel);
    expect(refs()).toEqual([]);
    expect(rig.answersTo(asked)).toEqual([`Stopping ${ref}. Nothing is posted.`]);
    expect(rig.sandbox.message(card.id)).toBe(undefined);
  });

  test('says to those who cannot see it what it shows', async () => {
    const rig = await createRig(endless);
    const { card, ref } = await withStatusCard(rig);
    expect(card.text).toMatch(new RegExp(`^Export ${ref} \\(.+\\) is about to start\\.$`));
  });

  test('goes when the export has ended', async () => {
    const rig = await createRig(endless);
    const { card, ref } = await withStatusCard(rig);
    await rig.say(`cancel ${ref}`);
    await rig.cardDesk.closeAbout(ref);
    expect(rig.sandbox.message(card.id)).toBe(undefined);
  });

  test('is replaced by the next one', async () => {
    const rig = await createRig(endless);
    const { card } = await withStatusCard(rig);
    const again = await rig.say('status');
    expect(rig.sandbox.message(card.id)).toBe(undefined);
    expect(cardIn(rig, again).text).toBe(card.text);
  });
});

describe('a press does nothing but say so', () => {
  test('by another administrator, and by somebody who is none', async () => {
    const rig = await createRig(endless);
    const { asked, card, ref, refs, cancel } = await withStatusCard(rig);
    await rig.press(card, cancel, { person: rig.people.secondAdmin });
    await rig.press(card, cancel, { person: rig.people.colleague });
    expect(rig.answersTo(asked).slice(1)).toEqual([
      'These buttons are only for the person who asked. Please send me the command yourself.',
      "You're not on this bot's list of administrators, so I can't help here.",
    ]);
    expect(refs()).toEqual([ref]);
    // Its person can still use it.
    await rig.press(card, cancel);
    expect(refs()).toEqual([]);
  });

  test('a second time', async () => {
    const rig = await createRig(endless);
    const { asked, card, ref, cancel } = await withStatusCard(rig);
    rig.door.script('DELETE /v1/messages/:id', [{ status: 503 }], { repeat: true });
    await rig.press(card, cancel);
    await rig.press(card, cancel);
    expect(rig.answersTo(asked).slice(1)).toEqual([
      `Stopping ${ref}. Nothing is posted.`,
      'That card has done its work; each works once. Please send the command for a new one.',
    ]);
  });

  test('twice at the same moment', async () => {
    const rig = await createRig(endless);
    await rig.signIn(rig.people.admin);
    const asked = await rig.say('help');
    const card = cardIn(rig, asked);
    const inputs = inputsOf(card, 'Start the export');
    await Promise.all([rig.press(card, inputs), rig.press(card, inputs)]);
    expect(rig.jobs.open()).toHaveLength(1);
    expect(rig.answersTo(asked).filter((text) => text.startsWith('Exporting'))).toHaveLength(1);
    expect(rig.answersTo(asked).filter((text) => text.startsWith('That card'))).toHaveLength(1);
  });

  test('after the card has expired, and the card goes', async () => {
    const rig = await createRig(endless);
    const { asked, card, ref, refs, cancel } = await withStatusCard(rig);
    rig.clock.advance(dayMs);
    await rig.press(card, cancel);
    expect(rig.answersTo(asked).at(-1)).toBe(
      'That card has expired, so I did nothing. Please send the command for a new one.',
    );
    expect(refs()).toEqual([ref]);
    await rig.cardDesk.sweep();
    expect(rig.sandbox.message(card.id)).toBe(undefined);
    rig.clock.advance(dayMs);
    await rig.cardDesk.sweep();
    expect(rig.store.cards.list()).toEqual([]);
  });

  test('with an id that is made up, of another type, or missing', async () => {
    const rig = await createRig(endless);
    const { asked, card, ref, refs } = await withStatusCard(rig);
    for (const button of ['made-up', 'x'.repeat(5_000), 7, null, undefined, { $ne: '' }]) {
      await rig.press(card, { button });
    }
    const unknown =
      "I don't know that button, so I did nothing. Send help to see what I understand.";
    expect(rig.answersTo(asked).slice(1)).toEqual(Array(6).fill(unknown));
    expect(refs()).toEqual([ref]);
  });

  test('with the id of a button from another card or another space', async () => {
    const rig = await createRig(endless);
    const { card, ref, refs, cancel } = await withStatusCard(rig);
    const { admin } = rig.people;
    const roomId = rig.sandbox.directSpace(admin).id;
    const helpHere = await rig.say('help');
    const helpDirectly = await rig.say('help', { roomId });
    // The one in the space was replaced, so ask once more.
    const again = await rig.say('help');
    const sentence =
      'That button belongs to another card, so I did nothing. Please send the command instead.';
    await rig.press(cardIn(rig, again), cancel);
    expect(rig.answersTo(again).at(-1)).toBe(sentence);
    await rig.press(card, cancel, { roomId });
    expect(rig.saidDirectly(admin).at(-1)).toBe(sentence);
    expect([helpHere.id, helpDirectly.id]).not.toContain(again.id);
    expect(refs()).toEqual([ref]);
  });

  test('made while the bot was away for too long', async () => {
    const rig = await createRig(endless);
    const { asked, card, ref, refs, cancel } = await withStatusCard(rig);
    await rig.press(card, cancel, { tooOld: true });
    expect(rig.answersTo(asked).at(-1)).toBe(
      'I was offline when you pressed this. Please press it again, or send the command.',
    );
    expect(refs()).toEqual([ref]);
  });
});

test('a press that a crash kept from being answered is answered, and orders no second export', async () => {
  const rig = await createRig(endless);
  await rig.signIn(rig.people.admin);
  const asked = await rig.say('help');
  const card = cardIn(rig, asked);
  const inputs = inputsOf(card, 'Start the export');
  rig.door.script('DELETE /v1/messages/:id', [{ status: 503 }], { repeat: true });
  await rig.press(card, inputs, { id: 'the same press' });
  await rig.press(card, inputs, { id: 'the same press' });
  expect(rig.jobs.open()).toHaveLength(1);
  expect(rig.answersTo(asked).filter((text) => !text.startsWith('Exporting'))).toHaveLength(1);
});

test('a press that cannot be handled is answered with a reference that is in the log', async () => {
  const rig = await createRig(endless);
  const { asked, card, cancel } = await withStatusCard(rig);
  rig.door.script('POST /v1/messages', [{ status: 400 }]);
  await rig.press(card, cancel);
  const [, reference = ''] = /reference: (\w+)\.$/.exec(rig.answersTo(asked).at(-1) ?? '') ?? [];
  expect(reference).toMatch(/^[0-9a-f]{8}$/);
  expect(rig.lines.filter((line) => line.includes(`"reference":"${reference}"`))).toHaveLength(1);
});

describe('the form of the help', () => {
  test.each([
    ['as it stands', {}, 'export last 7 days in Europe/Berlin'],
    [
      'filled in',
      {
        range: 'last month',
        queue: ' Sales "East" ',
        zone: 'america/new_york',
        format: 'csv',
        redact: 'true',
        toMe: 'true',
      },
      'export last month queue "Sales ""East""" in America/New_York as csv redact to me',
    ],
    ['without a zone', { zone: '' }, 'export last 7 days'],
  ])('comes to the command that one would type: %s', async (_what, typed, command) => {
    const rig = await createRig(endless);
    await rig.signIn(rig.people.admin);
    const card = cardIn(rig, await rig.say('help'));
    await rig.press(card, inputsOf(card, 'Start the export', typed));
    const [job] = rig.jobs.open();
    if (!job) throw new Error('no export');
    await rig.jobs.cancel(job.ref);
    const byHand = await rig.say(command);
    const [typedJob] = rig.jobs.open();
    const { ref: _ref, orderedAtMs: _at, place: _place, ...order } = job.order;
    expect(order.command).toBe(command);
    expect(typedJob?.order).toMatchObject(order);
    expect(typedJob?.order.place.messageId).toBe(byHand.id);
  });

  test.each([
    [
      { range: 'last 900 days; drop', format: 'exe' },
      'I cannot read Range and Format on this card, so nothing was started. Try: export last 7 days',
    ],
    [
      { queue: 'x'.repeat(101) },
      'I cannot read Queue on this card, so nothing was started. Try: export last 7 days',
    ],
    [
      { redact: 'yes' },
      'I cannot read Personal data on this card, so nothing was started. Try: export last 7 days',
    ],
    [{ zone: 'Europe/Berln' }, /Europe\/Berln.+ Try: export last 7 days in Europe\/Berlin$/],
    [{ zone: 'UTC queue "Sales"' }, /^Exporting live chat, queue "Sales"/],
  ])('takes only what it offers: %j', async (typed, answer) => {
    const rig = await createRig(endless);
    const asked = await rig.say('help');
    const card = cardIn(rig, asked);
    await rig.press(card, inputsOf(card, 'Start the export', typed));
    const text = rig.answersTo(asked).find((one) => !one.startsWith('I export'));
    expect(text).toEqual(typeof answer === 'string' ? answer : expect.stringMatching(answer));
  });

  test('can be corrected and pressed again after a mistake', async () => {
    const rig = await createRig(endless);
    await rig.signIn(rig.people.admin);
    const card = cardIn(rig, await rig.say('help'));
    await rig.press(card, inputsOf(card, 'Start the export', { zone: 'Nowhere' }));
    expect(rig.jobs.open()).toEqual([]);
    await rig.press(card, inputsOf(card, 'Start the export', { zone: 'UTC' }));
    expect(rig.jobs.open()).toHaveLength(1);
  });

  test('is the help in words where Webex does not take the card', async () => {
    const rig = await createRig();
    rig.door.script('POST /v1/messages', [{ status: 400 }]);
    const asked = await rig.say('help');
    expect(rig.cards()).toEqual([]);
    expect(rig.answersTo(asked)).toEqual([expect.stringMatching(/^I export conversations/)]);
    expect(rig.store.cards.list()).toEqual([]);
  });
});
