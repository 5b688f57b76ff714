import { expect, test } from 'vitest';
import { correctCommand } from '../../src/bot/correct-command.ts';

const queue = (from: string, to: string) => ({ kind: 'queue', from, to }) as const;

test.each([
  [
    'a queue',
    'export last week queue "Slaes"',
    [queue('Slaes', 'Sales')],
    'export last week queue "Sales"',
  ],
  [
    'one of several, which turns out to be another one',
    'export last week queue "Slaes", "Sales", "Support"',
    [queue('Slaes', 'Sales')],
    'export last week queue "Sales", "Support"',
  ],
  [
    'the queue of both clauses',
    'export last week queue "slaes" through "Slaes"',
    [queue('Slaes', 'Sales')],
    'export last week queue "Sales" through "Sales"',
  ],
  [
    'an agent, and not a queue of that name',
    'export last week queue "Ana" agent "Ana"',
    [{ kind: 'agent', from: 'Ana', to: 'Anna "A" Li' } as const],
    'export last week queue "Ana" agent "Anna ""A"" Li"',
  ],
  ['nothing where no name is near', 'export last week queue "Slaes"', [], undefined],
  ['nothing where a setting named it', 'export last week', [queue('Slaes', 'Sales')], undefined],
  ['nothing of what is no export', 'retry E7K2', [queue('Slaes', 'Sales')], undefined],
  ['nothing of what is not understood', 'export lst wek', [queue('Slaes', 'Sales')], undefined],
])('corrects %s', (_what, command, corrections, expected) => {
  expect(correctCommand(command, corrections)).toBe(expected);
});
