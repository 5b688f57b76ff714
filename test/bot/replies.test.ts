import { describe, expect, it } from 'vitest';
import * as replies from '../../src/bot/replies.ts';
import type { Balance } from '../../src/export/ledger.ts';
import type { Progress } from '../../src/export/progress.ts';
import type { JobReport } from '../../src/export/report.ts';
import { problemWith, readVerdict } from '../../src/sandbox/verdict.ts';
import { createRenderer } from '../../src/sandbox/webex/text.ts';

const window = {
  fromMs: Date.UTC(2026, 10, 12, 23),
  toMs: Date.UTC(2026, 10, 20, 9, 42),
  zone: 'Europe/Berlin',
};
const windowWords = 'Fri 13 Nov 2026 00:00 – Fri 20 Nov 2026 10:42, Europe/Berlin (UTC+1)';

const render = createRenderer(() => undefined);
/** As people read it. */
const plain = (markdown: string) => render(markdown).text;

function balanceOf(counts: Partial<Balance>): Balance {
  const none = {
    exported: 0,
    no_transcript: 0,
    still_open: 0,
    filtered_out: 0,
    failed: 0,
    cancelled: 0,
  };
  return {
    found: Object.values(counts).reduce((sum, value) => sum + value, 0),
    ...none,
    ...counts,
  };
}

function reportOf(changes: Partial<JobReport>): JobReport {
  return {
    ref: 'E7K2',
    outcome: 'complete',
    window,
    balance: balanceOf({ exported: 3 }),
    count: { kind: 'equal', counted: 3 },
    entries: 60,
    searchBroke: undefined,
    refusedHosts: [],
    trackingIds: [],
    durationMs: 4_200,
    failure: undefined,
    posted: false,
    ...changes,
  };
}

const ana = {
  personId: 'ana',
  personUuid: 'a',
  orgUuid: 'o',
  displayName: 'Ana',
  email: 'ana@harbour.example',
};

const order = {
  filters: 'live chat, queue "Support"',
  window,
  ref: 'E7K2',
  direct: false,
  format: 'xlsx' as const,
  toMe: false,
  endWasInFuture: false,
  namesUnchecked: false,
  replaced: undefined,
};

describe('the acknowledgement', () => {
  it('names filters, absolute window with zone and offset, place and ref', () => {
    expect(plain(replies.acknowledged(order))).toBe(
      `Exporting live chat, queue "Support": ${windowWords}. I'll post the workbook in this thread. Ref E7K2 · cancel E7K2 stops it.`,
    );
  });

  it('says what else there is to know, each in a sentence', () => {
    const all = {
      ...order,
      direct: true,
      format: 'xlsx' as const,
      toMe: false,
      endWasInFuture: true,
      namesUnchecked: true,
      replaced: { ref: 'A1B2', waitsForAnswer: false },
    };
    expect(plain(replies.acknowledged(all))).toBe(
      `Exporting live chat, queue "Support": ${windowWords}. That end lies in the future, so I export until now. I can check the names only after you have signed in. This replaces A1B2, which waited for a sign-in. I'll post the workbook here. Ref E7K2 · cancel E7K2 stops it.`,
    );
  });

  it('is what the demo waits for', () => {
    expect(readVerdict(plain(replies.acknowledged(order)))).toEqual({
      kind: 'accepted',
      ref: 'E7K2',
    });
  });
});

