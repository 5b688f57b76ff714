import { describe, expect, it, test } from 'vitest';
import { estimateCard } from '../../src/bot/estimate-card.ts';
import type { Estimate } from '../../src/export/estimate.ts';
import type { Job } from '../../src/export/job.ts';
import type { ExportOrder } from '../../src/export/order.ts';
import type { Question } from '../../src/export/question.ts';
import { cardButtons, cardTexts } from '../../src/sandbox/webex/cards.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { createRenderer } from '../../src/sandbox/webex/text.ts';
import { orderWith } from '../export/orders.ts';
import { asPosted, complaintsAbout, inputsOf, webexComplaintsAbout } from '../helpers/cards.ts';
import { createRig, nothingFound, type Rig } from './rig.ts';

const minuteMs = 60_000;

const estimate: Estimate = {
  conversations: 12_345,
  byChannel: [
    { name: 'chat', count: 10_000 },
    { name: 'telephony', count: 2_000 },
    { name: 'fax', count: 340 },
    { name: undefined, count: 5 },
  ],
  byQueue: [
    { name: 'Support', count: 6_000 },
    { name: 'Sales', count: 3_000 },
    { name: 'Night', count: 2_000 },
    { name: 'Gold', count: 1_000 },
    { name: undefined, count: 200 },
    { name: 'Returns', count: 100 },
    { name: 'Other', count: 45 },
  ],
  work: { calls: 1_285, durationMs: 4 * 60_500, sizeBytes: 43_207_500, files: 1 },
  budget: { perMinute: 300, sharedWith: 1 },
};

const order: ExportOrder = { version: 1, ref: 'E7K2', orderedAtMs: 0, ...orderWith() };
const untilMs = Date.UTC(2026, 10, 20, 9, 52);
const ids = { run: 'one', runToMe: 'two', cancel: 'three' };
const drawn = (more: Partial<ExportOrder> = {}, of: Partial<Estimate> = {}) =>
  estimateCard({ ...order, ...more }, { ...estimate, ...of }, untilMs).draw(ids);
const textsOf = (...given: Parameters<typeof drawn>) => cardTexts(asPosted(drawn(...given).card));
const titlesOf = (...given: Parameters<typeof drawn>) =>
  cardButtons(asPosted(drawn(...given).card)).map(({ title }) => title);
const direct = { place: { ...order.place, roomType: 'direct' as const } };
const unknown = { conversations: undefined, byChannel: [], byQueue: [], work: undefined };

