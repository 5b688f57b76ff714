import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CancelledError } from '../../src/errors.ts';
import { deliver, UnconfirmedUploadError } from '../../src/export/deliver.ts';
import type { ExportOrder } from '../../src/export/order.ts';
import { createLog } from '../../src/log.ts';
import { createDoor, type Door } from '../../src/sandbox/door.ts';
import { startWebex } from '../../src/sandbox/webex/webex.ts';
import { createWebexClient } from '../../src/webex/client.ts';
import { createTestClock } from '../helpers/clock.ts';
import { makeTempFolder } from '../helpers/temp.ts';

type Setting = Pick<Rig, 'webex' | 'door'>;
type Rig = Awaited<ReturnType<typeof startRig>>;

const content = Buffer.alloc(200_000, 'workbook ');
const upload = 'POST /v1/messages';

/** A command that was said in the space, and a file to answer it with; only pauses take no time. */
async function startRig({
  pageCap,
  beforeUpload = () => {},
}: {
  pageCap?: number;
  beforeUpload?: () => void;
} = {}) {
  const door = createDoor();
  const webex = await startWebex({ door, redirectUris: [], ...(pageCap && { pageCap }) });
  const dispatcher = new Agent();
  onTestFinished(async () => {
    await Promise.all([dispatcher.destroy(), webex.close()]);
  });
  const { admin } = webex.people;
  const command = webex.say({ person: admin, text: 'export last 7 days' });
  const clock = createTestClock(Date.now());
  const log = createLog({ level: 'fatal' });
  const client = createWebexClient({
    apiUrl: new URL(webex.apiUrl),
    token: webex.botToken,
    timeouts: { callMs: 100, uploadMs: 1_000 },
    ...{ dispatcher, clock, log },
  });
  const file = {
    path: join(await makeTempFolder(), 'workbook.xlsx'),
    name: 'workbook.xlsx',
    contentType: 'application/octet-stream',
  };
  await writeFile(file.path, content);

  const order = (place: Partial<ExportOrder['place']> = {}): ExportOrder => ({
    version: 1,
    ref: 'E7K2',
    requester: {
      personId: admin.id,
      personUuid: admin.uuid,
      orgUuid: admin.organization.uuid,
      displayName: admin.displayName,
      email: admin.email,
    },
    place: {
      roomId: webex.space.id,
      roomType: 'group',
      parentId: command.id,
      messageId: command.id,
      ...place,
    },
    command: 'export last 7 days',
    window: { fromMs: 0, toMs: 1, zone: 'UTC' },
    by: 'created',
    channel: 'chat',
    queues: 'all',
    filters: 'live chat, all queues',
    orderedAtMs: 0,
  });
  const rules = {
    allowedOrgUuids: [webex.organizations.home.uuid],
    allowedBots: ['friendly@webex.bot'],
    ownPersonUuid: webex.bot.uuid,
  };
  const filesIn = (roomId: string) =>
    webex.messages(roomId).filter((message) => message.file !== undefined);

  return {
    webex,
    door,
    clock,
    command,
    run: (place?: Partial<ExportOrder['place']>) =>
      deliver(file, (where) => `for the ${where}`, order(place), {
        ...{ webex: client, rules, log, beforeUpload },
      }),
    inSpace: () => filesIn(webex.space.id),
    direct: () => filesIn(webex.directSpace(admin).id),
    uploads: () => door.requests(upload),
  };
}

const addBot = ({ webex }: Setting, email: string) =>
  webex.addMember(
    webex.space.id,
    webex.addPerson({
      displayName: 'Helper',
      email,
      organization: webex.organizations.maker,
      type: 'bot',
    }),
  );
const failing = (door: Door, route: string) =>
  door.script(route, [{ status: 500 }], { repeat: true });
const addOutsider = ({ webex }: Setting) => webex.addMember(webex.space.id, webex.people.outsider);

describe('a space of the organization', () => {
  test('gets the file in the thread of the command, whole', async () => {
    const rig = await startRig({ pageCap: 2 });
    addBot(rig, 'Friendly@webex.bot');
    const { place, detour, message } = await rig.run();
    expect({ place, detour }).toEqual({ place: 'space', detour: undefined });
    expect(rig.inSpace()).toMatchObject([
      { id: message.id, parentId: rig.command.id, text: 'for the space' },
    ]);
    expect(rig.inSpace()[0]?.file?.bytes.equals(content)).toBe(true);
    expect(rig.direct()).toEqual([]);
  });

  test('gets it outside of the thread when the command was deleted', async () => {
    const rig = await startRig();
    rig.webex.deleteMessage(rig.command.id);
    expect(await rig.run()).toMatchObject({ place: 'space' });
    expect(rig.inSpace()).toMatchObject([{ parentId: undefined }]);
  });
});

