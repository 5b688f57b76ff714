import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/export/job.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { gate, hold } from '../helpers/gate.ts';
import { createRig, nothingFound, type Rig } from './rig.ts';

/** A Thursday. */
const thursday = Date.UTC(2026, 10, 19, 12);
/** 08:00 in Berlin, where Ana lives. */
const monday = Date.UTC(2026, 10, 23, 7);
const weekMs = 7 * 86_400_000;
const minuteMs = 60_000;
const weekly = 'schedule every monday 08:00 export last week';

/** On that Thursday, with an admin who has signed in, and a scheduler that runs. */
async function createRigAt(options: Parameters<typeof createRig>[0] = {}): Promise<Rig> {
  const rig = await createRig(options);
  rig.clock.jump(thursday - rig.clock.now());
  await rig.signIn(rig.people.admin);
  rig.scheduler.start();
  await rig.scheduler.idle();
  return rig;
}

function refOfSchedule({ schedules }: Rig): string {
  const [ref = ''] = schedules.list().map((one) => one.ref);
  return ref;
}

/** The messages that begin the threads of runs, oldest first. */
function announcements({ sandbox, space }: Rig, roomId = space.id): Message[] {
  return sandbox
    .messages(roomId)
    .filter(({ text, parentId }) => parentId === undefined && text.startsWith('Scheduled export'));
}

const windowsOf = ({ finished }: Rig) =>
  finished.list().map(({ order: { window, schedule } }) => ({
    from: new Date(window.fromMs).toISOString(),
    to: new Date(window.toMs).toISOString(),
    due: schedule && new Date(schedule.dueMs).toISOString(),
  }));

const lastWeek = {
  from: '2026-11-15T23:00:00.000Z',
  to: '2026-11-22T23:00:00.000Z',
  due: '2026-11-23T07:00:00.000Z',
};

describe('schedule', () => {
  it('says what runs when, where, and with whose sign-in', async () => {
    const rig = await createRigAt();
    const said = await rig.say(`${weekly} queue "Sales" in Europe/Berlin`);
    const ref = refOfSchedule(rig);
    expect(rig.answersTo(said)).toEqual([
      `Schedule ${ref} is made: export last week queue "Sales" in Europe/Berlin every Monday at 08:00 (Europe/Berlin), for live chat, queue "Sales". It runs first on Mon 23 Nov 2026 08:00, with your sign-in. Each run is a new message in this space, with its file in the thread. unschedule ${ref} removes it.`,
    ]);
  });

  it.each([
    ['every day 00:00 export today', 'every day 00:00 export yesterday'],
    ['every day 08:00 export since 2999-01-01', 'every day 08:00 export today'],
    ['every day 08:00 export since 2001-01-01', /^every day 08:00 export since 2023-11-\d\d$/],
  ])('refuses what would have nothing to look at: %s', async (typed, suggestion) => {
    const rig = await createRigAt();
    const said = await rig.say(`schedule ${typed}`);
    const [answer = ''] = rig.answersTo(said);
    expect(answer.split('Try: schedule ')[1]).toMatch(suggestion);
    expect(rig.schedules.list()).toEqual([]);
  });

  it('is refused to who has twenty, and to nobody else', async () => {
    const rig = await createRigAt();
    for (let index = 0; index < 20; index++) await rig.say(weekly);
    const refused = await rig.say(weekly);
    const other = await rig.say(weekly, { person: rig.people.secondAdmin });
    expect(rig.answersTo(refused)).toEqual([
      'You have 20 schedules, and more are not possible. schedules lists them, unschedule <ref> removes one.',
    ]);
    expect(rig.answersTo(other)).toEqual([expect.stringContaining('is made')]);
    expect(rig.schedules.list()).toHaveLength(21);
  });

  it('is not kept when nobody could be told of it', async () => {
    const rig = await createRigAt();
    rig.door.script('POST /v1/messages', [{ status: 400 }]);
    await rig.say(weekly);
    expect(rig.schedules.list()).toEqual([]);
  });
});

