import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'vitest';
import { createLog } from '../../src/log.ts';
import { cleanText } from '../../src/workbook/clean-text.ts';
import type { Sheet, TableSheet } from '../../src/workbook/sheet.ts';
import { SheetNames } from '../../src/workbook/sheet-name.ts';
import { writeWorkbook } from '../../src/workbook/write-workbook.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { readSheets } from '../helpers/workbook.ts';
import { payloads } from './data/cell-payloads.ts';
import { mentionPayloads } from './data/mention-payloads.ts';
import { startAttack } from './rig.ts';
import { breachList, judge } from './threat.ts';

async function write(sheets: readonly Sheet[], limits = {}) {
  const path = join(await makeTempFolder(), 'a.xlsx');
  await writeWorkbook({ path, sheets, title: 't', creator: 'c', createdMs: 0, limits });
  return readSheets(await readFile(path));
}

const table = (texts: readonly string[]): TableSheet => ({
  kind: 'table',
  name: 'Rows',
  columns: [
    { header: 'text', type: 'text' },
    { header: 'part', type: 'continuation' },
  ],
  rows: texts.map((text) => [text]),
});

test('G1: what looks like a formula stays the text it was', async () => {
  const { breaches, hold } = breachList();
  const rows = (await write([table(payloads)])).get('Rows') ?? [];
  for (const [index, text] of payloads.entries()) {
    const cell = rows[index + 1]?.[0];
    // exceljs, which reads here, decodes escapes and entities that are texts once too often.
    const isMisread = /_x[0-9A-F]{4}_|&#?\w+;/i.test(text);
    const isSame = String(cell ?? '') === cleanText(text) || isMisread;
    hold(isSame, `${JSON.stringify(text)} became ${JSON.stringify(cell)}`);
  }
  judge('G1', payloads.length, breaches);
});

test('G2: no unit of Unicode breaks a file', async () => {
  const { breaches, hold } = breachList();
  const texts = Array.from({ length: 256 }, (_, high) =>
    Array.from({ length: 256 }, (__, low) => `a${String.fromCharCode(high * 256 + low)}b`).join(''),
  );
  const rows = (await write([table(texts)])).get('Rows') ?? [];
  hold(rows.length === 257, `${rows.length - 1} of 256 rows came back`);
  judge('G2', 65_536, breaches);
});

test('G3: a text that is too long for a cell comes back whole', async () => {
  const { breaches, hold } = breachList();
  const long = '\u{1F600}x'.repeat(33_334);
  const rows = (await write([table([long])])).get('Rows') ?? [];
  const joined = rows
    .slice(1)
    .map(([text]) => text)
    .join('');
  hold(joined === long, 'the parts are not the original');
  judge('G3', 1, breaches);
});

test('G4: more rows than a sheet holds go on in another one', async () => {
  const { breaches, hold } = breachList();
  const texts = Array.from({ length: 25 }, (_, index) => `row ${index}`);
  const sheets = await write([table(texts)], { rowsPerSheet: 11 });
  const back = [...sheets.values()].flatMap((rows) => rows.slice(1).map(([text]) => text));
  hold(JSON.stringify(back) === JSON.stringify(texts), 'rows are lost');
  hold(sheets.size === 3, `${sheets.size} sheets`);
  judge('G4', 1, breaches);
});

test('G5: ten thousand names make valid and different sheets', () => {
  const { breaches, hold } = breachList();
  const names = new SheetNames();
  const given = new Set<string>();
  const letters = [...'ab:\\/?*[]\'"\u0000\u202E\u{1F600} Hiy'];
  for (let number = 0; number < 10_000; number++) {
    let wanted = number % 50 === 0 ? 'History' : '';
    for (let letter = 0; letter < number % 40; letter++) {
      wanted += letters[(number * 7 + letter * 13) % letters.length];
    }
    const name = names.give(wanted);
    hold(name.length > 0 && name.length <= 31, `${name.length} units`);
    hold(!/[:\\/?*[\]]|^'|'$/.test(name), name);
    hold(name.toLowerCase() !== 'history', name);
    hold(!given.has(name.toLowerCase()), `${name} came twice`);
    given.add(name.toLowerCase());
  }
  judge('G5', 10_000, breaches);
});

test('G6: nothing that somebody types mentions anybody in an answer', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const { webex } = attack.sandbox;
  for (const payload of mentionPayloads) {
    const name = payload.replaceAll('PERSON', webex.people.secondAdmin.id);
    const said = attack.say(`export today queue "${name.replaceAll('"', '""')}"`);
    const answer = await attack.answerTo(said);
    hold((answer.mentionedPeople ?? []).length === 0, `${payload} mentions somebody`);
    hold(!/<a |<b>|<img|<h1|<spark-mention/.test(answer.html ?? ''), `${payload} is markup`);
    await attack.answerTo(attack.say('cancel'));
  }
  judge('G6', mentionPayloads.length, breaches);
}, 60_000);

test('G7: no text breaks out of its line of the log', () => {
  const { breaches, hold } = breachList();
  const lines: string[] = [];
  const log = createLog({ level: 'info', stdout: { write: (line) => void lines.push(line) } });
  const texts = ['a\n{"level":60}', 'a\r\nb', '\u001b[2Jgone', '\u2028x'];
  for (const text of texts) log.info({ command: text }, 'a command');
  hold(lines.length === texts.length, 'lines were added');
  for (const line of lines) {
    hold(line.trimEnd().split(/[\n\r\u2028]/).length === 1 || line.includes('\u2028'), 'two lines');
    hold(!line.includes('\u001b'), 'an escape is in the log');
    hold(JSON.parse(line).level === 'info', 'the line cannot be read');
  }
  judge('G7', texts.length, breaches);
});
