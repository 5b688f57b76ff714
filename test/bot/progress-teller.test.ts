import { join } from 'node:path';
import { Agent } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ProgressTeller, steadyEndMs } from '../../src/bot/progress-teller.ts';
import { Job } from '../../src/export/job.ts';
import type { EndOfRun } from '../../src/export/jobs.ts';
import type { Progress } from '../../src/export/progress.ts';
import { createDoor } from '../../src/sandbox/door.ts';
import { startWebex } from '../../src/sandbox/webex/webex.ts';
import { createWebexClient } from '../../src/webex/client.ts';
import { nowMs, orderWith } from '../export/orders.ts';
import { createTestClock } from '../helpers/clock.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { recordedLog } from '../store/fixtures.ts';

const over: EndOfRun = { kind: 'over', report: { outcome: 'complete', durationMs: 65_000 } };
const minuteMs = 60_000;

async function createRig() {
  const door = createDoor();
  const webex = await startWebex({ door, redirectUris: [] });
  onTestFinished(() => webex.close());
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const clock = createTestClock(nowMs);
  const { log, lines } = recordedLog();
  const apiUrl = new URL(webex.apiUrl);
  const client = createWebexClient({ apiUrl, token: webex.botToken, dispatcher, clock, log });
  const command = webex.say({ person: webex.people.admin, text: 'export last 7 days' });
  const { place, ...order } = orderWith();
  const job = await Job.create(join(await makeTempFolder(), 'jobs'), {
    ...{ version: 1, ref: 'E7K2', orderedAtMs: nowMs, ...order },
    place: { ...place, roomId: webex.space.id, parentId: command.id, messageId: command.id },
  });
  onTestFinished(() => job.journal.close().catch(() => {}));
  await job.enter('running', nowMs);
  let progress: Partial<Progress> = {};
  const run = (one: Job) =>
    one.follow(() => ({
      ...{ phase: 'collecting', counted: 5_000, found: 5_000, settled: 0, failed: 0, calls: 0 },
      ...{ waitingUntilMs: undefined, expectedEndMs: undefined },
      ...progress,
    }));
  run(job);
  let timer: { atMs: number; run: () => void } | undefined;
  const createTeller = () =>
    new ProgressTeller({
      webex: client,
      timer: (afterMs, work) => {
        timer = { atMs: clock.now() + afterMs, run: work };
        return () => {
          timer = undefined;
        };
      },
      clock,
      log,
    });
  const teller = createTeller();
  const edits: string[] = [];
  webex.onMessage(({ kind, message }) => {
    if (kind === 'edited') edits.push(message.id);
  });
  return {
    ...{ webex, door, clock, lines, job, teller, createTeller, run, edits },
    hasTimer: () => timer !== undefined,
    /** What stands in the thread now. */
    told: () =>
      webex
        .messages(webex.space.id)
        .filter(({ author, parentId }) => author.id === webex.bot.id && parentId === command.id),
    /** Lets so much time pass, with all that happens in it. */
    pass: async (ms: number, at: Partial<Progress> = {}, one = teller) => {
      progress = at;
      const untilMs = clock.now() + ms;
      while (timer && timer.atMs <= untilMs) {
        clock.advance(timer.atMs - clock.now());
        timer.run();
        await one.idle();
      }
      clock.advance(untilMs - clock.now());
    },
  };
}

test('an export of less than three seconds says nothing between its beginning and its end', async () => {
  const { teller, job, pass, told, hasTimer, door } = await createRig();
  const end = teller.follow(job);
  await pass(2_999, { settled: 10 });
  end(over);
  await teller.idle();
  expect(told()).toEqual([]);
  expect(hasTimer()).toBe(false);
  expect(door.requests('PUT /v1/messages/:id')).toEqual([]);
});

test('one message follows it, ever more rarely, and says in the end that it is over', async () => {
  const { teller, job, pass, told, edits, clock } = await createRig();
  const end = teller.follow(job);
  const startedMs = clock.now();
  const times: number[] = [];
  const texts: string[] = [];
  let before = '';
  for (let settled = 0; clock.now() < startedMs + 13 * minuteMs; settled++) {
    await pass(1_000, { settled });
    const text = told()[0]?.text ?? '';
    if (text === before) continue;
    before = text;
    times.push((clock.now() - startedMs) / 1_000);
    texts.push(text);
  }
  expect(times).toEqual([3, 8, 20, 45, 90, 180, 360, 720]);
  expect(texts[1]).toBe(
    'Export E7K2 (Fri 13 Nov 2026 10:42 – Fri 20 Nov 2026 10:42, Europe/Berlin (UTC+1)): 7 of 5,000 conversations done.',
  );
  end(over);
  await teller.idle();
  expect(told().map(({ text }) => text)).toEqual(['Export E7K2: over after 65 s, see below.']);
  expect(edits).toHaveLength(8);
});

test('a long export begins a fresh message before Webex would refuse to edit the old one', async () => {
  const { teller, job, pass, told, clock, webex, lines } = await createRig();
  const end = teller.follow(job);
  const startedMs = clock.now();
  for (let settled = 0; clock.now() < startedMs + 5 * 60 * minuteMs; settled++) {
    await pass(minuteMs, { settled });
  }
  end(over);
  await teller.idle();
  const messages = told();
  // Nothing changes in the first minute, and what would say the same is not said.
  expect(messages.map(({ id }) => webex.message(id)?.edits)).toEqual([8, 8, 8, 2]);
  expect(messages.at(-1)?.text).toBe('Export E7K2: over after 65 s, see below.');
  expect(lines.filter((line) => line.includes('could not be told'))).toEqual([]);
});