describe('schedules', () => {
  it('lists the own ones, wherever they were made, with the next three times', async () => {
    const rig = await createRigAt();
    const { admin, secondAdmin } = rig.people;
    await rig.say('schedule every month on day 31 08:00 export last month in Europe/Berlin');
    await rig.say('schedule every weekday 07:30 export yesterday', {
      roomId: rig.sandbox.directSpace(admin).id,
    });
    const [first = '', second = ''] = rig.schedules.list().map(({ ref }) => ref);
    const own = await rig.say('schedules');
    const others = await rig.say('schedules', { person: secondAdmin });
    expect(rig.answersTo(own).join('\n').split('\n')).toEqual([
      `${first}: export last month in Europe/Berlin on day 31 of every month, or the last day of a shorter one, at 08:00 (Europe/Berlin) · in the space "CC reports" · next: Mon 30 Nov 2026 08:00, Thu 31 Dec 2026 08:00, Sun 31 Jan 2027 08:00`,
      `${second}: export yesterday Monday to Friday at 07:30 (Europe/Berlin) · directly · next: Fri 20 Nov 2026 07:30, Mon 23 Nov 2026 07:30, Tue 24 Nov 2026 07:30`,
    ]);
    expect(rig.answersTo(others)).toEqual([
      'You have no schedules. schedule every monday 08:00 export last week makes one.',
    ]);
  });
});

describe('unschedule', () => {
  it('removes the own one, and what was due of it', async () => {
    const rig = await createRigAt();
    await rig.say(weekly);
    const ref = refOfSchedule(rig);
    const removed = await rig.say(`unschedule ${ref}`);
    await rig.becomes(monday);
    const again = await rig.say(`unschedule ${ref}`);
    expect(rig.answersTo(removed)).toEqual([
      `Schedule ${ref} is removed: export last week every Monday at 08:00 (Europe/Berlin).`,
    ]);
    expect(rig.answersTo(again)).toEqual([
      `There is no schedule ${ref} of yours. schedules lists them.`,
    ]);
    expect(announcements(rig)).toEqual([]);
  });

  it('is for another administrator where nobody else reads along, and only there', async () => {
    const rig = await createRigAt();
    await rig.say(weekly);
    const ref = refOfSchedule(rig);
    const person = rig.people.secondAdmin;
    const inSpace = await rig.say(`unschedule ${ref}`, { person });
    const kept = rig.schedules.list().length;
    const directly = await rig.say(`unschedule ${ref}`, {
      person,
      roomId: rig.sandbox.directSpace(person).id,
    });
    expect(rig.answersTo(inSpace)).toEqual([expect.stringContaining('There is no schedule')]);
    expect(kept).toBe(1);
    expect(rig.answersTo(directly)).toEqual([expect.stringContaining('is removed')]);
  });
});

describe('a run', () => {
  it('comes at its time, in a thread of its own where the schedule was made', async () => {
    const rig = await createRigAt();
    await rig.say(weekly);
    await rig.scheduler.idle();
    await rig.becomes(monday - 20_000);
    const early = announcements(rig);
    const waitMs = rig.nextLookMs();
    await rig.becomes(monday);
    await rig.jobs.idle();
    const [announced] = announcements(rig);
    if (!announced) throw new Error('the run is announced');
    const [{ order } = { order: undefined }] = rig.finished.list();
    expect(early).toEqual([]);
    expect(waitMs).toBe(20_000);
    expect(announced.text).toBe(
      `Scheduled export ${refOfSchedule(rig)} of Ana Petrova, every Monday at 08:00 (Europe/Berlin).`,
    );
    expect(rig.answersTo(announced)).toEqual([
      `Exporting live chat, all queues: Mon 16 Nov 2026 00:00 – Mon 23 Nov 2026 00:00, Europe/Berlin (UTC+1). I'll post the workbook in this thread. Ref ${order?.ref} · cancel ${order?.ref} stops it.`,
      expect.stringContaining('No conversations in Mon 16 Nov'),
    ]);
    expect(windowsOf(rig)).toEqual([lastWeek]);
    // And again a week later, not before.
    await rig.becomes(monday + weekMs - 1);
    expect(announcements(rig)).toHaveLength(1);
    await rig.becomes(monday + weekMs);
    expect(announcements(rig)).toHaveLength(2);
  });

  it('is looked for every minute at least, however far the next one is', async () => {
    const rig = await createRigAt();
    await rig.say('schedule every month on day 1 08:00 export last month');
    await rig.scheduler.idle();
    expect(rig.nextLookMs()).toBe(minuteMs);
  });

  it('is not repeated when the clock is set back, nor forgotten after it ran far ahead', async () => {
    const rig = await createRigAt();
    await rig.say(weekly);
    await rig.becomes(monday);
    await rig.jobs.idle();
    rig.clock.jump(-10 * minuteMs);
    await rig.becomes(monday + minuteMs);
    const afterSetBack = windowsOf(rig).length;
    // A clock that shows the year 2027, and is put right.
    rig.clock.jump(10 * weekMs);
    await rig.becomes(rig.clock.now());
    await rig.jobs.idle();
    rig.clock.jump(-10 * weekMs);
    await rig.becomes(rig.clock.now());
    await rig.becomes(monday + weekMs);
    await rig.jobs.idle();
    expect(afterSetBack).toBe(1);
    expect(windowsOf(rig).map(({ due }) => due)).toEqual([
      '2026-11-23T07:00:00.000Z',
      '2026-11-30T07:00:00.000Z',
      '2027-02-01T07:00:00.000Z',
    ]);
  });
});