describe('the card of an estimate', () => {
  it.each([
    ['in a space', drawn()],
    ['in a direct space', drawn(direct)],
    ['of which little is known', drawn({}, unknown)],
    [
      'with names as long as they can be',
      drawn(
        {},
        { byQueue: Array.from({ length: 900 }, (_, count) => ({ name: '🎧'.repeat(300), count })) },
      ),
    ],
  ])('%s is one that Microsoft and Webex accept at version 1.3', (_what, { card, fallback }) => {
    expect(complaintsAbout(card)).toEqual([]);
    expect(webexComplaintsAbout({ card, fallback })).toEqual([]);
    expect(asPosted(card)).toMatchObject({ type: 'AdaptiveCard', version: '1.3' });
  });

  it('says what the export comes to', () => {
    expect(textsOf()).toEqual([
      'Export E7K2 is large. Shall it run?',
      'live chat, all queues: Fri 13 Nov 2026 10:42 – Fri 20 Nov 2026 10:42, Europe/Berlin (UTC+1).',
      'Conversations: 12,345.',
      'By channel: live chat 10,000 · voice calls 2,000 · fax 340 · without a channel 5.',
      'By queue: Support 6,000 · Sales 3,000 · Night 2,000 · Gold 1,000 · without a queue 200 · 2 others 145.',
      'Calls to the contact center: 1,285, about 5 minutes at 300 a minute, shared with 1 other export running now.',
      'Expected size: about 43 MB, in 1 file.',
      'Nothing is exported before you answer. Without an answer it is cancelled at Fri 20 Nov 2026 10:52.',
      'You can also type run E7K2, or run E7K2 to me, or cancel E7K2.',
    ]);
  });

  it('says only what is known', () => {
    expect(textsOf({}, unknown).slice(2, 4)).toEqual([
      'How many conversations that are the contact center does not tell.',
      'Nothing is exported before you answer. Without an answer it is cancelled at Fri 20 Nov 2026 10:52.',
    ]);
    const ungrouped = textsOf({}, { byChannel: [], byQueue: [] }).join(' ');
    expect(ungrouped).toContain('Conversations: 12,345. Calls to');
  });

  it.each([
    [0, 'less than a minute'],
    [1, 'about 1 minute'],
    [119 * minuteMs, 'about 119 minutes'],
    [150 * minuteMs, 'about 2.5 hours'],
  ])('says %i ms as people do', (durationMs, words) => {
    const work = { calls: 1, durationMs, sizeBytes: 1, files: 3 };
    const texts = textsOf({}, { work, budget: { perMinute: 300, sharedWith: 0 } });
    expect(texts).toContain(`Calls to the contact center: 1, ${words} at 300 a minute.`);
    expect(texts).toContain('Expected size: less than 1 MB, in 3 files.');
  });

  it('asks who gets the file only where that is not decided', () => {
    expect(titlesOf()).toEqual(['Run', 'Send to me only', 'Cancel']);
    expect(titlesOf(direct)).toEqual(['Run', 'Cancel']);
    expect(titlesOf({ toMe: true })).toEqual(['Run', 'Cancel']);
  });

  it('says the same to those who cannot see cards', () => {
    const { text } = createRenderer(() => undefined)(drawn().fallback);
    const [head, ...lines] = textsOf();
    for (const line of [head, ...lines.slice(0, -1)]) expect(text).toContain(line);
    expect(text).toContain('Send run E7K2, or run E7K2 to me, or cancel E7K2.');
  });

  it.each(['[click](https://evil.example)', '<@all>', '**bold** https://evil.example', 'a\nb'])(
    'makes nothing of a queue with a name like %j',
    (name) => {
      const { card, fallback } = drawn({}, { byQueue: [{ name, count: 1 }] });
      const { html, mentionsAll } = createRenderer(() => undefined)(fallback);
      expect(cardTexts(asPosted(card)).join('')).not.toMatch(/[[\]*`<>\\\n]|:\/\//);
      expect(html).not.toMatch(/<(?!\/?(?:p|code)>)/);
      expect(mentionsAll).toBe(false);
    },
  );
});

/** Asks until there is an answer; after it, it ends at once. */
const asking = {
  run: async (job: Job) =>
    job.isAnswered ? nothingFound(job) : ({ kind: 'question', estimate } satisfies Question),
};

async function askedRig(more: Parameters<typeof createRig>[0] = {}) {
  const rig = await createRig({ ...asking, ...more });
  await rig.signIn(rig.people.admin);
  return rig;
}

const cardsIn = (rig: Rig, said: Message) =>
  rig.cards().filter(({ parentId }) => parentId === said.id);

const isNoQuestion = (text: string) => !text.includes('Shall it run?');

/** A large export of the admin that waits, and its card. */
async function askAbout(rig: Rig) {
  const said = await rig.say('export last 2 months');
  await rig.jobs.idle();
  const [job] = rig.jobs.open();
  const [card] = cardsIn(rig, said);
  if (!job || !card) throw new Error('nobody was asked');
  return { said, job, card, answers: () => rig.answersTo(said).slice(1).filter(isNoQuestion) };
}

describe('a large export', () => {
  test('runs when its person presses Run, and the card is gone', async () => {
    const rig = await askedRig();
    const { job, card, answers } = await askAbout(rig);
    expect(job.state).toBe('waiting_for_answer');
    await rig.press(card, inputsOf(card, 'Run'));
    await rig.jobs.idle();
    expect(rig.sandbox.message(card.id)).toBe(undefined);
    expect(answers()[0]).toBe(`Export ${job.ref} runs. cancel ${job.ref} stops it.`);
    expect(answers()[1]).toMatch(/^No conversations in /);
    expect([job.order.toMe, job.finished?.outcome]).toEqual([undefined, 'empty']);
  });

  test('runs for its person alone with the other button', async () => {
    const rig = await askedRig();
    const { job, card, answers } = await askAbout(rig);
    await rig.press(card, inputsOf(card, 'Send to me only'));
    await rig.jobs.idle();
    expect(answers()[0]).toBe(
      `Export ${job.ref} runs, and its file goes to you directly. cancel ${job.ref} stops it.`,
    );
    expect(rig.finished.find(job.ref)?.order.toMe).toBe(true);
  });

  test('ends when its person presses Cancel', async () => {
    const rig = await askedRig();
    const { job, card, answers } = await askAbout(rig);
    await rig.press(card, inputsOf(card, 'Cancel'));
    expect(answers()).toEqual([`Stopping ${job.ref}. Nothing is posted.`]);
    expect([rig.jobs.open(), rig.sandbox.message(card.id)]).toEqual([[], undefined]);
  });

  test('is answered by typing as well', async () => {
    const rig = await askedRig();
    const { job } = await askAbout(rig);
    const said = await rig.say(`run ${job.ref} to me`);
    await rig.jobs.idle();
    expect(rig.answersTo(said)).toEqual([
      `Export ${job.ref} runs, and its file goes to you directly. cancel ${job.ref} stops it.`,
    ]);
    expect(rig.finished.find(job.ref)?.order.toMe).toBe(true);
  });

  test('is answered by its person alone, in whichever way', async () => {
    const rig = await askedRig();
    const { secondAdmin } = rig.people;
    const { job, card, answers } = await askAbout(rig);
    await rig.press(card, inputsOf(card, 'Run'), { person: secondAdmin });
    const inSpace = await rig.say(`run ${job.ref}`, { person: secondAdmin });
    const roomId = rig.sandbox.directSpace(secondAdmin).id;
    const directly = await rig.say(`run ${job.ref}`, { person: secondAdmin, roomId });
    expect(answers()).toEqual([
      'These buttons are only for the person who asked. Please send me the command yourself.',
    ]);
    for (const said of [inSpace, directly]) {
      expect(rig.answersTo(said)).toEqual([`No export ${job.ref} of yours waits for an answer.`]);
    }
    expect(job.waitsForAnswer).toBe(true);
  });

  test('is let run once, however often that is said', async () => {
    let runs = 0;
    const rig = await askedRig({
      run: (job) => {
        runs++;
        return asking.run(job);
      },
    });
    const { job, card, answers } = await askAbout(rig);
    rig.door.script('DELETE /v1/messages/:id', [{ status: 503 }], { repeat: true });
    const inputs = inputsOf(card, 'Run');
    // Both at once, and one of them delivered a second time.
    await Promise.all([
      rig.press(card, inputs, { id: 'first' }),
      rig.press(card, inputs, { id: 'other' }),
    ]);
    await rig.jobs.idle();
    await rig.press(card, inputs, { id: 'first' });
    const said = await rig.say(`run ${job.ref}`);
    const unknown = `No export ${job.ref} of yours waits for an answer.`;
    expect(answers().filter((text) => text.includes(' runs. '))).toHaveLength(1);
    expect(answers().filter((text) => text.startsWith('That card has done'))).toHaveLength(1);
    expect([answers().at(-1), ...rig.answersTo(said)]).toEqual([unknown, unknown]);
    // To the question, and to the end.
    expect(runs).toBe(2);
  });

  test('is cancelled after ten minutes with a sentence, and the card says why it does nothing', async () => {
    const rig = await askedRig();
    const { job, card, answers } = await askAbout(rig);
    rig.clock.advance(10 * minuteMs + 1);
    await rig.cardDesk.sweep();
    await rig.jobs.sweep();
    await rig.cardDesk.closeAbout(job.ref);
    expect(answers()).toEqual([
      expect.stringContaining(
        `Nobody answered within ten minutes, so export ${job.ref} is cancelled; no transcript was fetched.`,
      ),
    ]);
    expect(rig.sandbox.message(card.id)).toBe(undefined);
    expect(job.finished?.outcome).toBe('cancelled');
  });

  test('is not run by a press that comes too late', async () => {
    const rig = await askedRig();
    const { job, card, answers } = await askAbout(rig);
    rig.clock.advance(10 * minuteMs + 1);
    await rig.press(card, inputsOf(card, 'Run'));
    expect(answers()).toEqual([
      'That card has expired, so I did nothing. Please send the command for a new one.',
    ]);
    await rig.jobs.sweep();
    await rig.cardDesk.closeAbout(job.ref);
    expect(rig.cardDesk.find(String(inputsOf(card, 'Run')['button']))).toBeDefined();
  });

  test('shows in the status that it waits, and until when', async () => {
    const rig = await askedRig();
    const { job } = await askAbout(rig);
    const said = await rig.say('status');
    const [card] = cardsIn(rig, said);
    expect(card?.text).toMatch(
      new RegExp(
        `^Export ${job.ref} \\(.+\\) waits for your answer until .+: run ${job.ref} lets it run\\.$`,
      ),
    );
  });

  test('gives way to a new export of its person, which says so', async () => {
    const rig = await askedRig();
    const first = await askAbout(rig);
    const second = await askAbout(rig);
    expect(rig.answersTo(second.said)[0]).toContain(
      `This replaces ${first.job.ref}, which waited for your answer.`,
    );
    await rig.cardDesk.closeAbout(first.job.ref);
    expect(rig.sandbox.message(first.card.id)).toBe(undefined);
    expect(rig.jobs.open().map(({ ref }) => ref)).toEqual([second.job.ref]);
    expect(first.job.finished?.outcome).toBe('cancelled');
    await rig.press(second.card, inputsOf(second.card, 'Run'));
    await rig.jobs.idle();
    expect(second.job.finished?.outcome).toBe('empty');
  });

  test('is stopped by logout, and not begun by login', async () => {
    const rig = await askedRig();
    const { job } = await askAbout(rig);
    const login = await rig.say('login');
    const state = job.state;
    const logout = await rig.say('logout');
    expect(rig.answersTo(login)[0]).toMatch(/^You are signed in already/);
    expect(state).toBe('waiting_for_answer');
    expect(rig.answersTo(logout)[0]).toContain(`I stopped ${job.ref}.`);
  });
});

describe('a schedule whose time comes while a large export waits', () => {
  const daily = 'schedule every day 08:00 export yesterday in UTC';
  const nextEight = (rig: Rig) => {
    const day = 24 * 60 * minuteMs;
    const eight = 8 * 60 * minuteMs;
    const now = rig.clock.now();
    const today = now - (now % day) + eight;
    return today > now ? today : today + day;
  };

  test('runs, since that one holds no place', async () => {
    const rig = await askedRig({
      run: async (job) => (job.order.schedule ? nothingFound(job) : asking.run(job)),
    });
    rig.scheduler.start();
    await rig.say(daily);
    const { job } = await askAbout(rig);
    await rig.becomes(nextEight(rig));
    await rig.jobs.idle();
    const [scheduled] = rig.finished.list();
    expect([scheduled?.order.schedule !== undefined, job.waitsForAnswer]).toEqual([true, true]);
  });

  test('goes first: the answer can be given when it is over', async () => {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const rig = await askedRig({
      run: async (job) => {
        if (!job.order.schedule) return asking.run(job);
        await ended;
        return nothingFound(job);
      },
    });
    rig.scheduler.start();
    await rig.say(daily);
    const { job } = await askAbout(rig);
    await rig.becomes(nextEight(rig));
    const [scheduled] = rig.jobs.open().filter(({ order: { schedule } }) => schedule);
    const said = await rig.say(`run ${job.ref}`);
    const state = job.state;
    end();
    await rig.jobs.idle();
    const again = await rig.say(`run ${job.ref}`);
    expect(rig.answersTo(said)).toEqual([
      `Your export ${scheduled?.ref} is running, and I do one at a time for each person. Send run ${job.ref} when it is over.`,
    ]);
    expect(state).toBe('waiting_for_answer');
    expect(rig.answersTo(again)).toEqual([`Export ${job.ref} runs. cancel ${job.ref} stops it.`]);
  });
});

test('no export that waits for a sign-in or is unknown can be answered', async () => {
  const rig = await createRig(asking);
  await rig.say('export last 2 months');
  await rig.jobs.idle();
  const [job] = rig.jobs.open();
  const waiting = await rig.say(`run ${job?.ref}`);
  const nothing = await rig.say('run 0000');
  expect(rig.answersTo(waiting)).toEqual([
    `Export ${job?.ref} waits for your sign-in, not for an answer; login sends a card.`,
  ]);
  expect(rig.answersTo(nothing)).toEqual(['No export 0000 of yours waits for an answer.']);
});
