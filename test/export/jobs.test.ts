import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CancelledError, NotSignedInError } from '../../src/errors.ts';
import type { Estimate } from '../../src/export/estimate.ts';
import { FinishedExports } from '../../src/export/finished-exports.ts';
import type { Job } from '../../src/export/job.ts';
import { Jobs } from '../../src/export/jobs.ts';
import { Journal, readJournal } from '../../src/export/journal.ts';
import type { Question } from '../../src/export/question.ts';
import type { JobReport } from '../../src/export/report.ts';
import { silent } from '../contact-center/fake.ts';
import { createTestClock } from '../helpers/clock.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { createRandom, dayMs, nowMs, orderWith, reportWith } from './orders.ts';

type Deps = ConstructorParameters<typeof Jobs>[0];

/** A promise with its handles outside. */
function createGate<T = void>() {
  let open: (value: T) => void = () => {};
  let refuse: (error: Error) => void = () => {};
  const passed = new Promise<T>((resolve, reject) => {
    open = resolve;
    refuse = reject;
  });
  return { passed, open, refuse };
}

const notSignedIn = () => new NotSignedInError('no grant', 'Please sign in.');

/** A run that goes on until somebody stops it. */
const untilStopped = (job: Job) =>
  new Promise<JobReport>((_, reject) => {
    const { signal } = job.stopping;
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });

async function startJobs(deps: Partial<Deps> = {}) {
  const folder = join(await makeTempFolder(), 'jobs');
  const clock = { ...createTestClock(nowMs), random: createRandom() };
  const said: string[] = [];
  const all: Omit<Deps, 'finished'> = {
    folder,
    run: async ({ ref }) => reportWith({ ref }),
    isSignedIn: async () => true,
    clock,
    log: silent,
    ...deps,
    voice: {
      askForLogin: async ({ ref }, why) => void said.push(`sign in for ${ref}: ${why}`),
      askFirst: async ({ ref }) => void said.push(`shall ${ref} run`),
      unanswered: async ({ ref }) => void said.push(`nobody answered about ${ref}`),
      continuing: async ({ ref }) => void said.push(`continuing ${ref}`),
      follow: () => () => {},
      finished: async ({ ref }, { outcome, failure }) =>
        void said.push(`${ref} ${outcome}${failure === undefined ? '' : `: ${failure}`}`),
      ...deps.voice,
    },
  };
  const noted = join(folder, '..', 'exports.json');
  const open = async (more: Partial<Deps> = {}) => {
    const jobs = new Jobs({ ...all, finished: await FinishedExports.open(noted), ...more });
    await jobs.load();
    onTestFinished(() => jobs.close());
    return jobs;
  };
  const jobs = await open();
  const accept = () => jobs.accept(orderWith());
  /** What is noted of ended jobs, as the next process reads it. */
  const finished = async () => (await FinishedExports.open(noted)).list();
  return { jobs, open, accept, finished, noted, folder, clock, said };
}

/** The last words of the journal of a job. */
async function endOf({ folder }: Job): Promise<unknown> {
  return (await readJournal(join(folder, 'journal.ndjson'))).at(-1);
}