describe('several missed runs', () => {
  it.each([
    ['last week', '2026-11-29T23:00:00.000Z', '2026-12-06T23:00:00.000Z'],
    ['today', '2026-12-06T23:00:00.000Z', '2026-12-07T07:00:00.000Z'],
    ['last 7 days', '2026-11-29T23:00:00.000Z', '2026-12-07T07:00:00.000Z'],
  ])('become one, late, with the window of the newest due time: %s', async (range, from, to) => {
    const rig = await createRigAt();
    await rig.say(`schedule every monday 08:00 export ${range}`);
    // The machine sleeps until a Tuesday two weeks later.
    await rig.becomes(monday + 2 * weekMs + 30 * 3_600_000);
    await rig.jobs.idle();
    expect(announcements(rig).map(({ text }) => text)).toEqual([
      `Scheduled export ${refOfSchedule(rig)} of Ana Petrova, every Monday at 08:00 (Europe/Berlin). It was due on Mon 7 Dec 2026 08:00 and comes late, because I was not running then, or could not reach Webex; it holds what it would have held then. The 2 runs before it were missed and are not made up for.`,
    ]);
    expect(windowsOf(rig)).toEqual([{ from, to, due: '2026-12-07T07:00:00.000Z' }]);
  });
});

/** Exports that go on until each is let go. */
function heldRuns() {
  const gates = [gate(), gate(), gate()].map((held) => ({ ...held, begun: gate() }));
  let count = 0;
  const run = async (job: Job) => {
    const held = gates[count++];
    held?.begun.open();
    await held?.opened;
    return nothingFound(job);
  };
  return {
    run,
    begun: () => count,
    /** Resolves when the run of this number, from 0 on, has begun. */
    begins: (index: number) => gates[index]?.begun.opened,
    letGo: (index: number) => gates[index]?.open(),
  };
}

describe('an export that is not over', () => {
  it('keeps a run waiting, which then is run once and says why it is late', async () => {
    const { run, begun, begins, letGo } = heldRuns();
    const rig = await createRigAt({ run });
    await rig.say(weekly);
    await rig.say('export yesterday');
    await rig.becomes(monday);
    await rig.becomes(monday + 10 * minuteMs);
    const meanwhile = announcements(rig).length;
    letGo(0);
    await begins(1);
    letGo(1);
    await rig.jobs.idle();
    await rig.becomes(monday + 20 * minuteMs);
    expect(meanwhile).toBe(0);
    expect(begun()).toBe(2);
    expect(announcements(rig).map(({ text }) => text)).toEqual([
      expect.stringContaining('comes late, because another export of Ana Petrova was not over'),
    ]);
  });

  it('of the same person: two schedules of one time run one after the other', async () => {
    const { run, begun, begins, letGo } = heldRuns();
    const rig = await createRigAt({ run });
    await rig.say(weekly);
    await rig.say('schedule every day 08:00 export yesterday');
    await rig.becomes(monday);
    const first = begun();
    letGo(0);
    await begins(1);
    letGo(1);
    await rig.jobs.idle();
    await rig.scheduler.idle();
    expect(first).toBe(1);
    expect(begun()).toBe(2);
    expect(windowsOf(rig).map(({ due }) => due)).toEqual([lastWeek.due, lastWeek.due]);
    expect(rig.schedules.list().map((one) => one.run)).toEqual([undefined, undefined]);
  });
});