describe('the end of an export', () => {
  it.each<[string, Partial<JobReport>, string, string | undefined]>([
    ['complete', {}, '3 found · 3 exported · ref E7K2 · 4 s.', undefined],
    [
      'complete with all that is no failure',
      {
        balance: balanceOf({ exported: 1_198, no_transcript: 4, still_open: 2, filtered_out: 1 }),
        durationMs: 5_400_000,
      },
      '1,205 found · 1,198 exported · 4 without transcript · 2 still open · 1 filtered out (sheet "Not exported") · ref E7K2 · 1.5 h.',
      undefined,
    ],
    [
      'partial because some failed',
      { outcome: 'partial', balance: balanceOf({ exported: 2, failed: 1 }), durationMs: 120_000 },
      '3 found · 2 exported · 1 failed (sheet "Not exported") · ref E7K2 · 2 min.',
      'Export E7K2 is only partial: 1 failed.',
    ],
    [
      'partial because the search broke off',
      { outcome: 'partial', searchBroke: 'Webex Contact Center did not answer.' },
      '3 found · 3 exported · ref E7K2 · 4 s. The search broke off, so conversations may be missing: Webex Contact Center did not answer.',
      'Export E7K2 is only partial: The search broke off, so conversations may be missing: Webex Contact Center did not answer.',
    ],
    [
      'partial because the counts differ',
      { outcome: 'partial', count: { kind: 'different', counted: 5, recounted: 5 } },
      '3 found · 3 exported · ref E7K2 · 4 s. The contact center itself counts 5, I found 3: treat this export as incomplete.',
      'Export E7K2 is only partial: The contact center itself counts 5, I found 3: treat this export as incomplete.',
    ],
    [
      'complete although the counts differed at first',
      { count: { kind: 'changed_meanwhile', counted: 2, recounted: 3 } },
      '3 found · 3 exported · ref E7K2 · 4 s. The contact center counted 2 at first and 3 at the end; conversations came or went while I searched.',
      undefined,
    ],
    [
      'complete although some were listed twice',
      { count: { kind: 'listed_again', counted: 5, again: 2 } },
      '3 found · 3 exported · ref E7K2 · 4 s. The contact center counts 5: it listed 2 a second time.',
      undefined,
    ],
    [
      'complete without a count to compare with',
      { count: { kind: 'unknown' } },
      "3 found · 3 exported · ref E7K2 · 4 s. The contact center's own count was not available.",
      undefined,
    ],
    [
      'partial because a host was refused',
      {
        outcome: 'partial',
        balance: balanceOf({ exported: 2, failed: 1 }),
        refusedHosts: ['files.example.org:8443'],
      },
      '3 found · 2 exported · 1 failed (sheet "Not exported") · ref E7K2 · 4 s. Transcripts on files.example.org:8443 were refused because the host is not on the list; the operator can allow it with TRANSCRIPT_HOSTS=files.example.org:8443 (plus the hosts listed already).',
      'Export E7K2 is only partial: 1 failed.',
    ],
    [
      'empty',
      { outcome: 'empty', balance: balanceOf({}) },
      `No conversations in ${windowWords}. Check the dates and filters, or try export last 30 days channel all. Ref E7K2.`,
      undefined,
    ],
    [
      'failed',
      { outcome: 'failed', balance: undefined, failure: 'There is no queue "Suport".' },
      'Export E7K2 failed. There is no queue "Suport".',
      'The export did not succeed: Export E7K2 failed. There is no queue "Suport".',
    ],
    [
      'cancelled',
      { outcome: 'cancelled', balance: undefined },
      'Export E7K2 is cancelled. Nothing was posted.',
      'The export did not succeed: Export E7K2 is cancelled. Nothing was posted.',
    ],
  ])('%s is one sentence, which the demo judges alike', (_what, changes, sentence, problem) => {
    const words = plain(replies.finished(reportOf(changes)));
    const verdict = readVerdict(words);
    expect(words).toBe(sentence);
    expect(verdict?.kind === 'accepted' ? verdict : verdict && problemWith(verdict)).toBe(problem);
    expect(verdict).toBeDefined();
  });

  it.each<[string, number, 'space' | 'direct', string | undefined, string, string?]>([
    ['in its space', 2, 'space', 'CC reports', 'Part 2 of 2. ', ' <@personId:ana|Ana>'],
    ['of which another part comes', 3, 'space', 'CC reports', 'Part 2 of 3. '],
    [
      'sent to the person alone',
      1,
      'direct',
      'CC *reports*',
      'You asked for this in the space "CC *reports*". ',
    ],
    ['sent to the person alone, from a space without a name', 1, 'direct', undefined, ''],
  ])('stands beside a file %s', (_how, of, place, title, before, after = '') => {
    const ordered = { roomId: 'r', roomType: 'group', parentId: 'p', messageId: 'm' } as const;
    const order = {
      place: { ...ordered, ...(title !== undefined && { title }) },
      requester: ana,
    };
    const words = plain(replies.caption(reportOf({}), { number: 2, of }, { place, order }));
    expect(words).toBe(`${before}3 found · 3 exported · ref E7K2 · 4 s.${after}`);
    expect(readVerdict(words)).toMatchObject({ kind: 'finished', ref: 'E7K2', found: 3 });
  });

  it.each<[string, Readonly<Record<string, number>>, number | undefined, boolean]>([
    ['what had no transcript', { no_transcript: 1, exported: 2 }, 0, true],
    ['what was still open', { still_open: 1, exported: 2 }, 0, true],
    ['nothing where all came', {}, 0, false],
    ['nothing where that is off', { no_transcript: 1, exported: 2 }, undefined, false],
  ])('says that it looks again at %s', (_what, counts, lateUntilMs, isSaid) => {
    const report = reportOf({ lateUntilMs });
    const balance = report.balance && { ...report.balance, ...counts };
    const words = plain(replies.finished({ ...report, balance }));
    const verdict = readVerdict(words);
    expect(words.includes('I look again by myself until Thu 1 Jan 1970')).toBe(isSaid);
    expect(verdict && verdict.kind !== 'accepted' && problemWith(verdict)).toBeUndefined();
  });

  it.each([
    [0, '1 s'],
    [89_400, '89 s'],
    [90_000, '2 min'],
    [5_399_000, '1.5 h'],
    [36_000_000, '10.0 h'],
  ])('after %i ms took %s', (durationMs, words) => {
    expect(plain(replies.finished(reportOf({ durationMs })))).toContain(`ref E7K2 · ${words}.`);
  });
});

