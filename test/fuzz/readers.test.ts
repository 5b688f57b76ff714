import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCommand } from '../../src/bot/grammar/parse.ts';
import { printCommand } from '../../src/bot/grammar/print.ts';
import { commandTable, rangeTable } from '../../src/bot/grammar/table.ts';
import { readTask } from '../../src/contact-center/task.ts';
import { UnreadableTranscriptError } from '../../src/contact-center/transcript/entry.ts';
import { parseTranscript } from '../../src/contact-center/transcript/parse.ts';
import { BadCommandError } from '../../src/errors.ts';
import { parseEvent } from '../../src/webex/event.ts';
import { anyJson, mutated, withOtherMember } from './mutated.ts';

/** The same cases in every run: what is found once is found again. */
const seed = 20_261_120;

const id = 'Y2lzY29zcGFyazovL3VzL01FU1NBR0UvYTJiMGJiNjUtN2MzNS00ZDExLTgyMmItYzQ3OGU0ZjEzMTNm';
const events = [
  { resource: 'messages', event: 'created', actorId: id, data: { id, personId: id, roomId: id } },
  { resource: 'attachmentActions', event: 'created', data: { id, personId: id } },
  { resource: 'memberships', event: 'created', actorId: id, data: { id, personId: id } },
  { resource: 'memberships', event: 'deleted', data: { id, personId: id, roomId: id } },
].map((event) => JSON.stringify(event));

test('whatever a webhook brings is an event, or none', () => {
  const bodies = fc.oneof(
    mutated(events).map((text) => Buffer.from(text)),
    withOtherMember(events).map((text) => Buffer.from(text)),
    anyJson.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
  const kinds = ['message', 'action', 'membership', 'left', 'ignored', undefined];
  fc.assert(
    fc.property(bodies, (body) => kinds.includes(parseEvent(body)?.kind)),
    { seed, numRuns: 4_500 },
  );
  expect(events.map((event) => parseEvent(Buffer.from(event))?.kind)).toEqual(kinds.slice(0, 4));
});

const commands = [
  ...commandTable.flatMap(({ examples }) => examples),
  ...rangeTable.flatMap(({ examples }) => examples.map((example) => `export ${example}`)),
  'export 2026-11-01 08:00 to 2026-11-02 queue “A”, "B ""C""" channel all in Europe/Berlin to me',
];

test('whatever somebody types is a command, or a sentence about it', () => {
  const texts = fc.oneof(mutated(commands), fc.string({ unit: 'binary', maxLength: 700 }));
  const outcomes = { commands: 0, sentences: 0 };
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const command = parseCommand(text);
        outcomes.commands++;
        // What it was taken for can be said again.
        expect(parseCommand(printCommand(command))).toEqual(command);
      } catch (error) {
        if (!(error instanceof BadCommandError)) throw error;
        outcomes.sentences++;
        expect(error.userMessage).toMatch(/^.{10,400}$/su);
        // A proposal is a command that works.
        if (error.suggestion !== undefined) parseCommand(error.suggestion);
      }
    }),
    { seed, numRuns: 5_000 },
  );
  expect(Math.min(outcomes.commands, outcomes.sentences)).toBeGreaterThan(200);
});

const time = '2026-11-20T09:42:00.000Z';
const transcripts = [
  [{ id, timestamp: time, message: 'hello', direction: 'inbound', participant: { name: 'Ava' } }],
  [{ timestamp: 1_795_167_720_000, message: '', attachments: [{ fileName: 'a.pdf' }] }],
  { entries: [{ text: 'hello', time, from: { role: 'agent' } }] },
  {
    vcon: '0.0.1',
    parties: [{ name: 'Ava', role: 'customer' }],
    dialog: [{ type: 'text', start: time, parties: [0], body: 'hello', encoding: 'none' }],
  },
  { results: [{ transcript: 'hello', start: 0, end: 2.5, speaker: 'agent' }] },
].map((transcript) => JSON.stringify(transcript));

test('whatever a transcript holds is entries, or unreadable with a reason', () => {
  const canary = 'customers-own-words';
  const bodies = fc.oneof(
    mutated(transcripts).map((text) => Buffer.from(text)),
    withOtherMember(transcripts).map((text) => Buffer.from(text)),
    anyJson.map((text) => Buffer.from(`${text}${canary}`)),
    fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
  );
  let entries = 0;
  fc.assert(
    fc.property(bodies, (body) => {
      try {
        entries += parseTranscript(body).length;
      } catch (error) {
        if (!(error instanceof UnreadableTranscriptError)) throw error;
        expect(error.message).not.toContain(canary);
      }
    }),
    { seed, numRuns: 5_500 },
  );
  expect(entries).toBeGreaterThan(1_000);
});

const row = JSON.stringify({
  id,
  channelType: 'chat',
  status: 'ended',
  isActive: false,
  createdTime: 1_795_167_720_000,
  endedTime: 1_795_167_780_000,
  totalDuration: 60_000,
  lastQueue: { id: 'q1', name: 'Support' },
  customer: { name: 'Ava', email: null, phoneNumber: 'NA' },
});

test('whatever a row of a search holds costs at most itself', () => {
  const rows = fc.oneof(withOtherMember([row]), fc.json({ maxDepth: 3 }));
  fc.assert(
    fc.property(rows, (text) => {
      const task = readTask(JSON.parse(text));
      const numbers = [task?.createdTime, task?.endedTime, task?.totalDuration];
      const areNumbers = numbers.every((one) => one === undefined || Number.isFinite(one));
      return task === undefined || (typeof task.id === 'string' && areNumbers);
    }),
    { seed, numRuns: 3_000 },
  );
  expect(readTask(JSON.parse(row))?.lastQueue?.name).toBe('Support');
});