describe('without a sign-in', () => {
  it('asks with one card for all runs of all schedules, waits, and continues after the login', async () => {
    const rig = await createRigAt();
    await rig.say(weekly);
    await rig.say('schedule every day 08:00 export yesterday');
    const loggedOut = await rig.say('logout');
    await rig.becomes(monday);
    await rig.becomes(monday + weekMs);
    await rig.becomes(monday + weekMs + 10 * minuteMs);
    const cards = rig.cards();
    const listed = await rig.say('schedules');
    const before = announcements(rig).length;
    await rig.logins.sweep();
    await rig.logins.idle();
    await rig.say('login');
    const [card, ...others] = rig.cards();
    if (!card) throw new Error('there is a card');
    const said = JSON.stringify(card.card);
    const result = await rig.signInThrough(card);
    await rig.logins.idle();
    // One of the two goes first, and the end of it lets the other one begin.
    for (let round = 0; round < 2; round++) {
      await rig.scheduler.idle();
      await rig.jobs.idle();
    }
    await rig.scheduler.idle();
    expect(rig.answersTo(loggedOut)[0]).toContain(
      'Your 2 schedules stay and wait until you sign in again.',
    );
    expect(cards).toHaveLength(1);
    expect(JSON.stringify(cards[0]?.card)).toMatch(
      /Schedule \w{4} is due and waits for it: export .+ Then it runs by itself; it was made in the space \\"CC reports\\"\./,
    );
    expect(rig.answersTo(listed)[0]).toContain('waits for your sign-in, login sends a card');
    expect(before).toBe(0);
    // The card that `login` brings says as well what comes of it.
    expect(said).toMatch(/Schedule \w{4} is due and waits for it/);
    expect(others).toEqual([]);
    expect(result).toBe('signed_in');
    const texts = announcements(rig).map(({ text }) => text);
    expect(texts).toEqual([
      expect.stringContaining('because Ana Petrova had to sign in first'),
      expect.stringContaining('because Ana Petrova had to sign in first'),
    ]);
    expect(texts.some((text) => text.includes('The run before it was missed'))).toBe(true);
    expect(windowsOf(rig).map(({ due }) => due)).toEqual([
      '2026-11-30T07:00:00.000Z',
      '2026-11-30T07:00:00.000Z',
    ]);
  });

  it('whose grant Webex refuses at last is asked as well, and asked anew the next time', async () => {
    const rig = await createRigAt();
    await rig.say(weekly);
    // By then the access token has expired, and the refresh token is worth nothing.
    rig.sandbox.revokeGrants(rig.people.admin);
    await rig.becomes(monday + 4 * weekMs);
    const first = rig.cards().length;
    const [card] = rig.cards();
    if (!card) throw new Error('there is a card');
    await rig.logins.sweep();
    await rig.signInThrough(card);
    await rig.logins.idle();
    await rig.scheduler.idle();
    await rig.jobs.idle();
    const runs = announcements(rig).length;
    await rig.say('logout');
    await rig.becomes(monday + 5 * weekMs);
    expect({ first, runs, second: rig.cards().length }).toEqual({ first: 1, runs: 1, second: 1 });
  });

  it('keeps asking until the card is out, and sends one', async () => {
    const rig = await createRigAt();
    await rig.say(weekly);
    await rig.say('logout');
    // Neither directly nor in the space.
    rig.door.script('POST /v1/messages', [{ status: 403 }, { status: 403 }]);
    await rig.becomes(monday);
    const before = rig.cards().length;
    await rig.becomes(monday + minuteMs);
    await rig.becomes(monday + 2 * minuteMs);
    expect({ before, after: rig.cards().length }).toEqual({ before: 0, after: 1 });
    expect(rig.schedules.list()).toMatchObject([{ run: { waitsFor: 'login' } }]);
  });
});

describe('a range that no longer leads anywhere', () => {
  it('is said where the run would have been, and the next run tries again', async () => {
    const rig = await createRigAt();
    await rig.say('schedule every month on day 1 08:00 export since 2024-01-01');
    const ref = refOfSchedule(rig);
    await rig.becomes(Date.UTC(2027, 1, 1, 7));
    await rig.scheduler.idle();
    const texts = rig.sandbox.messages(rig.space.id).map(({ text }) => text);
    expect(texts.at(-1)).toMatch(
      new RegExp(
        `^Schedule ${ref} did not run on Mon 1 Feb 2027 08:00\\. The contact center reaches back 36 months`,
      ),
    );
    expect(rig.notRun).toEqual([`${ref} bad_command`]);
    expect(rig.schedules.list()).toMatchObject([{ ref }]);
    expect(rig.schedules.list()[0]).not.toHaveProperty('run');
  });
});

