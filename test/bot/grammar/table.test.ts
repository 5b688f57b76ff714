import { expect, test } from 'vitest';
import { refPattern } from '../../../src/bot/grammar/command.ts';
import { verbs } from '../../../src/bot/grammar/keywords.ts';
import { parseCommand } from '../../../src/bot/grammar/parse.ts';
import { printCommand, printRange } from '../../../src/bot/grammar/print.ts';
import { commandTable, rangeTable } from '../../../src/bot/grammar/table.ts';

test('lists every command once', () => {
  expect(commandTable.map(({ name }) => name).sort()).toEqual([...verbs].sort());
});

test.each(commandTable.flatMap(({ name, examples }) => examples.map((example) => [example, name])))(
  'shows %s as an example in its canonical spelling',
  (example, name) => {
    const command = parseCommand(example);
    expect(command.kind).toBe(name);
    expect(printCommand(command)).toBe(example);
  },
);

test.each(rangeTable.flatMap(({ examples }) => examples))(
  'shows %s as a range in its canonical spelling',
  (example) => {
    const command = parseCommand(`export ${example}`);
    expect(command.kind === 'export' && printRange(command.request.range)).toBe(example);
  },
);

test('shows an example of every kind of range', () => {
  const kinds = rangeTable.flatMap(({ examples }) =>
    examples.map((example) => {
      const command = parseCommand(`export ${example}`);
      return command.kind === 'export' ? command.request.range.kind : '';
    }),
  );
  expect([...new Set(kinds)].sort()).toEqual(
    ['calendar', 'dates', 'last', 'since', 'since_last', 'today', 'yesterday'].sort(),
  );
});

test.each(['E7K2', '0000', 'ZZZZ'])('takes %s for a reference', (ref) => {
  expect(ref).toMatch(refPattern);
});

test.each(['E7KI', 'E7KL', 'E7KO', 'E7KU', 'E7K', 'E7K22', 'e7k2'])(
  'takes %s for no reference',
  (ref) => {
    expect(ref).not.toMatch(refPattern);
  },
);
