import { test } from 'vitest';
import { commandTable } from '../../src/bot/grammar/table.ts';
import { permissionOf } from '../../src/bot/permission.ts';
import { endOf, refIn } from '../helpers/sandbox.ts';
import { asking, owners, rules, withOthers } from './data/permission-matrix.ts';
import { exportOnce, hasFile, oneTask, startAttack } from './rig.ts';
import { breachList, judge } from './threat.ts';

test('D1: of all people, organizations, spaces, commands and owners only those that belong are obeyed', () => {
  const { breaches, hold } = breachList();
  const kinds = [undefined, ...commandTable.map((entry) => entry.name)];
  let cells = 0;
  for (const { who, person, space, permission } of asking) {
    for (const command of kinds) {
      for (const { whose, owner, isOthers } of owners) {
        cells++;
        // Without a space nobody can tell who reads along.
        const place = space?.roomType ?? 'group';
        const isNamed = permission === 'allowed' && isOthers && command !== undefined;
        const should = isNamed ? withOthers[command][place] : permission;
        const is = permissionOf({ person, space, command, owner }, rules);
        hold(is === should, `${who}, ${space?.roomId}, ${command}, ${whose}: ${is}`);
      }
    }
  }
  hold(kinds.length > Object.keys(withOthers).length, 'a command is not in the table');
  judge('D1', cells, breaches);
});

test('D2: who is taken off the list while an export runs gets nothing of it', async () => {
  const attack = await startAttack({
    envFile: { ADMINS: 'ana@harbour.example,ben@harbour.example' },
  });
  const { breaches, hold } = breachList();
  const { webex, door } = attack.sandbox;
  await exportOnce(attack.conversation);
  door.script('GET /files/:id', [{ never: true }], { repeat: true });
  await attack.answerTo(attack.say('export last 2 days'));
  await attack.waitForLine('"phase":"collecting"');
  const before = webex.messages(webex.space.id).filter(hasFile).length;
  await attack.writeEnvFile({ ADMINS: 'ben@harbour.example' });
  attack.hangUp();
  const line = await attack
    .waitForLine('"outcome":"failed"', { withinMs: 5_000 })
    .catch(() => undefined);
  hold(line !== undefined, 'the export goes on');
  hold(webex.messages(webex.space.id).filter(hasFile).length === before, 'a file was posted');
  judge('D2', 1, breaches);
});

test("D3: no job ever carries somebody else's token", async () => {
  const attack = await startAttack({ dataset: { kind: 'chats', count: 30, days: 1 } });
  const { breaches, hold } = breachList();
  const { webex, door } = attack.sandbox;
  const people = [webex.people.admin, webex.people.secondAdmin];
  for (const person of people) {
    attack.say('login', { person });
    await attack.login({ person });
    await attack.waitForMessage(({ text }) => text.startsWith('You are signed in'));
  }
  const first = door.requests().length;
  for (let round = 0; round < 25; round++) {
    const said = people.map((person) => attack.say('export yesterday', { person }));
    const refs = await Promise.all(said.map(async (one) => refIn(await attack.answerTo(one))));
    await Promise.all(refs.map((ref) => attack.waitForLine(endOf(ref))));
  }
  const tokens = new Set<string>();
  for (const { headers, service } of door.requests().slice(first)) {
    const token = headers.authorization?.split(' ')[1] ?? '';
    if (service === 'contact-center') tokens.add(token);
  }
  const owners = [...tokens].map((token) => {
    const identity = webex.authenticate(token);
    return identity && identity.scopes !== 'bot' ? identity.person.uuid : 'nobody';
  });
  hold(owners.length === 2 && new Set(owners).size === 2, `tokens of ${owners.join(', ')}`);
  judge('D3', 50, breaches);
}, 120_000);

test('D4: bots are not obeyed, the bot itself least of all', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const { webex } = attack.sandbox;
  const other = webex.addPerson({
    displayName: 'Other Bot',
    email: 'other@webex.bot',
    organization: webex.organizations.home,
    type: 'bot',
  });
  webex.addMember(webex.space.id, other);
  const said = [
    attack.say('status', { person: other }),
    attack.say('status', { person: webex.bot, mention: true }),
  ];
  await attack.answerTo(attack.say('status'));
  for (const { id } of said) {
    const answers = webex.messages(webex.space.id).filter(({ parentId }) => parentId === id);
    hold(
      answers.every(({ text }) => !/Nothing of yours/.test(text)),
      'a bot was obeyed',
    );
  }
  judge('D4', said.length, breaches);
});

test('D5: one e-mail in two organizations is two people', () => {
  const { breaches, hold } = breachList();
  const rules = { admins: ['ana@x.example'], allowedOrgUuids: ['home'], allowedSpaceIds: [] };
  const person = { id: 'p', uuid: 'u', emails: ['ana@x.example'], type: 'person' };
  hold(permissionOf({ person: { ...person, orgUuid: 'home' } }, rules) === 'allowed', 'home');
  for (const orgUuid of ['other', '']) {
    hold(permissionOf({ person: { ...person, orgUuid } }, rules) !== 'allowed', `"${orgUuid}"`);
  }
  judge('D5', 2, breaches);
});

test('D6: five hundred commands at once start one export', async () => {
  const attack = await startAttack({ dataset: oneTask });
  const { breaches, hold } = breachList();
  const { door } = attack.sandbox;
  await exportOnce(attack.conversation);
  door.script('GET /files/:id', [{ never: true }], { repeat: true });
  const before = door.requests('POST /v1/captures/query').length;
  const { webex } = attack.sandbox;
  const answers = new Map<string, string>();
  const said: string[] = [];
  const all = new Promise<void>((resolve) => {
    webex.onMessage(({ message }) => {
      if (message.parentId === undefined || message.author.id !== webex.bot.id) return;
      // The first one: the export that runs tells its progress in the same thread.
      if (!answers.has(message.parentId)) answers.set(message.parentId, message.text);
      if (said.length === 500 && said.every((id) => answers.has(id))) resolve();
    });
  });
  for (let number = 0; number < 500; number++) said.push(attack.say('export last 2 days').id);
  await all;
  const accepted = said.filter((id) => answers.get(id)?.startsWith('Exporting')).length;
  hold(accepted === 1, `${accepted} exports were accepted`);
  hold(door.requests('POST /v1/captures/query').length - before <= 1, 'several exports ran');
  judge('D6', said.length, breaches);
}, 90_000);