describe('a job', () => {
  test('is over, and its folder empty but for order and journal, once its file is posted', async () => {
    const { jobs, accept, said } = await startJobs({
      run: async ({ folder, ref }) => {
        await mkdir(join(folder, 'out'));
        for (const name of ['spool.bin', 'spool.key', 'out/a.xlsx']) {
          await writeFile(join(folder, name), 'x');
        }
        return reportWith({ ref });
      },
    });
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'complete' });
    expect((await readdir(job.folder)).sort()).toEqual(['journal.ndjson', 'order.json']);
    expect([jobs.find(job.ref), said]).toEqual([undefined, []]);
  });

  test('is noted with its outcome and its files, once it has ended', async () => {
    const posted = { part: 1, of: 1, place: 'space', messageId: 'm1', atMs: nowMs } as const;
    const { jobs, accept, finished } = await startJobs({
      run: async (job) => {
        await job.enter('running', nowMs);
        await job.journal.append({ kind: 'posted', ...posted });
        return reportWith({ ref: job.ref });
      },
    });
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    expect(await finished()).toEqual([
      {
        order: job.order,
        outcome: 'complete',
        startedAtMs: nowMs,
        endedAtMs: nowMs,
        posts: [posted],
        unconfirmed: 0,
      },
    ]);
  });

  test('is noted as well when it was cancelled before it ran', async () => {
    const { jobs, accept, finished } = await startJobs();
    const job = await accept();
    await jobs.cancel(job.ref);
    expect(await finished()).toMatchObject([{ order: { ref: job.ref }, outcome: 'cancelled' }]);
  });

  test('runs once, however often it is started', async () => {
    let runs = 0;
    const gate = createGate();
    const { jobs, accept } = await startJobs({
      run: async ({ ref }) => {
        runs++;
        await gate.passed;
        return reportWith({ ref });
      },
    });
    const { ref } = await accept();
    for (let time = 0; time < 3; time++) jobs.start(ref);
    gate.open();
    await jobs.idle();
    jobs.start(ref);
    await jobs.idle();
    expect(runs).toBe(1);
  });

  test('that fails says so in words for people, and those of a stranger stay in the log', async () => {
    const { jobs, accept, said } = await startJobs({
      run: async () => {
        throw new TypeError('secret detail');
      },
    });
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    expect(said).toEqual([
      `${job.ref} failed: Something went wrong on my side; the operator finds it in the log under ${job.ref}.`,
    ]);
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'failed' });
  });

  test('that ends without a file says so', async () => {
    const { jobs, accept, said } = await startJobs({
      run: async ({ ref }) => reportWith({ ref, outcome: 'empty', posted: false }),
    });
    const { ref } = await accept();
    jobs.start(ref);
    await jobs.idle();
    expect(said).toEqual([`${ref} empty`]);
  });
});

describe('cancelling', () => {
  test('stops a running job and leaves nothing of it', async () => {
    const { jobs, accept, said } = await startJobs({ run: untilStopped });
    const job = await accept();
    jobs.start(job.ref);
    await jobs.cancel(job.ref);
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'cancelled' });
    expect([jobs.find(job.ref), said]).toEqual([undefined, []]);
  });

  test('does no harm to a job that ends at the same moment', async () => {
    const gate = createGate();
    const { jobs, accept } = await startJobs({
      run: async ({ ref }) => {
        await gate.passed;
        return reportWith({ ref });
      },
    });
    const job = await accept();
    jobs.start(job.ref);
    const cancelled = jobs.cancel(job.ref);
    gate.open();
    await cancelled;
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'complete' });
  });

  test('twice at once ends a waiting job once', async () => {
    const { jobs, accept } = await startJobs({ run: () => Promise.reject(notSignedIn()) });
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    await Promise.all([jobs.cancel(job.ref), jobs.cancel(job.ref)]);
    const records = await readJournal(join(job.folder, 'journal.ndjson'));
    expect(records.filter(({ kind }) => kind === 'ended')).toHaveLength(1);
  });

  test('ends a job also while its person is being asked to sign in', async () => {
    const asking = createGate();
    const asked = createGate();
    const { jobs, accept } = await startJobs({
      run: () => Promise.reject(notSignedIn()),
      voice: voiceThat({
        askForLogin: () => {
          asked.open();
          return asking.passed;
        },
      }),
    });
    const job = await accept();
    jobs.start(job.ref);
    await asked.passed;
    const cancelled = jobs.cancel(job.ref);
    asking.open();
    await cancelled;
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'cancelled' });
    expect(jobs.find(job.ref)).toBeUndefined();
  });
});

