import { describe, expect, it } from 'vitest';
import { problemWith, readVerdict, type Verdict } from '../../src/sandbox/verdict.ts';

function problemIn(text: string): string | undefined {
  const verdict = readVerdict(text);
  if (!verdict || verdict.kind === 'accepted') throw new Error(`not an end: ${text}`);
  return problemWith(verdict);
}

describe('the verdict in what the bot says', () => {
  it.each<[string, Verdict | undefined]>([
    [
      "Exporting live chat: Fri 13 Nov 2026 00:00 – Fri 20 Nov 2026 10:42, Europe/Berlin (UTC+1). I'll post the workbook in this thread. Ref E7K2 · cancel E7K2 stops it.",
      { kind: 'accepted', ref: 'E7K2' },
    ],
    ["I need you to sign in first. I've sent you a private message.", undefined],
    ['Your export E7K2 is still running, and I do one at a time for each person.', undefined],
    ['You are signed in. Export E7K2 continues.', undefined],
    ['Stopping E7K2. Nothing is posted.', undefined],
    ['Nobody signed in within ten minutes. Export E7K2 keeps waiting.', undefined],
    [
      'You asked for this in the space "CC reports", which is not safe for the file. 1,204 found · 1,198 exported · 4 without transcript · 2 still open (sheet "Not exported") · ref E7K2 · 1.5 h. A note.',
      {
        kind: 'finished',
        ref: 'E7K2',
        found: 1_204,
        parts: new Map([
          ['exported', 1_198],
          ['without transcript', 4],
          ['still open', 2],
        ]),
        notes: 'A note.',
      },
    ],
    [
      '3 found · 3 exported · ref E7K2 · 12 s.',
      { kind: 'finished', ref: 'E7K2', found: 3, parts: new Map([['exported', 3]]), notes: '' },
    ],
    [
      'No conversations in Fri 13 Nov 2026 00:00 – …. Check the dates and filters.',
      { kind: 'empty' },
    ],
    ...[
      'Export E7K2 failed. The search was refused.',
      'Export E7K2 is cancelled. Nothing was posted.',
      'You declined the sign-in, so nothing was stored. Export E7K2 has ended; send the command again to start over.',
      'Something went wrong on my side and I stopped.',
    ].map((sentence): [string, Verdict] => [sentence, { kind: 'ended', sentence }]),
  ])('%s', (text, verdict) => {
    expect(readVerdict(text)).toEqual(verdict);
  });

  it.each([
    ['4 found · 3 exported · 1 still open · ref E7K2 · 2 s.', undefined],
    [
      "4 found · 4 exported · ref E7K2 · 2 s. The contact center's own count was not available.",
      undefined,
    ],
    [
      '4 found · 4 exported · ref E7K2 · 2 s. The contact center counted 3 at first and 4 at the end; conversations came or went while I searched.',
      undefined,
    ],
    [
      '4 found · 3 exported · 1 without transcript · ref E7K2 · 2 s. I look again by myself until Sat 21 Nov 2026 10:42 and post what has come.',
      undefined,
    ],
    ['No conversations in this window.', undefined],
    ['4 found · 3 exported · ref E7K2 · 2 s.', 'does not add up: 4 found, but the parts make 3'],
    ['4 found · 2 exported · 2 failed · ref E7K2 · 2 s.', 'only partial: 2 failed'],
    ['4 found · 2 exported · 2 cancelled · ref E7K2 · 2 s.', 'only partial: 2 cancelled'],
    ['4 found · 4 exported · ref E7K2 · 2 s. The search broke off.', 'only partial: The search'],
    ['Export E7K2 failed. Too bad.', 'did not succeed: Export E7K2 failed.'],
  ])('%s is a success or says why not', (text, problem) => {
    const said = problemIn(text);
    expect(said ?? 'success').toContain(problem ?? 'success');
  });
});
