import { describe, expect, it } from 'vitest';
import { listen, startTestPage } from './start.ts';

const captures = (url: string) => fetch(`${url}/v1/captures/query`, { method: 'POST', body: '{}' });

describe('the side panel', () => {
  it('plays a fault for the next answers, counts them down, and shows what was refused', async () => {
    const { sandbox, webex, page, post } = await startTestPage();
    const until = await listen(page.url, webex.people.admin.id);
    await post('faults', { id: 'rate-limit' });
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await captures(sandbox.contactCenter.url));
    const lost = await fetch(`${sandbox.contactCenter.filesUrl}/files/x`);
    const events = await until(
      ({ name, data }) => name === 'panel' && data.traffic[1].requests === 1,
    );
    const { faults, traffic } = events.at(-1)?.data ?? {};
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 401]);
    expect(answers[0]?.headers.get('retry-after')).toBe('5');
    expect(lost.status).toBe(403);
    expect(faults).toContainEqual(expect.objectContaining({ id: 'rate-limit', left: 0 }));
    expect(traffic).toMatchObject([
      { service: 'Contact center', requests: 3, limited: 2, failed: 1 },
      { service: 'Storage', requests: 1, limited: 0, failed: 1 },
      { service: 'Webex' },
    ]);
  });

  it('loses transcripts, and lets the storage be itself again', async () => {
    const { sandbox, post } = await startTestPage();
    await post('faults', { id: 'missing-transcripts' });
    const statuses = [];
    for (let n = 0; n < 9; n++) {
      statuses.push((await fetch(`${sandbox.contactCenter.filesUrl}/files/x`)).status);
    }
    expect(statuses).toEqual([...Array(8).fill(404), 403]);
  });

  it('slows the contact center down until it is switched off', async () => {
    const { sandbox, post } = await startTestPage();
    const order: string[] = [];
    const ask = async (name: string, answer: Promise<Response>) => {
      await answer;
      order.push(name);
    };
    await post('faults', { id: 'slow', on: true });
    const slow = ask('slow', captures(sandbox.contactCenter.url));
    await ask('storage', fetch(`${sandbox.contactCenter.filesUrl}/files/x`));
    await post('faults', { id: 'slow', on: false });
    await ask('usual', captures(sandbox.contactCenter.url));
    await slow;
    expect(order).toEqual(['storage', 'usual', 'slow']);
  });

  it('brings somebody from outside into the space and out again', async () => {
    const { webex, get, post } = await startTestPage();
    const { outsider } = webex.people;
    await post('faults', { id: 'outsider', on: true });
    await post('faults', { id: 'outsider', on: true });
    const isIn = webex.isMember(webex.space.id, outsider);
    const { faults } = await get('panel');
    await post('faults', { id: 'outsider', on: false });
    expect(isIn).toBe(true);
    expect(faults).toContainEqual(expect.objectContaining({ id: 'outsider', isOn: true }));
    expect(webex.isMember(webex.space.id, outsider)).toBe(false);
    expect(await post('faults', { id: 'unheard of' })).toBe(404);
  });

  it('kills the bot and starts it again', async () => {
    const { bot, get, post } = await startTestPage();
    await post('bot', { act: 'kill' });
    const { bot: killed } = await get('panel');
    await expect(fetch(bot.url)).rejects.toThrow();
    await post('bot', { act: 'start' });
    const { bot: started } = await get('panel');
    expect([killed, started]).toEqual(['stopped', 'running']);
    expect((await fetch(bot.url)).status).toBe(200);
    expect(await post('bot', { act: 'dance' })).toBe(400);
  });

  it('follows the latest export by what the bot says of it', async () => {
    const { webex, call, get } = await startTestPage();
    const roomId = webex.space.id;
    const say = async (text: string) => {
      await call('POST', '/messages', { roomId, text });
      return (await get('panel')).export;
    };
    const begun = await say("I'll post the workbook here. Ref E7K2 · cancel E7K2 stops it.");
    const done = await say(
      '12 found · 9 exported · 3 failed (sheet "Not exported") · ref E7K2 · 4 s.',
    );
    const off = await say('Export E7K3 is cancelled. Nothing was posted.');
    await say("I'll post the workbook here. Ref E7K4 · cancel E7K4 stops it.");
    const other = await say('Stopping E7K1. Nothing is posted.');
    const stopping = await say('Stopping E7K4. Nothing is posted.');
    expect(begun).toMatchObject({ state: 'running', ref: 'E7K2', parts: [] });
    expect(done).toEqual({
      state: 'partial',
      ref: 'E7K2',
      found: 12,
      parts: [
        { name: 'exported', count: 9 },
        { name: 'failed', count: 3 },
      ],
      problem: 'Export E7K2 is only partial: 3 failed.',
    });
    expect([other, stopping]).toMatchObject([
      { state: 'running', ref: 'E7K4' },
      { state: 'ended', ref: 'E7K4', problem: 'Stopping E7K4. Nothing is posted.' },
    ]);
    expect(off).toMatchObject({ state: 'ended', problem: expect.stringContaining('cancelled') });
  });
});