describe('the status', () => {
  const collecting: Progress = {
    phase: 'collecting',
    counted: 1_204,
    found: 500,
    settled: 420,
    failed: 0,
    calls: 45,
    waitingUntilMs: undefined,
    expectedEndMs: undefined,
  };

  it.each<[string, 'accepted' | 'waiting_for_login' | 'running', Progress | undefined, string]>([
    ['accepted', 'accepted', undefined, ' is about to start.'],
    ['waiting for its person', 'waiting_for_login', undefined, ' waits for your sign-in.'],
    [
      'asking what there is',
      'running',
      { ...collecting, phase: 'planning' },
      ': asking the contact center what there is.',
    ],
    ['collecting', 'running', collecting, ': 420 of 1,204 conversations done.'],
    [
      'collecting without a count',
      'running',
      { ...collecting, counted: undefined },
      ': 420 conversations done.',
    ],
    [
      'collecting with failures and an end in sight',
      'running',
      { ...collecting, failed: 2, expectedEndMs: Date.UTC(2026, 10, 20, 9, 50) },
      ': 420 of 1,204 conversations done · 2 failed so far · expected to end at Fri 20 Nov 2026 10:50.',
    ],
    [
      'made to wait by the contact center',
      'running',
      {
        ...collecting,
        waitingUntilMs: Date.UTC(2026, 10, 20, 9, 43),
        expectedEndMs: Date.UTC(2026, 10, 20, 9, 50),
      },
      ': 420 of 1,204 conversations done · waiting until Fri 20 Nov 2026 10:43, when the contact center lets me continue.',
    ],
    ['writing', 'running', { ...collecting, phase: 'writing' }, ': writing the file.'],
    ['posting', 'running', { ...collecting, phase: 'delivering' }, ': posting the file.'],
    [
      'made to wait before anything is known',
      'running',
      { ...collecting, phase: 'planning', waitingUntilMs: Date.UTC(2026, 10, 20, 9, 43) },
      ': asking the contact center what there is · waiting until Fri 20 Nov 2026 10:43, when the contact center lets me continue.',
    ],
    [
      'made to wait by Webex',
      'running',
      { ...collecting, phase: 'delivering', waitingUntilMs: Date.UTC(2026, 10, 20, 9, 43) },
      ': posting the file · Webex does not take it at the moment, I try again at Fri 20 Nov 2026 10:43.',
    ],
  ])('of an export %s says so', (_stage, state, progress, words) => {
    const sentence = plain(replies.jobStatus({ ref: 'E7K2', state, window, progress }));
    expect(sentence).toBe(`Export E7K2 (${windowWords})${words}`);
    expect(readVerdict(sentence)).toBeUndefined();
  });
});

