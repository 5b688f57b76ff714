import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { NewTask } from '../../src/sandbox/dataset/dataset.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { payloads } from '../security/data/cell-payloads.ts';
import { orderProblems } from '../workbook/support/element-order.ts';
import { readParts } from '../workbook/support/package.ts';
import { convert, needLibreOffice, parseCsv } from '../workbook/support/programs.ts';
import { descendants, parseXml } from '../workbook/support/xml.ts';
import { nowMs } from './orders.ts';
import { runExport, startRig } from './rig.ts';

/** A contact center in which each name, text and reason is an attack. */
const tasks: readonly NewTask[] = payloads.map((text, index) => {
  const createdTime = nowMs - 86_400_000 + index * 60_000;
  const named = { id: `${index}`, name: text };
  return {
    createdTime,
    status: text,
    terminationReason: text,
    terminatingEnd: text,
    lastWrapupCodeName: text,
    lastQueue: { ...named, duration: 1_000 },
    lastAgent: { ...named, signInId: text, sessionId: text, phoneNumber: text, channelId: text },
    lastTeam: named,
    lastSite: named,
    lastEntryPoint: named,
    customer: { name: text, email: text, phoneNumber: text },
    transcripts: [
      {
        content: [
          {
            id: `entry-${index}`,
            aliasId: text,
            direction: 'inbound',
            message: text,
            timestamp: new Date(createdTime).toISOString(),
            participant: { name: text, role: 'customer', userId: text },
          },
        ],
      },
    ],
  };
});

async function exportAll(): Promise<string> {
  const rig = await startRig({ dataset: { tasks } });
  await runExport(rig);
  const [message] = rig.files();
  const path = join(await makeTempFolder(), 'chats.xlsx');
  await writeFile(path, message?.file?.bytes ?? '');
  return path;
}

test('an export of attacks is well-formed in every part, in the order of the standard', async () => {
  const parts = await readParts(await exportAll());
  const problems = [...parts].map(([name, xml]) => [name, ...orderProblems(parseXml(xml))]);
  expect(parts.size).toBeGreaterThan(8);
  expect(problems.filter(([, ...found]) => found.length > 0)).toEqual([]);
  expect(
    [...parts.keys()].filter((name) => /externalLink|vba|sheet\d+\.xml\.rels/i.test(name)),
  ).toEqual([]);
});

test('an export of attacks comes back from LibreOffice unchanged and inert', async (context) => {
  await needLibreOffice(context);
  const path = await exportAll();
  const files = await convert(path, 'csv');
  const [, ...messages] = parseCsv(files.get('chats-Messages.csv')?.toString() ?? '');
  const [header = [], ...conversations] = parseCsv(
    files.get('chats-Conversations.csv')?.toString() ?? '',
  );
  const column = (name: string) => conversations.map((row) => row[header.indexOf(name)]);
  // message, participant_name, participant_userId, participant_aliasId
  for (const index of [3, 4, 6, 7]) expect(messages.map((row) => row[index])).toEqual(payloads);
  for (const name of ['queue', 'agent', 'team', 'site', 'entry_point', 'wrap_up', 'end_reason']) {
    // Names of a contact center are trimmed when they are read; what somebody wrote is not.
    expect(column(name)).toEqual(payloads.map((text) => text.trim()));
  }

  const [xml = ''] = [...(await convert(path, 'fods')).values()].map(String);
  const cells = descendants(parseXml(xml), 'table:table-cell');
  const formulas = cells.flatMap(({ attributes }) => attributes.get('table:formula') ?? []);
  const targets = cells
    .flatMap((cell) => descendants(cell, 'text:a'))
    .map(({ attributes }) => attributes.get('xlink:href') ?? '');
  expect(formulas).toEqual([]);
  expect(targets.filter((target) => !target.startsWith('#'))).toEqual([]);
});
