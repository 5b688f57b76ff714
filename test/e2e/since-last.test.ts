import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { problemWith, readVerdict } from '../../src/sandbox/verdict.ts';
import { describeWindow } from '../../src/time.ts';
import { tallyOfSummary } from '../helpers/account.ts';
import { postedExport } from '../helpers/export.ts';
import { endOf, refIn, startConversation } from '../helpers/sandbox.ts';

const id = (digit: number) => `${String(digit).repeat(8)}-1111-4111-8111-111111111111`;
const [whole, untold, open, still, fresh] = [id(1), id(2), id(3), id(4), id(5)];
const command = 'export since last export';

test('continues where the last export of the same filters ended, with what was not ready then', async () => {
  const conversation = await startConversation({
    envFile: { ADMINS: 'ana@harbour.example,ben@harbour.example' },
    dataset: {
      tasks: [
        { id: whole },
        { id: untold, transcripts: [] },
        { id: open, isActive: true },
        { id: still, transcripts: [] },
      ],
    },
  });
  const { dataset, dataDir, door, webex } = conversation.sandbox;
  const { secondAdmin, admin } = webex.people;
  const ask = async (...said: Parameters<typeof conversation.say>) =>
    (await conversation.answerTo(conversation.say(...said))).text;
  const none =
    'I know no export of yours in this space with these filters that I could continue. Try: export last 7 days';
  expect(await ask(command)).toBe(none);

  const said = conversation.say('export last 2 days');
  const ref = refIn(await conversation.answerTo(said));
  await conversation.login();
  await postedExport(conversation, said);
  await conversation.waitForLine(endOf(ref));

  // Nobody else's, nowhere else, and nothing that holds other conversations.
  expect(await ask(command, { person: secondAdmin })).toBe(none);
  expect(await ask(command, { roomId: webex.directSpace(admin).id })).toBe(none);
  expect(await ask(`${command} channel all`)).toBe(`${none} channel all`);

  dataset.add({ id: fresh, createdTime: Date.now() });
  dataset.setTranscripts(untold, [{}]);
  const createdTime = dataset.task(open)?.createdTime ?? 0;
  dataset.add({ id: open, createdTime, transcripts: [{}] });
  door.clear();
  const second = conversation.say(command);
  const answer = await conversation.answerTo(second);
  const posted = await postedExport(conversation, second);
  await conversation.waitForLine(endOf(refIn(answer)));
  const orders = (await readFile(join(dataDir, 'audit.ndjson'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === 'export_ordered')
    .map(({ facts }) => facts);
  expect(orders).toHaveLength(2);
  expect(orders[1]).toMatchObject({ continues: ref, from: orders[0].to });
  // The acknowledgement names it in absolute time.
  const window = { fromMs: Date.parse(orders[1].from), toMs: Date.parse(orders[1].to) };
  expect(answer.text).toContain(describeWindow({ ...window, zone: orders[1].zone }));
  expect(answer.text).toContain(
    `That is since your export ${ref}; 3 conversations of it that failed or were not ready are looked at again.`,
  );
  expect(new Map(posted.buckets)).toEqual(
    new Map([
      [untold, 'exported'],
      [open, 'exported'],
      [fresh, 'exported'],
      [still, 'no_transcript'],
    ]),
  );
  expect(posted.tally).toEqual({ found: 4, exported: 3, no_transcript: 1 });
  expect(tallyOfSummary(posted)).toEqual(posted.tally);
  expect(posted.message.text).toContain(`Of these, 3 had not been ready in export ${ref}.`);
  expect(posted.summary.get('Continues export')).toBe(ref);
  expect(posted.summary.get(`of which from export ${ref}`)).toBe(3);
  // The contact center's own count is of the window alone.
  expect(posted.summary.get("The contact center's own count")).toBe(1);
  const verdict = readVerdict(posted.message.text);
  expect(verdict && verdict.kind !== 'accepted' && problemWith(verdict)).toBeUndefined();

  // And so on, from there.
  dataset.setTranscripts(still, [{}]);
  const third = await postedExport(conversation, conversation.say(command));
  expect(third.buckets).toEqual([[still, 'exported']]);
  expect(third.message.text).toContain('1 found · 1 exported');
}, 60_000);
