import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { uuidIn } from '../../src/sandbox/webex/ids.ts';
import { inputsOf } from '../helpers/cards.ts';
import { refIn, startConversation, transports } from '../helpers/sandbox.ts';

test.each(transports)(
  'buttons work after the bot was killed, once, and only for their person, by %s',
  async (transport) => {
    const conversation = await startConversation({ transport, dataset: { tasks: [{}] } });
    const { webex, dataDir } = conversation.sandbox;
    const { admin, secondAdmin } = webex.people;
    const ordered = conversation.say('export last 2 days');
    const ref = refIn(await conversation.answerTo(ordered));
    await conversation.answerTo(ordered, ({ text }) => text.includes('private message'));
    const asked = conversation.say('status');
    const card = await conversation.answerTo(asked);
    const inputs = inputsOf(card, `Cancel ${ref}`);

    // What is not on disk yet would be said again.
    await vi.waitFor(async () => {
      expect(await readFile(join(dataDir, 'inbox.json'), 'utf8')).not.toContain('"settled":false');
    });
    await conversation.bot.kill();
    await conversation.restart();
    webex.press({ person: secondAdmin, messageId: card.id, inputs });
    const toOther = await conversation.answerTo(asked);
    const pressed = webex.press({ person: admin, messageId: card.id, inputs });
    const stopped = await conversation.answerTo(asked, (_message, kind) => kind === 'created');
    const removed = await conversation.answerTo(asked, (_message, kind) => kind === 'deleted');
    // Webex tells of the same press again.
    await conversation.tellAgain(transport === 'websocket' ? uuidIn(pressed.id) : pressed.id);
    const after = await conversation.answerTo(conversation.say('status'));

    expect(toOther.text).toMatch(/^These buttons are only for the person who asked\./);
    expect(stopped.text).toBe(`Stopping ${ref}. Nothing is posted.`);
    expect(removed.id).toBe(card.id);
    expect(after.text).toMatch(/^Nothing of yours is running/);
    const answers = webex.messages(webex.space.id).filter(({ parentId }) => parentId === asked.id);
    expect(answers).toHaveLength(2);
    const stored = await readFile(join(dataDir, 'cards.json'), 'utf8');
    expect(stored).not.toContain(String(inputs['button']));
  },
);

test('an export can be ordered from the help alone', async () => {
  const conversation = await startConversation({ dataset: { tasks: [{}, {}] } });
  const { webex } = conversation.sandbox;
  const { admin } = webex.people;
  const asked = conversation.say('help', { roomId: webex.directSpace(admin).id });
  const card = await conversation.answerTo(asked);
  const inputs = inputsOf(card, 'Start the export', { range: 'last 7 days', zone: 'UTC' });
  webex.press({ person: admin, messageId: card.id, inputs });
  const acknowledged = await conversation.answerTo(asked, ({ text }) => text.includes('Ref'));
  await conversation.login();
  const done = await conversation.answerTo(asked, ({ file }) => file !== undefined);

  expect(acknowledged.text).toMatch(/^Exporting live chat, all queues: .+, UTC\. I'll post/);
  expect(done.text).toMatch(/^2 found · 2 exported · /);
});