describe('permission', () => {
  it('is gone with a person whom Webex no longer knows', async () => {
    const rig = await createRigAt();
    await rig.say(weekly);
    const ref = refOfSchedule(rig);
    rig.door.script('GET /v1/people/:id', [{ status: 404 }]);
    await rig.becomes(monday);
    expect(rig.notRun).toEqual([`${ref} not_allowed`]);
    expect(announcements(rig)).toEqual([]);
  });

  it('is asked at each run: who is no administrator any more is told once, and nothing runs', async () => {
    const rig = await createRigAt();
    await rig.say(weekly);
    const ref = refOfSchedule(rig);
    rig.permission.setAdmins([rig.people.secondAdmin.email]);
    await rig.becomes(monday);
    await rig.becomes(monday + weekMs);
    const told = rig.saidDirectly(rig.people.admin);
    const before = announcements(rig).length;
    rig.permission.setAdmins([rig.people.admin.email]);
    await rig.becomes(monday + 2 * weekMs);
    await rig.jobs.idle();
    expect(told).toEqual([
      `Schedule ${ref} (export last week every Monday at 08:00 (Europe/Berlin)) did not run: you are not on this bot's list of administrators any more, or I don't work in that space any more. It stays, and runs again when that has changed.`,
    ]);
    expect(before).toBe(0);
    expect(rig.notRun).toEqual([`${ref} not_allowed`, `${ref} not_allowed`]);
    expect(announcements(rig)).toHaveLength(1);
    // The next time it is news again.
    expect(rig.schedules.list()[0]).not.toHaveProperty('toldAtMs');
  });
});

describe('a space that the bot was removed from', () => {
  it('ends its schedule, and says directly how to have it elsewhere', async () => {
    const rig = await createRigAt();
    await rig.say(`${weekly} queue "A ""b"""`);
    const ref = refOfSchedule(rig);
    rig.sandbox.removeMember(rig.space.id, rig.sandbox.bot);
    await rig.becomes(monday);
    await rig.becomes(monday + weekMs);
    expect(rig.saidDirectly(rig.people.admin)).toEqual([
      `I can't post in the space "CC reports" any more, so schedule ${ref} has ended. To have it here instead, send: ${weekly} queue "A ""b"""`,
    ]);
    expect(rig.schedules.list()).toEqual([]);
    expect(rig.notRun).toEqual([`${ref} ended`]);
  });
});

describe('Webex that cannot be reached', () => {
  it('keeps the run, which is tried again within a minute', async () => {
    const rig = await createRigAt();
    await rig.say(weekly);
    rig.door.script('POST /v1/messages', [{ status: 500 }]);
    await rig.becomes(monday);
    const before = announcements(rig).length;
    const waitMs = rig.nextLookMs();
    await rig.becomes(monday + minuteMs);
    await rig.jobs.idle();
    expect(before).toBe(0);
    expect(waitMs).toBe(minuteMs);
    expect(announcements(rig)).toHaveLength(1);
    expect(windowsOf(rig)).toEqual([lastWeek]);
  });

  it('after the announcement does not announce it twice', async () => {
    const rig = await createRigAt();
    await rig.say(weekly);
    rig.door.script('POST /v1/messages', ['pass', { status: 500 }]);
    await rig.becomes(monday);
    await rig.jobs.idle();
    expect(announcements(rig)).toHaveLength(1);
    expect(windowsOf(rig)).toEqual([lastWeek]);
  });
});

it('a schedule that is removed while its run begins runs no more', async () => {
  const rig = await createRigAt();
  await rig.say(weekly);
  const ref = refOfSchedule(rig);
  const look = hold();
  rig.door.script('GET /v1/people/:id', [look.fault]);
  const due = rig.becomes(monday);
  await look.arrived;
  await rig.schedules.remove(ref);
  look.letGo();
  await due;
  await rig.jobs.idle();
  expect(announcements(rig)).toEqual([]);
  expect(rig.finished.list()).toEqual([]);
});
