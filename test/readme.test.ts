import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { commandTable, rangeTable } from '../src/bot/grammar/table.ts';
import { settingRows } from '../src/config.ts';
import { metricRows } from '../src/server/metrics.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

function block(name: string): string {
  const [, inside] =
    new RegExp(`<!-- ${name} -->\n([\\s\\S]*?)\n?<!-- /${name} -->`).exec(readme) ?? [];
  return inside?.trim() ?? '';
}

/** A bar would end the cell. */
const cell = (text: string) => text.replaceAll('|', '\\|');

test('lists every command as the grammar has it', () => {
  const rows = commandTable.map(
    ({ usage, summary }) => `| \`${cell(usage)}\` | ${cell(summary)} |`,
  );
  expect(block('commands')).toBe(
    ['| command | what it does |', '| --- | --- |', ...rows].join('\n'),
  );
});

test('lists every form of a range', () => {
  const rows = rangeTable.map(({ form, meaning, examples }) => {
    const shown = examples.map((example) => `\`${example}\``).join(', ');
    return `| \`${cell(form)}\` | ${meaning} | ${shown} |`;
  });
  expect(block('ranges')).toBe(
    ['| range | meaning | for example |', '| --- | --- | --- |', ...rows].join('\n'),
  );
});

test('lists every metric with its meaning', () => {
  const rows = metricRows.map(([name, type, meaning]) => `| \`${name}\` | ${type} | ${meaning} |`);
  expect(block('metrics')).toBe(
    ['| metric | type | meaning |', '| --- | --- | --- |', ...rows].join('\n'),
  );
});

test('lists every setting that the code reads, with its default', () => {
  const rows = settingRows.map(({ name, meaning, fallback }) => {
    const shown =
      fallback === undefined ? 'required' : fallback === '' ? 'none' : `\`${fallback}\``;
    return `| \`${name}\` | ${cell(meaning)} | ${shown} |`;
  });
  expect(block('settings')).toBe(
    ['| variable | meaning | default |', '| --- | --- | --- |', ...rows].join('\n'),
  );
});
