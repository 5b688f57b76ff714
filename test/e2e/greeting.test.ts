import { expect, test } from 'vitest';
import { startConversation, transports } from '../helpers/sandbox.ts';

const isGreeting = ({ text }: { readonly text: string }) => text.startsWith('I export');

test.each(transports)(
  'greets a group space that it is added to, and no space that it opened itself, by %s',
  async (transport) => {
    const conversation = await startConversation({
      transport,
      env: { CONTACT: 'the *service* desk' },
    });
    const { webex } = conversation.sandbox;
    const { space, bot, people } = webex;
    const direct = webex.directSpace(people.admin);

    webex.removeMember(space.id, bot);
    webex.addMember(space.id, bot);
    const greeting = await conversation.waitForMessage(isGreeting);
    webex.addMember(space.id, people.outsider);
    await conversation.answerTo(conversation.say('status'));

    const examples = [...(greeting.markdown ?? '').matchAll(/^- `(.+)`$/gm)].map(([, one]) => one);
    expect(greeting).toMatchObject({ roomId: space.id, parentId: undefined });
    expect(greeting.text).toContain('the *service* desk puts people on it');
    expect(examples).toHaveLength(3);
    expect(examples[0]).toBe('export last 7 days');
    const greetings = [space, direct].flatMap(({ id }) => webex.messages(id)).filter(isGreeting);
    expect(greetings).toHaveLength(1);
  },
);

test('says nothing in a space where it does not work', async () => {
  const conversation = await startConversation({ env: { ALLOWED_SPACES: 'another' } });
  const { webex } = conversation.sandbox;
  webex.removeMember(webex.space.id, webex.bot);
  webex.addMember(webex.space.id, webex.bot);
  await conversation.waitForLine('"isOpen":false');
  const { id: roomId } = webex.directSpace(webex.people.admin);
  await conversation.answerTo(conversation.say('status', { roomId }));
  expect(webex.messages(webex.space.id)).toEqual([]);
});
