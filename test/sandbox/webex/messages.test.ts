import { describe, expect, it } from 'vitest';
import type { MessageEvent } from '../../../src/sandbox/webex/webex.ts';
import { startTestWebex } from './start.ts';

const card = (parts: object = {}) => ({
  contentType: 'application/vnd.microsoft.card.adaptive',
  content: {
    type: 'AdaptiveCard',
    version: '1.3',
    body: [{ type: 'TextBlock', text: 'Sign in?' }],
    actions: [{ type: 'Action.Submit', title: 'Yes', data: { answer: 'yes' } }],
    ...parts,
  },
});

const workbook = (name = 'export.xlsx') =>
  new File(['PK-bytes'], name, { type: 'application/zip' });

function form(fields: Readonly<Record<string, string>>, ...files: readonly File[]): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  for (const file of files) data.append('files', file);
  return data;
}

describe('messages', () => {
  it('gives the bot what a person typed, beginning with the mention of the bot', async () => {
    const { webex, call } = await startTestWebex();
    const { admin } = webex.people;
    const said = webex.say({ person: admin, text: 'export <today> & "more"' });
    const { body } = await call('GET', `/messages/${said.id}`);
    expect(body).toMatchObject({
      roomId: webex.space.id,
      roomType: 'group',
      personId: admin.id,
      personEmail: 'ana@harbour.example',
      text: 'Exporter export <today> & "more"',
      html: `<p><spark-mention data-object-type="person" data-object-id="${webex.bot.id}">Exporter</spark-mention> export &#60;today&#62; &#38; &#34;more&#34;</p>`,
      mentionedPeople: [webex.bot.id],
    });
    expect(body).not.toHaveProperty('parentId');
  });

  it('shows a bot nothing of a group space that does not mention it', async () => {
    const { webex, call } = await startTestWebex();
    const { admin } = webex.people;
    const aside = webex.say({ person: admin, text: 'lunch?', mention: false });
    webex.say({ person: admin, text: 'help' });
    const direct = webex.say({
      person: admin,
      roomId: webex.directSpace(admin).id,
      text: 'psst',
    });
    const room = `/messages?roomId=${webex.space.id}`;
    const answers = [
      await call('GET', `/messages/${aside.id}`),
      await call('GET', room),
      await call('GET', `${room}&mentionedPeople=me`),
      await call('GET', `/messages/${direct.id}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 403, 200, 200]);
    expect(answers[2]?.body.items).toMatchObject([{ text: 'Exporter help' }]);
    expect(answers[3]?.body.text).toBe('psst');
  });

  it('lists the newest first, page after page', async () => {
    const { webex, call } = await startTestWebex({ pageCap: 2 });
    const { admin } = webex.people;
    for (const text of ['1', '2', '3', '4', '5']) webex.say({ person: admin, text });
    const texts: string[][] = [];
    let next: string | undefined = `/messages?roomId=${webex.space.id}&mentionedPeople=me&max=999`;
    while (next) {
      const { body, headers } = await call('GET', next);
      texts.push(body.items.map(({ text }: { text: string }) => text));
      next = /<([^>]+)>; rel="next"/.exec(String(headers['link']))?.[1];
    }
    expect(texts).toEqual([
      ['Exporter 5', 'Exporter 4'],
      ['Exporter 3', 'Exporter 2'],
      ['Exporter 1'],
    ]);
  });

  it('renders Markdown with its mentions and never passes HTML on', async () => {
    const { webex, call } = await startTestWebex();
    const { admin } = webex.people;
    const markdown = `**Done** <@personEmail:${admin.email}|Ana> <@all> <b>x</b> <@personId:nobody>`;
    const { body } = await call('POST', '/messages', {
      body: { roomId: webex.space.id, markdown },
    });
    expect(body).toMatchObject({
      markdown,
      html: `<p><strong>Done</strong> <spark-mention data-object-type="person" data-object-id="${admin.id}">Ana</spark-mention> <spark-mention data-object-type="groupMention" data-group-type="all">All</spark-mention> &lt;b&gt;x&lt;/b&gt; &lt;@personId:nobody&gt;</p>`,
      text: 'Done Ana All <b>x</b> <@personId:nobody>',
      mentionedPeople: [admin.id],
      mentionedGroups: ['all'],
    });
  });

  it('counts the limit of 7,439 in bytes', async () => {
    const { webex, call } = await startTestWebex();
    const post = (fields: object) =>
      call('POST', '/messages', { body: { roomId: webex.space.id, ...fields } });
    const answers = [
      await post({ markdown: 'x'.repeat(7_439) }),
      await post({ markdown: 'x'.repeat(7_440) }),
      await post({ text: 'é'.repeat(3_720) }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400]);
  });

  it.each([
    ['no target', {}],
    ['two targets', { roomId: 'here', toPersonEmail: 'ana@harbour.example' }],
    ['nothing to say', { roomId: 'here', text: undefined }],
    ['a card without words', { roomId: 'here', text: undefined, attachments: [card()] }],
    ['two cards', { roomId: 'here', attachments: [card(), card()] }],
    ['a newer card', { roomId: 'here', attachments: [card({ version: '1.5' })] }],
    ['a card without version', { roomId: 'here', attachments: [card({ version: undefined })] }],
    ['an unknown element', { roomId: 'here', attachments: [card({ body: [{ type: 'Media' }] })] }],
    [
      'a link to nowhere',
      {
        roomId: 'here',
        attachments: [card({ actions: [{ type: 'Action.OpenUrl', title: 'Go', url: '/x' }] })],
      },
    ],
    ['a file by address', { roomId: 'here', files: ['https://example.com/a.xlsx'] }],
    ['a parent that is no id', { roomId: 'here', parentId: 'abc' }],
  ])('refuses %s', async (_what, fields: object) => {
    const { webex, call } = await startTestWebex();
    const body = { text: 'hello', ...fields };
    if ('roomId' in body) body.roomId = webex.space.id;
    const answer = await call('POST', '/messages', { body });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        message: expect.any(String),
        errors: [{ description: expect.any(String) }],
        trackingId: answer.headers['trackingid'],
      },
    });
    expect(webex.messages(webex.space.id)).toEqual([]);
  });

  it('takes one file, keeps it whole and hands it to members with a token only', async () => {
    const { webex, call } = await startTestWebex();
    const posted = await call('POST', '/messages', {
      body: form({ roomId: webex.space.id, markdown: 'Here.' }, workbook('Bericht März.xlsx')),
    });
    const url = posted.body.files[0];
    const file = await call('GET', url);
    const head = await call('HEAD', url);
    const strangers = [
      await call('GET', url, { token: 'nobody' }),
      await call('GET', url, {
        token: webex.issueGrant(webex.people.outsider, ['spark:all']).accessToken,
      }),
    ];
    expect(posted.body).toMatchObject({
      text: 'Here.',
      files: [expect.stringContaining('/v1/contents/')],
    });
    expect(file).toMatchObject({
      status: 200,
      body: 'PK-bytes',
      headers: {
        'content-type': 'application/zip',
        'content-disposition': expect.stringContaining('M%C3%A4rz.xlsx'),
      },
    });
    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '8' } });
    expect(strangers.map(({ status }) => status)).toEqual([401, 404]);
  });

  it('refuses a second file, a file with a card, a part of another name and a file above the limit', async () => {
    const { webex, call } = await startTestWebex({ maxFileBytes: 10 });
    const roomId = webex.space.id;
    const odd = form({ roomId });
    odd.set('file', workbook());
    const bodies = [
      form({ roomId }, workbook(), workbook()),
      form({ roomId, text: 'x', attachments: JSON.stringify([card()]) }, workbook()),
      odd,
      form({ roomId }, new File(['x'.repeat(11)], 'a.xlsx')),
    ];
    const statuses: number[] = [];
    for (const body of bodies) statuses.push((await call('POST', '/messages', { body })).status);
    expect(statuses).toEqual([400, 400, 400, 413]);
    expect(webex.messages(roomId)).toEqual([]);
  });

  it('keeps threads one level deep and in one space', async () => {
    const { webex, call } = await startTestWebex();
    const { admin } = webex.people;
    const root = webex.say({ person: admin, text: 'help' });
    const reply = (parentId: string, roomId = webex.space.id) =>
      call('POST', '/messages', { body: { roomId, parentId, text: 'hi' } });
    const first = await reply(root.id);
    const answers = [await reply(first.body.id), await reply(root.id, webex.directSpace(admin).id)];
    webex.deleteMessage(root.id);
    answers.push(await reply(root.id));
    expect(first.body).toMatchObject({ parentId: root.id });
    expect(answers.map(({ status }) => status)).toEqual([400, 404, 404]);
  });

  it('lets a message be edited ten times, by its author and only while it is plain', async () => {
    const { webex, call } = await startTestWebex();
    const roomId = webex.space.id;
    const events: MessageEvent['kind'][] = [];
    webex.onMessage(({ kind }) => events.push(kind));
    const post = async (body: object) =>
      (await call('POST', '/messages', { body: { roomId, text: 'start', ...body } })).body.id;
    const plain = await post({});
    const withCard = await post({ attachments: [card()] });
    const edit = (id: string, body: object = {}) =>
      call('PUT', `/messages/${id}`, { body: { roomId, markdown: '*now*', ...body } });
    const statuses: number[] = [];
    for (let count = 0; count < 11; count++) statuses.push((await edit(plain)).status);
    const refused = [
      await edit(withCard),
      await edit(webex.say({ person: webex.people.admin, text: 'mine' }).id),
      await edit(await post({}), { roomId: webex.directSpace(webex.people.admin).id }),
      await edit(await post({}), { markdown: '' }),
    ];
    expect(statuses).toEqual([...Array(10).fill(200), 400]);
    expect(webex.message(plain)).toMatchObject({ text: 'now', edits: 10 });
    expect(refused.map(({ status }) => status)).toEqual([400, 403, 400, 400]);
    expect(events.filter((kind) => kind === 'edited')).toHaveLength(10);
  });

  it('deletes own messages only, once', async () => {
    const { webex, call } = await startTestWebex();
    const own = await call('POST', '/messages', {
      body: { roomId: webex.space.id, text: 'oops' },
    });
    const foreign = webex.say({ person: webex.people.admin, text: 'help' });
    const statuses: number[] = [];
    for (const id of [own.body.id, own.body.id, foreign.id]) {
      statuses.push((await call('DELETE', `/messages/${id}`)).status);
    }
    expect(statuses).toEqual([204, 404, 403]);
  });

  it('answers 404 outside the bot’s spaces and 403 where it may not write', async () => {
    const { webex, call } = await startTestWebex();
    const { admin, outsider } = webex.people;
    const foreign = webex.addGroupSpace('Without bot', admin, []);
    const announcements = webex.addGroupSpace('News', admin, [webex.bot]);
    webex.changeSpace(announcements.id, { isAnnouncementOnly: true });
    const frozen = webex.addGroupSpace('Old', admin, [webex.bot]);
    webex.changeSpace(frozen.id, { isReadOnly: true });
    webex.refuseDirect(outsider);
    const targets = [
      { roomId: foreign.id },
      { roomId: announcements.id },
      { roomId: frozen.id },
      { toPersonId: outsider.id },
      { toPersonEmail: 'nobody@harbour.example' },
      { toPersonEmail: admin.email },
    ];
    const statuses: number[] = [];
    for (const target of targets) {
      statuses.push((await call('POST', '/messages', { body: { ...target, text: 'hi' } })).status);
    }
    webex.say({ person: admin, roomId: announcements.id, text: 'moderators may' });
    webex.removeMember(webex.space.id, webex.bot);
    const gone = await call('POST', '/messages', { body: { roomId: webex.space.id, text: 'hi' } });
    expect(statuses).toEqual([404, 403, 403, 403, 404, 200]);
    expect(gone.status).toBe(404);
  });

  it('hands the inputs of a pressed card to the bot that posted it, and to nobody else', async () => {
    const { webex, call } = await startTestWebex();
    const { admin, secondAdmin, outsider } = webex.people;
    const { body } = await call('POST', '/messages', {
      body: { roomId: webex.space.id, text: 'Sure?', attachments: [card()] },
    });
    const action = webex.press({ person: admin, messageId: body.id, inputs: { answer: 'yes' } });
    const token = webex.issueGrant(secondAdmin, ['spark:all']).accessToken;
    const read = await call('GET', `/attachment/actions/${action.id}`);
    const foreign = await call('GET', `/attachment/actions/${action.id}`, { token });
    const plain = webex.say({ person: admin, text: 'help' });
    expect(read.body).toEqual({
      id: action.id,
      type: 'submit',
      messageId: body.id,
      inputs: { answer: 'yes' },
      personId: admin.id,
      roomId: webex.space.id,
      created: expect.any(String),
    });
    expect(foreign.status).toBe(404);
    expect(() => webex.press({ person: admin, messageId: plain.id })).toThrow('no card');
    expect(() => webex.press({ person: outsider, messageId: body.id })).toThrow('Unable to find');
  });
});