describe('a space that is not provably safe', () => {
  test.each<[string, (rig: Setting) => void]>([
    ['an outsider stands on the third page of its members', addOutsider],
    ['a bot is in it that nobody named', (rig) => addBot(rig, 'stranger@webex.bot')],
    [
      'another organization owns it',
      ({ webex }) => webex.changeSpace(webex.space.id, { ownerId: webex.organizations.outside.id }),
    ],
    ['it is public', ({ webex }) => webex.changeSpace(webex.space.id, { isPublic: true })],
    ['its members cannot be read', ({ door }) => failing(door, 'GET /v1/memberships')],
    ['the space cannot be read', ({ door }) => failing(door, 'GET /v1/rooms/:id')],
    [
      'Webex does not answer',
      ({ door }) => door.script('GET /v1/memberships', [{ never: true }], { repeat: true }),
    ],
    [
      'the list of members ends in the middle',
      ({ door }) =>
        door.script('GET /v1/memberships', ['pass', { truncate: true }], { repeat: true }),
    ],
    [
      'a member has no organization',
      ({ webex, door }) =>
        door.script('GET /v1/memberships', [
          {
            body: JSON.stringify({
              items: [{ id: 'm', roomId: webex.space.id, personId: webex.people.admin.id }],
            }),
          },
        ]),
    ],
  ])('does not get the file, the person does: %s', async (_why, prepare) => {
    const rig = await startRig({ pageCap: 2 });
    prepare(rig);
    const { place, detour } = await rig.run();
    expect({ place, detour }).toEqual({ place: 'direct', detour: 'unsafe' });
    expect(rig.inSpace()).toEqual([]);
    expect(rig.direct()).toMatchObject([{ text: 'for the direct' }]);
    expect(rig.uploads()).toHaveLength(1);
  });

  test('is noticed when an outsider comes in while Webex makes us wait', async () => {
    const rig = await startRig();
    rig.door.script(upload, [{ status: 429, headers: { 'retry-after': '60' } }]);
    rig.door.onRequest(({ status }) => {
      if (status === 429) addOutsider(rig);
    });
    expect(await rig.run()).toMatchObject({ place: 'direct', detour: 'unsafe' });
    expect(rig.inSpace()).toEqual([]);
    expect(rig.direct()).toHaveLength(1);
  });
});

describe('a space that does not take the file', () => {
  test.each<[string, (rig: Setting) => void]>([
    ['it is read-only', ({ webex }) => webex.changeSpace(webex.space.id, { isReadOnly: true })],
    [
      'only its moderators may write',
      ({ webex }) => webex.changeSpace(webex.space.id, { isAnnouncementOnly: true }),
    ],
    ['it takes no files', ({ door }) => door.script(upload, [{ status: 403 }, { status: 403 }])],
    ['it has moved', ({ door }) => door.script(upload, [{ status: 404 }, { status: 410 }])],
  ])('leaves it to the person, once: %s', async (_why, prepare) => {
    const rig = await startRig();
    prepare(rig);
    const { place, detour } = await rig.run();
    expect({ place, detour }).toEqual({ place: 'direct', detour: 'refused' });
    expect(rig.inSpace()).toEqual([]);
    expect(rig.direct()).toHaveLength(1);
  });

  test('leaves it to the person when the bot was removed from it', async () => {
    const rig = await startRig();
    rig.webex.removeMember(rig.webex.space.id, rig.webex.bot);
    expect(await rig.run()).toMatchObject({ place: 'direct' });
    expect(rig.inSpace()).toEqual([]);
    expect(rig.direct()).toHaveLength(1);
  });
});

describe('an upload that goes wrong', () => {
  test('waits as long as Webex says and sends the whole file again', async () => {
    const rig = await startRig();
    const slow = { status: 429, headers: { 'retry-after': '7' } };
    rig.door.script(upload, [slow, slow]);
    expect(await rig.run()).toMatchObject({ place: 'space' });
    expect(rig.inSpace()[0]?.file?.bytes.equals(content)).toBe(true);
    expect(rig.clock.pauses.filter((ms) => ms >= 7_000)).toHaveLength(2);
    const lengths = rig.uploads().map(({ headers }) => Number(headers['content-length']));
    expect(lengths).toHaveLength(3);
    expect(Math.min(...lengths)).toBeGreaterThan(content.length);
  });

  test.each([
    ['Webex has a problem', { status: 500 }, 0],
    ['a gateway gave up', { status: 504 }, 0],
    ['the connection breaks', { hangUp: true }, 0],
    ['no answer comes', { never: true }, 0],
    ['only the answer is lost', { hangUp: 'after' }, 1],
  ] as const)(
    'leaves it to the caller whether to repeat it when %s',
    async (_how, fault, there) => {
      const rig = await startRig();
      rig.door.script(upload, [fault]);
      await expect(rig.run()).rejects.toBeInstanceOf(UnconfirmedUploadError);
      expect(rig.inSpace()).toHaveLength(there);
      expect(rig.uploads()).toHaveLength(1);
    },
  );

  test.each([
    ['in the space', () => {}],
    ['to the person', addOutsider],
  ])('can be called off until it begins: %s', async (_where, prepare) => {
    const checked: number[] = [];
    const rig = await startRig({
      beforeUpload: () => {
        checked.push(rig.door.requests('GET /v1/memberships').length);
        throw new CancelledError();
      },
    });
    prepare(rig);
    await expect(rig.run()).rejects.toMatchObject({ code: 'cancelled' });
    expect(checked).toEqual([1]);
    expect(rig.uploads()).toEqual([]);
  });

  test('fails with the reason when the person cannot be written to either', async () => {
    const rig = await startRig();
    addOutsider(rig);
    rig.webex.refuseDirect(rig.webex.people.admin);
    await expect(rig.run()).rejects.toMatchObject({
      code: 'forbidden',
      userMessage: expect.stringContaining('did not let me send it to you directly'),
      cause: { status: 403 },
    });
    expect(rig.inSpace()).toEqual([]);
  });
});

test('a direct space is the person, and needs no look at its members', async () => {
  const rig = await startRig();
  const { webex, door } = rig;
  const space = webex.directSpace(webex.people.admin);
  const said = webex.say({ person: webex.people.admin, roomId: space.id, text: 'export' });
  const { place, detour } = await rig.run({
    roomId: space.id,
    roomType: 'direct',
    parentId: said.id,
  });
  expect({ place, detour }).toEqual({ place: 'space', detour: undefined });
  expect(rig.direct()).toMatchObject([{ parentId: said.id }]);
  expect(door.requests('GET /v1/memberships')).toEqual([]);
});
