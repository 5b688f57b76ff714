import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { listen, startTestPage } from './start.ts';

describe('the demo page', () => {
  it('comes with everything it needs from this machine alone, and may load nothing else', async () => {
    const { page } = await startTestPage();
    const answer = await fetch(page.url);
    const html = await answer.text();
    const parts = [...html.matchAll(/(?:src|href)="([^":#]+)"/g)].map(([, path]) => path);
    const answers = await Promise.all(parts.map((path) => fetch(`${page.url}/${path}`)));
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(parts).toContain('adaptivecards.js');
    expect(answers.map(({ status }) => status)).toEqual(parts.map(() => 200));
    expect(html).not.toMatch(/https?:/);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it('is not served under another name', async () => {
    const { page } = await startTestPage();
    const { statusCode, body } = await request(page.url, { headers: { host: 'evil.example' } });
    await body.dump();
    expect(statusCode).toBe(403);
  });

  it('lets a person write: with a mention in the group, without one directly', async () => {
    const { webex, get, post } = await startTestPage();
    const person = webex.people.admin.id;
    await post('messages', { person, space: webex.space.id, text: 'help' });
    await post('messages', { person, space: 'direct', text: 'status' });
    const inGroup = await get('messages', { person, space: webex.space.id });
    const direct = await get('messages', { person, space: 'direct' });
    expect(inGroup).toMatchObject([
      { html: expect.stringMatching(/<spark-mention.*> help/), author: { name: 'Ana Petrova' } },
    ]);
    expect(direct).toMatchObject([{ html: '<p>status</p>', space: 'direct' }]);
  });

  it('tells as it happens what is posted, edited and removed, and who comes', async () => {
    const { webex, call, post, page } = await startTestPage();
    const { admin, outsider } = webex.people;
    const until = await listen(page.url, admin.id);
    const roomId = webex.space.id;
    const { id } = await call('POST', '/messages', { roomId, markdown: '**hi** <i>' });
    await call('PUT', `/messages/${id}`, { roomId, text: 'bye' });
    await call('DELETE', `/messages/${id}`);
    await post('memberships', { person: outsider.id });
    const events = await until(({ name }) => name === 'spaces');
    const told = events.filter(({ name }) => name !== 'panel').map(({ data }) => data);
    expect(told).toMatchObject([
      { kind: 'created', message: { html: '<p><strong>hi</strong> &lt;i&gt;</p>' } },
      { kind: 'edited', message: { html: '<p>bye</p>', edited: true } },
      { kind: 'deleted', message: { id } },
      {},
    ]);
  });

  it('hands what was filled in on a card to the bot, as the one who pressed', async () => {
    const { webex, call, post } = await startTestPage();
    const { secondAdmin } = webex.people;
    const content = {
      type: 'AdaptiveCard',
      version: '1.3',
      body: [{ type: 'Input.Text', id: 'queue' }],
      actions: [{ type: 'Action.Submit', title: 'Go', data: { form: 'export' } }],
    };
    const contentType = 'application/vnd.microsoft.card.adaptive';
    const { id: messageId } = await call('POST', '/messages', {
      roomId: webex.space.id,
      text: 'a form',
      attachments: [{ contentType, content }],
    });
    await call('POST', '/webhooks', {
      name: 'presses',
      targetUrl: 'http://127.0.0.1:9/',
      resource: 'attachmentActions',
      event: 'created',
    });
    const inputs = { form: 'export', queue: 'Sales' };
    const status = await post('actions', { person: secondAdmin.id, messageId, inputs });
    await webex.delivered();
    const [delivery] = webex.deliveries();
    const { data } = JSON.parse(delivery?.body ?? '{}');
    const action = await call('GET', `/attachment/actions/${data.id}`);
    expect(status).toBe(204);
    expect(action).toMatchObject({ messageId, inputs, personId: secondAdmin.id });
  });

  it('shows people their own spaces only and hands files to members only', async () => {
    const { webex, call, page, get, post } = await startTestPage();
    const { admin, outsider } = webex.people;
    const form = new FormData();
    form.set('roomId', webex.space.id);
    form.set('files', new File(['PK'], 'a.xlsx'));
    const { id } = await call('POST', '/messages', form);
    const ask = (path: string, { id: person }: { readonly id: string }) =>
      fetch(`${page.url}/api/files/${id}${path}?person=${person}`);
    const before = await get('spaces', { person: outsider.id });
    const answers = [await ask('', admin), await ask('', outsider), await ask('/sheets', outsider)];
    const [mine] = answers;
    const unreadable = await ask('/sheets', admin);
    const joined = await post('memberships', { person: outsider.id });
    const after = await get('spaces', { person: outsider.id });
    const left = await post('memberships', { person: outsider.id, isMember: false });
    const again = await get('spaces', { person: outsider.id });
    expect(before).toMatchObject({
      spaces: [{ id: 'direct', title: 'Exporter' }],
      joinable: 'CC reports',
    });
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404]);
    expect(await mine?.text()).toBe('PK');
    expect(unreadable.status).toBe(415);
    expect([joined, left]).toEqual([204, 204]);
    expect(after).toMatchObject({
      spaces: [{ title: 'CC reports' }, { id: 'direct' }],
      invitable: [],
    });
    expect(after.spaces[0].members).toContainEqual(
      expect.objectContaining({ name: 'Otto Weiss', isExternal: true }),
    );
    expect(again).toEqual(before);
  });
});
