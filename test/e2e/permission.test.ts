import { expect, test } from 'vitest';
import type { Person } from '../../src/sandbox/webex/directory.ts';
import { hold } from '../helpers/gate.ts';
import { startConversation } from '../helpers/sandbox.ts';

const stranger =
  "You're not on this bot's list of administrators. Ask the service desk for access.";
const nothing = /^Nothing of yours is running/;

test('obeys the listed administrators in the listed spaces, and tells everybody else one sentence', async () => {
  const conversation = await startConversation({
    env: ({ webex }) => ({
      // The last one belongs to another organization.
      ADMINS: `ANA@harbour.example, ${webex.people.secondAdmin.id}, otto@brightwater.example`,
      ALLOWED_SPACES: webex.space.id,
    }),
  });
  const { webex, door } = conversation.sandbox;
  const { admin, secondAdmin, colleague, outsider } = webex.people;
  const elsewhere = webex.addGroupSpace('Elsewhere', admin, [webex.bot, colleague]);
  webex.addMember(webex.space.id, outsider);
  const ask = async (person: Person, text: string, roomId?: string) => {
    const said = conversation.say(text, { person, ...(roomId && { roomId }) });
    return (await conversation.answerTo(said)).text;
  };

  const byMail = await ask(admin, 'status');
  const byId = await ask(secondAdmin, 'status');
  const inDirectSpace = await ask(admin, 'status', webex.directSpace(admin).id);
  const adminElsewhere = await ask(admin, 'export last 7 days', elsewhere.id);
  const others = [
    await ask(colleague, 'export last 7 days'),
    await ask(colleague, 'login', webex.directSpace(colleague).id),
    await ask(colleague, 'help', elsewhere.id),
    await ask(outsider, 'export last 7 days'),
    await ask(outsider, 'whoami', webex.directSpace(outsider).id),
  ];

  expect(byMail).toMatch(nothing);
  expect(byId).toMatch(nothing);
  expect(inDirectSpace).toMatch(nothing);
  expect(adminElsewhere).toBe("I don't work in this space. Send me the command directly instead.");
  expect(others).toEqual(others.map(() => stranger));
  expect(door.requests('POST /search')).toEqual([]);
  const cards = webex.spacesOf(webex.bot).flatMap(({ id }) => webex.messages(id));
  expect(cards.filter(({ card }) => card !== undefined)).toEqual([]);
});

test('reads the administrators again on SIGHUP, and posts nothing for one who is none any more', async () => {
  const conversation = await startConversation({
    dataset: { tasks: [{}, {}, {}] },
    envFile: { ADMINS: 'ana@harbour.example,ben@harbour.example', CONTACT: 'somebody else' },
  });
  const { webex, door } = conversation.sandbox;
  const { admin, secondAdmin } = webex.people;
  const reading = hold();
  door.script('GET /files/:id', [reading.fault]);
  conversation.say('export last 7 days');
  await conversation.login();
  await reading.arrived;

  // A mistake leaves the old list in force.
  await conversation.writeEnvFile({ ADMINS: ' , ' });
  conversation.hangUp();
  await conversation.waitForLine('could not be read again');
  const stillObeyed = await conversation.answerTo(conversation.say('status'));

  await conversation.writeEnvFile({ ADMINS: 'ben@harbour.example', CONTACT: 'nobody' });
  door.script('GET /v1/people/:id', [{ never: true }], { repeat: true });
  conversation.hangUp();
  await conversation.waitForLine('was read again');
  // While a transcript is being read still, and whatever Webex does.
  const stopped = await conversation.waitForMessage(
    ({ text }) => text.includes('permission for this export was withdrawn'),
    { withinMs: 5_000 },
  );
  await conversation.waitForLine('"outcome":"failed"');
  reading.letGo();
  door.script('GET /v1/people/:id', []);
  const refused = await conversation.answerTo(conversation.say('cancel'));
  const other = await conversation.answerTo(conversation.say('status', { person: secondAdmin }));

  expect(stillObeyed.text).toMatch(/conversations done\.$/);
  // Only the list is read again.
  expect(refused.text).toBe(
    "You're not on this bot's list of administrators. Ask somebody else for access.",
  );
  expect(other.text).toMatch(nothing);
  expect(stopped.text).toMatch(
    /^Export \w{4} failed\. The permission for this export was withdrawn, so nothing more is posted\. Ana Petrova$/,
  );
  const files = [webex.space, webex.directSpace(admin)]
    .flatMap(({ id }) => webex.messages(id))
    .filter(({ file }) => file !== undefined);
  expect(files).toEqual([]);
});