test('it says until when the contact center makes it wait, without waiting for its next time', async () => {
  const { teller, job, pass, told } = await createRig();
  teller.follow(job);
  await pass(100_000, { settled: 1_000 });
  await pass(5_000, { settled: 1_000, waitingUntilMs: nowMs + 10 * minuteMs });
  const [first] = told();
  await pass(40_000, { settled: 1_000, waitingUntilMs: nowMs + 10 * minuteMs });
  const [second] = told();
  expect(first?.text).toMatch(
    /: 1,000 of 5,000 conversations done · waiting until Fri 20 Nov 2026 10:52, when the contact center lets me continue\.$/,
  );
  expect(second?.edits).toBe(first?.edits);
});

test('a pause of some seconds is not worth an edit of its own', async () => {
  const { teller, job, pass, told } = await createRig();
  teller.follow(job);
  await pass(100_000, { settled: 1_000 });
  const edits = told()[0]?.edits;
  await pass(10_000, { settled: 1_000, waitingUntilMs: nowMs + 130_000 });
  expect(told()[0]?.edits).toBe(edits);
});

test.each<[string, EndOfRun, string]>([
  ['was cancelled', endWith('cancelled'), 'Export E7K2: stopped.'],
  ['failed', endWith('failed'), 'Export E7K2: over after 3 min, see below.'],
  [
    'waits for a sign-in',
    { kind: 'waiting', for: 'login' },
    'Export E7K2: paused, it needs you to sign in.',
  ],
  [
    'waits for an answer',
    { kind: 'waiting', for: 'answer' },
    'Export E7K2: waiting for your answer, see below.',
  ],
  ['is interrupted', { kind: 'interrupted' }, 'Export E7K2: paused, I am being restarted.'],
])('the message tells that the export %s', async (_what, how, words) => {
  const { teller, job, pass, told } = await createRig();
  const end = teller.follow(job);
  await pass(3_000);
  end(how);
  await teller.idle();
  expect(told().map(({ text }) => text)).toEqual([words]);
});

function endWith(outcome: 'cancelled' | 'failed'): EndOfRun {
  return { kind: 'over', report: { outcome, durationMs: 180_000 } };
}

test('the next process goes on with the message of the last one, and knows how often it was edited', async () => {
  const { teller, job, pass, told, createTeller, run } = await createRig();
  teller.follow(job);
  for (let settled = 0; settled < 45; settled++) await pass(1_000, { settled });
  await job.journal.close();
  const reopened = await Job.reopen(job.folder);
  if (!(reopened instanceof Job)) throw new Error('the job has ended');
  onTestFinished(() => reopened.journal.close());
  run(reopened);
  const next = createTeller();
  const end = next.follow(reopened);
  for (let settled = 50; settled < 150; settled++) await pass(1_000, { settled }, next);
  const [first, ...others] = told();
  // Three by the first process, and five by this one.
  expect(first?.edits).toBe(8);
  expect(others).toEqual([]);
  end(over);
  await next.idle();
  expect(told().map(({ edits }) => edits)).toEqual([9]);
});

describe('when Webex', () => {
  test('does not take an edit any more, the next one is a new message', async () => {
    const { teller, job, pass, told, webex } = await createRig();
    teller.follow(job);
    await pass(3_000);
    const [first] = told();
    webex.deleteMessage(first?.id ?? '');
    for (let settled = 0; settled < 18; settled++) await pass(1_000, { settled });
    expect(told()).toHaveLength(1);
    expect(told()[0]?.id).not.toBe(first?.id);
  });

  test('does not answer, nothing else is said meanwhile, and the end is said once it does', async () => {
    const { teller, job, pass, told, door } = await createRig();
    const end = teller.follow(job);
    await pass(3_000);
    const answered = Array(3).fill({ status: 503 });
    door.script('PUT /v1/messages/:id', answered);
    await pass(6_000, { settled: 7 });
    end(over);
    await teller.idle();
    expect(told().map(({ text }) => text)).toEqual(['Export E7K2: over after 65 s, see below.']);
  });

  test('refuses the message, the export and its log go on without it', async () => {
    const { teller, job, pass, told, door, lines } = await createRig();
    const end = teller.follow(job);
    door.script('POST /v1/messages', [{ status: 403, body: '{"message":"no"}' }], { repeat: true });
    await pass(10_000);
    end(over);
    await teller.idle();
    expect(told()).toEqual([]);
    expect(lines.join('\n')).toContain('the progress could not be told');
  });
});

test.each<[string, number | undefined, number | undefined, number | undefined]>([
  ['is the first measure', undefined, 100, 100],
  ['goes half of the way to a later one', 100, 200, 150],
  ['and to an earlier one', 200, 100, 150],
  ['is forgotten where nothing is measured', 100, undefined, undefined],
])('the end that is told %s', (_what, shown, measured, expected) => {
  expect(steadyEndMs(shown, measured)).toBe(expected);
});