describe('who somebody is', () => {
  const facts = {
    name: 'Ana Petrova',
    email: 'ana@example.org',
    orgUuid: '11111111-2222-4333-8444-555555555555',
    contactCenterOrgUuid: undefined,
    region: 'eu1',
    zone: 'Europe/Berlin',
    grant: undefined,
  };

  it('is told before a sign-in', () => {
    expect(plain(replies.whoami(facts)).split('\n')).toEqual([
      'Account: Ana Petrova (ana@example.org)',
      'Organization: 11111111-2222-4333-8444-555555555555',
      'Contact center: known after the sign-in, region eu1',
      'Sign-in: none; login sends you a card',
      'Permission: administrator of this bot',
      'Time zone: Europe/Berlin',
    ]);
  });

  it.each([
    [Date.UTC(2027, 0, 20, 9, 42), 'active, renewed by itself until Wed 20 Jan 2027 10:42'],
    [undefined, 'active, renewed by itself'],
  ])('is told after a sign-in, with its end where that is known', (refreshExpiresMs, words) => {
    const grant = { accessExpiresMs: 0, refreshExpiresMs };
    const lines = plain(replies.whoami({ ...facts, grant })).split('\n');
    expect(lines).toContain(`Sign-in: ${words}`);
  });
});

describe('logging out', () => {
  it.each([
    [
      { had: true, stopped: ['E7K2', 'A1B2'], late: [] },
      'I have deleted your sign-in. I stopped E7K2, A1B2. Webex itself still lists the consent; remove it in your Webex account settings if you want.',
    ],
    [
      { had: true, stopped: [], late: ['E7K2'] },
      'I have deleted your sign-in. The file of E7K2 is being posted at this moment; it is too late to stop it. Webex itself still lists the consent; remove it in your Webex account settings if you want.',
    ],
    [{ had: false, stopped: ['E7K2'], late: [] }, 'You were not signed in. I stopped E7K2.'],
    [{ had: false, stopped: [], late: [] }, 'You were not signed in.'],
    [
      { had: false, stopped: [], late: [], schedules: 1 },
      'You were not signed in. Your schedule stays and waits until you sign in again.',
    ],
    [
      { had: false, stopped: [], late: [], schedules: 3 },
      'You were not signed in. Your 3 schedules stay and wait until you sign in again.',
    ],
  ])('%j says what was done', (result, words) => {
    expect(plain(replies.loggedOut({ schedules: 0, ...result }))).toBe(words);
  });
});

describe('what was collected', () => {
  it.each([
    [0, 'Stopping E7K2. Nothing is posted.'],
    [
      1,
      'Stopping E7K2. What I collected so far, 1 conversation, is thrown away; nothing is posted.',
    ],
    [
      1_204,
      'Stopping E7K2. What I collected so far, 1,204 conversations, is thrown away; nothing is posted.',
    ],
  ])('in number %i is named when it is thrown away', (settled, words) => {
    expect(plain(replies.cancelling('E7K2', settled))).toBe(words);
  });
});

describe('what others wrote', () => {
  const hostile = '<@all> **bold** [click](https://evil.example) `code` <b>x</b>';

  it.each<[string, string]>([
    ['a contact', replies.notAllowed(hostile)],
    ['the filters', replies.acknowledged({ ...order, filters: hostile })],
    ['a bad command', replies.badCommand(hostile, undefined)],
    ['a failure', replies.finished(reportOf({ outcome: 'failed', failure: hostile }))],
    ['a broken search', replies.finished(reportOf({ outcome: 'partial', searchBroke: hostile }))],
    ['an account', replies.wrongPerson({ kind: 'nothing' }, hostile)],
    [
      'a name',
      replies.whoami({
        name: hostile,
        email: hostile,
        orgUuid: 'o',
        contactCenterOrgUuid: undefined,
        region: 'us1',
        zone: 'UTC',
        grant: undefined,
      }),
    ],
  ])('%s formats, links and mentions nothing', (_where, markdown) => {
    const { html, text, mentionsAll } = render(markdown);
    expect(html).not.toMatch(/<a |<b>|<strong>bold|spark-mention/);
    expect(mentionsAll).toBe(false);
    expect(text).toContain('<@all> **bold** [click](https://evil.example) `code` <b>x</b>');
  });

  it('stays inside its code where a command is proposed', () => {
    const { html, mentionsAll } = render(
      replies.badCommand('I read one queue.', 'export yesterday queue "`<@all>` **x**"'),
    );
    expect(html).toContain("<code>export yesterday queue &quot;'&lt;@all&gt;' **x**&quot;</code>");
    expect(mentionsAll).toBe(false);
  });
});
