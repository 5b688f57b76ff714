import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPage } from '../../../src/sandbox/page/server.ts';
import { startTestWebex } from '../webex/start.ts';

async function startTestPage() {
  const { webex, call } = await startTestWebex();
  const page = await startPage({ webex });
  onTestFinished(() => page.close());
  const get = async (path: string, query: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(`${page.url}/api/${path}?${new URLSearchParams(query)}`);
    return answer.json();
  };
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${page.url}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.status;
  };
  return { webex, call, page, get, post };
}

describe('the demo page', () => {
  it('comes with everything it needs from this machine alone', async () => {
    const { page } = await startTestPage();
    const html = await (await fetch(page.url)).text();
    const parts = [...html.matchAll(/(?:src|href)="([^":]+)"/g)].map(([, path]) => path);
    const answers = await Promise.all(parts.map((path) => fetch(`${page.url}/${path}`)));
    expect(parts).toContain('adaptivecards.js');
    expect(answers.map(({ status }) => status)).toEqual(parts.map(() => 200));
    expect(html).not.toMatch(/https?:/);
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

  it('tells as it happens what is posted, edited and removed', async () => {
    const { webex, call, page } = await startTestPage();
    const stream = await fetch(`${page.url}/api/events?person=${webex.people.admin.id}`);
    const reader = (stream.body ?? new ReadableStream<Uint8Array>()).getReader();
    const { body } = await call('POST', '/messages', {
      body: { roomId: webex.space.id, markdown: '**hi** <i>' },
    });
    await call('PUT', `/messages/${body.id}`, { body: { roomId: webex.space.id, text: 'bye' } });
    await call('DELETE', `/messages/${body.id}`);
    let received = '';
    while (!received.includes('deleted')) {
      received += Buffer.from((await reader.read()).value ?? []).toString();
    }
    await reader.cancel();
    const events = [...received.matchAll(/^data: (.*)$/gm)].map(([, json]) =>
      JSON.parse(json ?? ''),
    );
    expect(events).toMatchObject([
      { kind: 'created', message: { html: '<p><strong>hi</strong> &lt;i&gt;</p>' } },
      { kind: 'edited', message: { html: '<p>bye</p>', edited: true } },
      { kind: 'deleted', message: { id: body.id } },
    ]);
  });

  it('shows people their own spaces only and hands files to members only', async () => {
    const { webex, call, page, get, post } = await startTestPage();
    const { admin, outsider } = webex.people;
    const form = new FormData();
    form.set('roomId', webex.space.id);
    form.set('files', new File(['PK'], 'a.xlsx'));
    const { body } = await call('POST', '/messages', { body: form });
    const download = (person: string) => fetch(`${page.url}/api/files/${body.id}?person=${person}`);
    const before = await get('spaces', { person: outsider.id });
    const [mine, foreign] = [await download(admin.id), await download(outsider.id)];
    const joined = await post('memberships', { person: outsider.id });
    const after = await get('spaces', { person: outsider.id });
    expect(before).toEqual({
      spaces: [{ id: 'direct', title: 'Exporter' }],
      joinable: 'CC reports',
    });
    expect([mine.status, foreign.status, joined]).toEqual([200, 404, 204]);
    expect(await mine.text()).toBe('PK');
    expect(after).toMatchObject({ spaces: [{ title: 'CC reports' }, { id: 'direct' }] });
  });
});