describe('a job without a grant', () => {
  const needsGrant = () => {
    let signedIn = false;
    return {
      signIn: () => {
        signedIn = true;
      },
      run: async ({ ref }: Job) => {
        if (!signedIn) throw notSignedIn();
        return reportWith({ ref });
      },
    };
  };

  test('asks for a sign-in and waits, then continues', async () => {
    const { run, signIn } = needsGrant();
    const { jobs, accept, said } = await startJobs({ run });
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    const waiting = job.state;
    signIn();
    jobs.start(job.ref);
    await jobs.idle();
    expect([waiting, said]).toEqual(['waiting_for_login', [`sign in for ${job.ref}: first`]]);
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'complete' });
  });

  test('continues although the person was faster than the question', async () => {
    const { run, signIn } = needsGrant();
    const asking = createGate();
    const asked = createGate();
    const { jobs, accept } = await startJobs({
      run,
      voice: voiceThat({
        askForLogin: () => {
          asked.open();
          return asking.passed;
        },
      }),
    });
    const job = await accept();
    jobs.start(job.ref);
    await asked.passed;
    signIn();
    jobs.start(job.ref);
    asking.open();
    await jobs.idle();
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'complete' });
  });

  test('ends when the person declined before the question was out', async () => {
    const asking = createGate();
    const asked = createGate();
    const { jobs, accept } = await startJobs({
      run: needsGrant().run,
      voice: voiceThat({
        askForLogin: () => {
          asked.open();
          return asking.passed;
        },
      }),
    });
    const job = await accept();
    jobs.start(job.ref);
    await asked.passed;
    const failed = jobs.fail(job.ref);
    asking.open();
    await failed;
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'failed' });
  });

  test('ends with a sentence when its person cannot be asked', async () => {
    const said: string[] = [];
    const { jobs, accept } = await startJobs({
      run: needsGrant().run,
      voice: voiceThat({
        askForLogin: () => Promise.reject(new Error('nobody home')),
        finished: async (_order, { outcome }) => void said.push(outcome),
      }),
    });
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    expect(said).toEqual(['failed']);
    expect(jobs.find(job.ref)).toBeUndefined();
  });

  test('that had begun keeps what it has, even when its person cannot be asked', async () => {
    const { jobs, accept } = await startJobs({
      run: async (job) => {
        await job.enter('running', nowMs);
        throw notSignedIn();
      },
      voice: voiceThat({ askForLogin: () => Promise.reject(new Error('nobody home')) }),
    });
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    expect([jobs.find(job.ref)?.state, job.hasRun]).toEqual(['waiting_for_login', true]);
  });

  test('waits a week for its person, and not longer', async () => {
    const { jobs, accept, clock, said } = await startJobs({ run: needsGrant().run });
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    clock.advance(7 * dayMs);
    await jobs.sweep();
    const afterAWeek = jobs.find(job.ref)?.state;
    clock.advance(1);
    await jobs.sweep();
    expect([afterAWeek, jobs.find(job.ref)]).toEqual(['waiting_for_login', undefined]);
    expect(said.at(-1)).toBe(`${job.ref} failed: Nobody signed in again for seven days.`);
  });
});

