import { test } from 'vitest';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { leftoversIn } from '../helpers/export.ts';
import { hold as holdRequest } from '../helpers/gate.ts';
import { endOf, refIn } from '../helpers/sandbox.ts';
import { readSheets } from '../helpers/workbook.ts';
import { type Attack, exportOnce, hasFile, startAttack } from './rig.ts';
import { breachList, judge } from './threat.ts';

/** One export after the sign-in; where its files went. */
async function exportInto(attack: Attack, arrange: () => void | Promise<void>) {
  const { webex } = attack.sandbox;
  const { fault, arrived, letGo } = holdRequest();
  attack.sandbox.door.script('GET /files/:id', [fault]);
  const said = attack.say('export last 2 days');
  const ref = refIn(await attack.answerTo(said));
  await arrived;
  await arrange();
  letGo();
  await attack.waitForLine(endOf(ref));
  const filesIn = (roomId: string): Message[] => webex.messages(roomId).filter(hasFile);
  return {
    inSpace: filesIn(webex.space.id).filter(({ text }) => text.includes(ref)).length,
    direct: filesIn(webex.directSpace(webex.people.admin).id).length,
  };
}

test('E1: an outsider on the last page of the members gets no file', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  await exportOnce(attack.conversation);
  const { webex } = attack.sandbox;
  const { inSpace, direct } = await exportInto(attack, () => {
    for (let number = 0; number < 2_100; number++) {
      const person = webex.addPerson({
        displayName: `Member ${number}`,
        email: `member${number}@harbour.example`,
        organization: webex.organizations.home,
      });
      webex.addMember(webex.space.id, person);
    }
    webex.addMember(webex.space.id, webex.people.outsider);
  });
  hold(inSpace === 0, 'the file is in the space');
  hold(direct === 1, 'the person did not get it');
  judge('E1', 1, breaches);
}, 60_000);

test('E2: an outsider who joins while the export runs gets no file, one who joins after is reported', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const { webex } = attack.sandbox;
  await exportOnce(attack.conversation);
  webex.addMember(webex.space.id, webex.people.outsider);
  const told = await attack
    .waitForMessage(({ text }) => /from outside your organization/.test(text), { withinMs: 60_000 })
    .catch(() => undefined);
  hold(told?.roomId === webex.directSpace(webex.people.admin).id, 'the person was not told');
  hold(/recall \w{4}/.test(told?.text ?? ''), 'the recall is not offered');
  const { inSpace } = await exportInto(attack, () => {});
  hold(inSpace === 0, 'the file is in the space');
  judge('E2', 2, breaches);
}, 90_000);

test('E3: a space that another organization owns gets no file', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const { webex } = attack.sandbox;
  await exportOnce(attack.conversation);
  const { inSpace } = await exportInto(attack, () => {
    webex.changeSpace(webex.space.id, { ownerId: webex.people.outsider.organization.id });
  });
  hold(inSpace === 0, 'the file is in the space');
  judge('E3', 1, breaches);
});

test('E4: a public space gets no file', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const { webex } = attack.sandbox;
  await exportOnce(attack.conversation);
  const { inSpace } = await exportInto(attack, () => {
    webex.changeSpace(webex.space.id, { isPublic: true });
  });
  hold(inSpace === 0, 'the file is in the space');
  judge('E4', 1, breaches);
});

test('E5: a space that cannot be looked at gets no file', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  await exportOnce(attack.conversation);
  const { door } = attack.sandbox;
  for (const route of ['GET /v1/memberships', 'GET /v1/rooms/:id']) {
    const { inSpace } = await exportInto(attack, () => {
      door.script(route, [{ status: 403 }], { repeat: true });
    });
    door.script(route, []);
    hold(inSpace === 0, `${route}: the file is in the space`);
  }
  judge('E5', 2, breaches);
});

test('E6: however exports end, nothing of them is left on the disk', async () => {
  const canary = 'CanaryOfACustomer';
  const attack = await startAttack({
    dataset: {
      tasks: Array.from({ length: 5 }, (_, index) => ({
        id: `11111111-1111-4111-8111-00000000000${index}`,
        transcripts: [{ content: [{ message: canary }] }],
      })),
    },
  });
  const { breaches, hold } = breachList();
  const { door, dataDir } = attack.sandbox;
  await exportOnce(attack.conversation);
  const ends = [[], [{ status: 403 }], [{ hangUp: true } as const]];
  let exports = 1;
  for (let round = 0; round < 4; round++) {
    for (const faults of ends) {
      exports++;
      if (faults.length > 0) door.script('POST /v1/captures/query', faults);
      const ref = refIn(await attack.answerTo(attack.say('export last 2 days')));
      await attack.waitForLine(endOf(ref));
    }
  }
  hold((await leftoversIn(dataDir)).length === 0, 'files are left');
  const { filesBelow } = await import('./rig.ts');
  for (const [name, text] of await filesBelow(dataDir))
    hold(!text.includes(canary), `${name} tells`);
  judge('E6', exports, breaches);
}, 60_000);

test('E7: without "with contact" no format names a customer beside the entries', async () => {
  const attack = await startAttack({
    dataset: {
      tasks: [
        {
          customer: { name: 'CanaryName', email: 'canary@shop.example', phoneNumber: '+46 8 1' },
          transcripts: [{ content: [{ message: 'hello' }] }],
        },
      ],
    },
  });
  const { breaches, hold } = breachList();
  const { file } = await exportOnce(attack.conversation);
  const sheets = await readSheets(file?.bytes);
  const text = JSON.stringify([...sheets.values()]);
  for (const canary of ['CanaryName', 'canary@shop.example', '+46 8 1']) {
    hold(!text.includes(canary), `${canary} is in the file`);
  }
  judge('E7', 3, breaches);
});
