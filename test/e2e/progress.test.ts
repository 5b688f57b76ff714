import { expect, test } from 'vitest';
import { gate } from '../helpers/gate.ts';
import { endOf, refIn, startConversation } from '../helpers/sandbox.ts';

test('one message tells how far an export is, and its person is called once, at the end', async () => {
  const conversation = await startConversation({
    dataset: { kind: 'chats', count: 40, days: 3 },
  });
  const { sandbox, say, login, answerTo, waitForLine } = conversation;
  const { webex, door } = sandbox;
  const told = gate();
  door.script('GET /files/:id', Array(40).fill({ until: () => told.opened }));
  const said = say('export last 7 days');
  const acknowledged = await answerTo(said, ({ text }) => text.startsWith('Exporting'));
  await login();
  const ref = refIn(acknowledged);
  const progress = await answerTo(said, ({ text }) => text.startsWith(`Export ${ref} (`));
  told.open();
  const posted = await answerTo(said, ({ file }) => file !== undefined);
  await waitForLine(endOf(ref));
  const over = await answerTo(said, ({ text }, kind) => kind === 'edited' && text.includes('over'));

  expect(progress.text).toMatch(/: \d+ of \d+ conversations done\.$/);
  expect(over.id).toBe(progress.id);
  expect(over.text).toMatch(new RegExp(`^Export ${ref}: over after \\d+ s, see below\\.$`));
  const { admin } = webex.people;
  const thread = webex.messages(webex.space.id).filter(({ parentId }) => parentId === said.id);
  const calling = thread.filter(({ html }) => html?.includes(`data-object-id="${admin.id}"`));
  expect(calling.map(({ id }) => id)).toEqual([posted.id]);
}, 60_000);