describe('a restart', () => {
  test('continues what was interrupted, saying so once, and does not count it as a crash', async () => {
    const { jobs, open, accept, said } = await startJobs({
      run: async (job) => {
        await job.enter('running', nowMs);
        return untilStopped(job);
      },
    });
    const job = await accept();
    jobs.start(job.ref);
    await jobs.close();
    const again = await open({ run: async ({ ref }) => reportWith({ ref }) });
    const crashes = again.find(job.ref)?.crashes;
    await again.continueAll();
    await again.idle();
    expect([crashes, said]).toEqual([0, [`continuing ${job.ref}`]]);
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'complete' });
    const third = await open();
    await third.continueAll();
    await third.idle();
    expect(said).toHaveLength(1);
  });

  test.each([
    ['the last words could not be said any more', async () => reportWith({ posted: false })],
    ['its person could not be asked any more', () => Promise.reject(notSignedIn())],
    [
      'its person could not be asked any more for a grant that was lost',
      async (job: Job) => {
        await job.enter('running', nowMs);
        throw notSignedIn();
      },
    ],
  ])('goes on with a job when %s', async (_name, run) => {
    const speaking = createGate();
    const silenced = createGate<never>();
    const speak = () => {
      speaking.open();
      return silenced.passed;
    };
    const { jobs, open, accept } = await startJobs({
      run,
      voice: voiceThat({ finished: speak, askForLogin: speak }),
    });
    const job = await accept();
    jobs.start(job.ref);
    await speaking.passed;
    jobs.interrupt();
    silenced.refuse(new CancelledError());
    await jobs.close();
    const said: string[] = [];
    const again = await open({
      run: async ({ ref }) => reportWith({ ref, posted: false }),
      voice: voiceThat({ finished: async (_order, { outcome }) => void said.push(outcome) }),
      isSignedIn: async () => false,
    });
    const crashes = again.find(job.ref)?.crashes;
    await again.continueAll();
    await again.idle();
    expect([crashes, said]).toEqual([0, ['complete']]);
  });

  test('ends a job that was cancelled while the bot was shutting down', async () => {
    const { jobs, accept } = await startJobs({ run: untilStopped });
    const job = await accept();
    jobs.start(job.ref);
    jobs.interrupt();
    await jobs.cancel(job.ref);
    await jobs.close();
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'cancelled' });
  });

  test('runs those alone that one more crash would set aside, after the others', async () => {
    const { open, accept } = await startJobs();
    const jobs = [await accept(), await accept(), await accept(), await accept()];
    const running = { kind: 'state', state: 'running', atMs: nowMs } as const;
    for (const [index, { folder }] of jobs.entries()) {
      const journal = await Journal.open(join(folder, 'journal.ndjson'));
      await journal.append(...Array.from({ length: index < 2 ? 1 : 2 }, () => running));
      await journal.close();
    }
    const at = new Set<string>();
    const together: string[][] = [];
    const again = await open({
      run: async ({ ref }) => {
        at.add(ref);
        await new Promise((resolve) => setImmediate(resolve));
        together.push([...at]);
        at.delete(ref);
        return reportWith({ ref });
      },
    });
    await again.continueAll();
    await again.idle();
    const numbers = together.map((refs) =>
      refs.map((one) => jobs.findIndex(({ ref }) => ref === one)),
    );
    const [first, second, ...alone] = numbers;
    expect([first, second].flat()).toEqual(expect.arrayContaining([0, 1]));
    expect(alone.toSorted()).toEqual([[2], [3]]);
    expect(first).not.toContain(2);
  });

  test('stops with the bot while a job waits for its turn to run alone', async () => {
    const { open, accept } = await startJobs();
    const running = { kind: 'state', state: 'running', atMs: nowMs } as const;
    const jobs = [await accept(), await accept()];
    for (const { folder } of jobs) {
      const journal = await Journal.open(join(folder, 'journal.ndjson'));
      await journal.append(running, running);
      await journal.close();
    }
    let runs = 0;
    const again = await open({
      run: (job) => {
        runs++;
        return untilStopped(job);
      },
    });
    await again.continueAll();
    await new Promise((resolve) => setImmediate(resolve));
    await again.close();
    const next = await open();
    expect(runs).toBe(1);
    // The end of the one that ran was in order; of the other nothing new is known.
    expect(jobs.map(({ ref }) => next.find(ref)?.crashes).toSorted()).toEqual([1, 2]);
  });

  test('sets a job aside during which the process died three times, and says so', async () => {
    let runs = 0;
    const { open, accept, said } = await startJobs();
    const job = await accept();
    const other = await accept();
    const journal = await Journal.open(join(job.folder, 'journal.ndjson'));
    const others = await Journal.open(join(other.folder, 'journal.ndjson'));
    const running = { kind: 'state', state: 'running', atMs: nowMs } as const;
    await journal.append(running, running, running);
    await others.append(running, running);
    await journal.close();
    await others.close();
    const again = await open({
      run: async ({ ref }) => {
        runs++;
        return reportWith({ ref });
      },
    });
    await again.continueAll();
    await again.idle();
    expect(said).toEqual([
      expect.stringMatching(`^${job.ref} failed: I was brought down 3 times .* set it aside`),
      `continuing ${other.ref}`,
    ]);
    expect(runs).toBe(1);
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'failed' });
  });

  test.each([
    ['goes on with a job whose sign-in came when nobody could act upon it', true, 'complete'],
    ['leaves a job waiting that still has no grant', false, undefined],
  ])('%s', async (_name, signedIn, outcome) => {
    const { jobs, open, accept } = await startJobs({
      run: () => Promise.reject(notSignedIn()),
    });
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    await jobs.close();
    const again = await open({
      run: async ({ ref }) => reportWith({ ref }),
      isSignedIn: async () => signedIn,
    });
    await again.continueAll();
    await again.idle();
    const last = await endOf(job);
    expect(last).toMatchObject(
      outcome ? { kind: 'ended', outcome } : { kind: 'state', state: 'waiting_for_login' },
    );
  });

  test('is not kept from its work by a damaged job, which stays as it is', async () => {
    const { open, accept, folder } = await startJobs();
    const damaged = await accept();
    const good = await accept();
    await writeFile(join(damaged.folder, 'journal.ndjson'), 'nonsense\n');
    await mkdir(join(folder, 'NEVR'));
    await writeFile(join(folder, 'stray.txt'), '');
    const again = await open();
    await again.continueAll();
    await again.idle();
    expect(await endOf(good)).toMatchObject({ kind: 'ended' });
    expect(again.find(damaged.ref)).toBeUndefined();
    expect(await readdir(damaged.folder)).toContain('journal.ndjson');
    // A crash before the order was on disk: nobody was told of it.
    expect(await readdir(folder)).not.toContain('NEVR');
  });

  test('notes the end of a job that a crash kept from being noted', async () => {
    const { jobs, open, accept, finished, noted } = await startJobs();
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    const before = await finished();
    await rm(noted);
    await open();
    expect(before).toHaveLength(1);
    expect(await finished()).toEqual(before);
  });

  test('removes what an ended job could not remove itself', async () => {
    const { jobs, open, accept } = await startJobs();
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    await mkdir(join(job.folder, 'out'));
    await writeFile(join(job.folder, 'out', 'left.xlsx'), 'x');
    await writeFile(join(job.folder, 'spool.bin'), 'x');
    await open();
    expect((await readdir(job.folder)).sort()).toEqual(['journal.ndjson', 'order.json']);
  });

  test('knows which messages have led to a job', async () => {
    const { open, accept } = await startJobs();
    await accept();
    const again = await open();
    expect([again.wasOrderedBy('command'), again.wasOrderedBy('another')]).toEqual([true, false]);
  });

  test('starts nothing any more once it has begun to stop', async () => {
    let runs = 0;
    const { jobs, accept } = await startJobs({
      run: async () => {
        runs++;
        throw new CancelledError();
      },
    });
    jobs.interrupt();
    const job = await accept();
    jobs.start(job.ref);
    await jobs.idle();
    expect(runs).toBe(0);
  });
});

describe('a job whose person is asked first', () => {
  const minutes = 60_000;
  const estimate: Estimate = {
    conversations: 6_000,
    byChannel: [],
    byQueue: [],
    work: undefined,
    budget: { perMinute: 300, sharedWith: 0 },
  };

  /** Asks until there is an answer. */
  const asks = async (job: Job): Promise<JobReport | Question> => {
    await job.enter('running', nowMs);
    return job.isAnswered ? reportWith({ ref: job.ref }) : { kind: 'question', estimate };
  };

  async function startAsking(deps: Partial<Deps> = {}) {
    const around = await startJobs({ run: asks, ...deps });
    const job = await around.accept();
    around.jobs.start(job.ref);
    return { ...around, job };
  }

  test('waits, holds no place, and goes on with the answer', async () => {
    const { jobs, job, said } = await startAsking();
    await jobs.idle();
    const waiting = [job.state, job.waitsForAnswer, jobs.isAskedAbout(job.ref)];
    await jobs.answer(job.ref, { toMe: false });
    jobs.start(job.ref);
    await jobs.idle();
    expect(waiting).toEqual(['waiting_for_answer', true, true]);
    expect(said).toEqual([`shall ${job.ref} run`]);
    expect(job.order.toMe).toBe(undefined);
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'complete' });
  });

  test('is not started by anything but the answer', async () => {
    const { jobs, job, said } = await startAsking();
    await jobs.idle();
    jobs.start(job.ref);
    await jobs.idle();
    expect([job.state, said]).toEqual(['waiting_for_answer', [`shall ${job.ref} run`]]);
  });

  test('goes on although the answer was faster than the question', async () => {
    const asking = createGate();
    const asked = createGate();
    const { jobs, job } = await startAsking({
      voice: voiceThat({
        askFirst: () => {
          asked.open();
          return asking.passed;
        },
      }),
    });
    await asked.passed;
    const isAsked = jobs.isAskedAbout(job.ref);
    await jobs.answer(job.ref, { toMe: false });
    jobs.start(job.ref);
    asking.open();
    await jobs.idle();
    expect(isAsked).toBe(true);
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'complete' });
  });

  test('keeps waiting when its person signs in while it is asked', async () => {
    const asking = createGate();
    const asked = createGate();
    const { jobs, job } = await startAsking({
      voice: voiceThat({
        askFirst: () => {
          asked.open();
          return asking.passed;
        },
      }),
    });
    await asked.passed;
    jobs.start(job.ref);
    asking.open();
    await jobs.idle();
    expect(job.state).toBe('waiting_for_answer');
  });

  test('waits ten minutes, says so once, and is cancelled', async () => {
    const { jobs, job, clock, said } = await startAsking();
    await jobs.idle();
    clock.advance(10 * minutes);
    await jobs.sweep();
    const afterTen = jobs.find(job.ref)?.state;
    clock.advance(1);
    await jobs.sweep();
    await jobs.sweep();
    expect([afterTen, jobs.find(job.ref)]).toEqual(['waiting_for_answer', undefined]);
    expect(said).toEqual([`shall ${job.ref} run`, `nobody answered about ${job.ref}`]);
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'cancelled' });
  });

  test('takes no answer any more while it says that none came', async () => {
    const saying = createGate();
    const begun = createGate();
    const { jobs, job, clock } = await startAsking({
      voice: voiceThat({
        unanswered: () => {
          begun.open();
          return saying.passed;
        },
      }),
    });
    await jobs.idle();
    clock.advance(10 * minutes + 1);
    const swept = jobs.sweep();
    await begun.passed;
    const isAsked = jobs.isAskedAbout(job.ref);
    saying.open();
    await swept;
    expect([isAsked, jobs.find(job.ref)]).toEqual([false, undefined]);
  });

  test('waits no less after a restart, and asks no second time', async () => {
    const { jobs, job, open, clock, said } = await startAsking();
    await jobs.idle();
    await jobs.close();
    const next = await open();
    await next.continueAll();
    await next.idle();
    const reopened = next.find(job.ref);
    clock.advance(10 * minutes);
    await next.sweep();
    const afterTen = reopened?.waitsForAnswer;
    await next.answer(job.ref, { toMe: true });
    next.start(job.ref);
    await next.idle();
    expect(afterTen).toBe(true);
    expect(said).toEqual([`shall ${job.ref} run`]);
    expect(await endOf(job)).toMatchObject({ kind: 'ended', outcome: 'complete' });
  });

  test('goes on after a restart with an answer that nobody had acted upon', async () => {
    const { jobs, job, open, finished, said } = await startAsking();
    await jobs.idle();
    await jobs.answer(job.ref, { toMe: true });
    await jobs.close();
    const next = await open();
    await next.continueAll();
    await next.idle();
    expect(said).toEqual([`shall ${job.ref} run`, `continuing ${job.ref}`]);
    expect((await finished()).map(({ order, outcome }) => [order.toMe, outcome])).toEqual([
      [true, 'complete'],
    ]);
  });

  test('is asked about again when the process died before the question was out', async () => {
    const { jobs, job, open, said } = await startAsking({
      voice: voiceThat({ askFirst: () => Promise.reject(new CancelledError()) }),
    });
    jobs.interrupt();
    await jobs.idle();
    await jobs.close();
    const asked: string[] = [];
    const next = await open({
      voice: voiceThat({ askFirst: async ({ ref }) => void asked.push(ref) }),
    });
    await next.continueAll();
    await next.idle();
    expect([asked, said]).toEqual([[job.ref], []]);
  });

  test('ends with a sentence when nobody can be asked', async () => {
    const ends: (string | undefined)[] = [];
    const { jobs, job } = await startAsking({
      voice: voiceThat({
        askFirst: () => Promise.reject(new Error('nobody home')),
        finished: async (_order, { outcome, failure }) => void ends.push(outcome, failure),
      }),
    });
    await jobs.idle();
    expect(ends).toEqual(['failed', expect.stringContaining(job.ref)]);
    expect(jobs.find(job.ref)).toBe(undefined);
  });

  test('can be cancelled and forbidden while it waits', async () => {
    const { jobs, job, accept, said } = await startAsking();
    await jobs.idle();
    await jobs.cancel(job.ref);
    const other = await accept();
    jobs.start(other.ref);
    await jobs.idle();
    await jobs.forbid(other.ref);
    expect(jobs.open()).toEqual([]);
    expect(await endOf(job)).toMatchObject({ outcome: 'cancelled' });
    expect(said.at(-1)).toMatch(new RegExp(`^${other.ref} failed: The permission`));
  });
});

function voiceThat(says: Partial<Deps['voice']>): Deps['voice'] {
  return {
    askForLogin: async () => {},
    askFirst: async () => {},
    unanswered: async () => {},
    continuing: async () => {},
    follow: () => () => {},
    finished: async () => {},
    ...says,
  };
}
