import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { uuidIn } from '../../../src/sandbox/webex/ids.ts';
import { startTestWebex } from './start.ts';

const device = {
  ...{ name: 'a program', deviceType: 'DESKTOP', model: 'm', localizedModel: 'm' },
  ...{ systemName: 's', systemVersion: '1' },
};

async function startWithDevices() {
  const started = await startTestWebex();
  const { webex, call } = started;
  const catalog = await call('GET', `${webex.catalogUrl}/catalog?format=hostmap`);
  const devicesUrl = `${catalog.body.serviceLinks.wdm}/devices`;
  const register = () => call('POST', devicesUrl, { body: device });

  /** A websocket that has said whose it is. */
  const open = async (url: string, token = webex.botToken) => {
    const socket = new WebSocket(url);
    onTestFinished(() => socket.terminate());
    const frames: string[] = [];
    const codes: number[] = [];
    socket.on('message', (bytes) => frames.push(String(bytes)));
    socket.on('close', (code) => codes.push(code));
    await once(socket, 'open');
    const data = { token: `Bearer ${token}` };
    socket.send(JSON.stringify({ id: '1', type: 'authorization', data }));
    await vi.waitUntil(() => frames.length + codes.length > 0);
    return { socket, frames, codes, events: () => frames.map((text) => JSON.parse(text).data) };
  };
  return { ...started, devicesUrl, register, open };
}

describe('devices', () => {
  it('are registered, listed and removed, by their owner alone', async () => {
    const { webex, call, devicesUrl, register } = await startWithDevices();
    const { accessToken: token } = webex.issueGrant(webex.people.admin, ['spark:all']);
    const none = await call('GET', devicesUrl);
    const registered = await register();
    const listed = await call('GET', devicesUrl);
    const ofOther = await call('DELETE', registered.body.url, { token });
    const removed = await call('DELETE', registered.body.url);

    expect(none.status).toBe(404);
    expect(registered.body).toMatchObject({ name: 'a program', userId: webex.bot.uuid });
    expect(listed.body.devices).toEqual([registered.body]);
    expect([ofOther.status, removed.status]).toEqual([404, 204]);
    expect(webex.devices()).toEqual([]);
  });

  it('are refused without a description, and when there are too many', async () => {
    const { call, devicesUrl, register } = await startWithDevices();
    const bare = await call('POST', devicesUrl, { body: { name: 'a program' } });
    const statuses = [];
    for (let count = 0; count < 101; count++) statuses.push((await register()).status);
    expect(bare.status).toBe(400);
    expect(statuses.indexOf(403)).toBe(100);
  });
});

describe('a websocket', () => {
  it('tells what the bot hears, by UUIDs and without a word of what was said', async () => {
    const { webex, register, open } = await startWithDevices();
    const { body } = await register();
    const { frames, events } = await open(body.webSocketUrl);
    const message = webex.say({ person: webex.people.admin, text: 'a secret word' });
    webex.say({ person: webex.people.admin, text: 'not for the bot', mention: false });
    webex.removeMember(webex.space.id, webex.people.colleague);
    await vi.waitUntil(() => frames.length === 3);

    const [state, posted, left] = events();
    expect(state.eventType).toBe('mercury.buffer_state');
    expect(posted).toMatchObject({
      eventType: 'conversation.activity',
      activity: {
        ...{ id: uuidIn(message.id), verb: 'post' },
        actor: { entryUUID: webex.people.admin.uuid },
        target: { id: uuidIn(webex.space.id) },
      },
    });
    expect(left.activity).toMatchObject({
      verb: 'leave',
      object: { entryUUID: webex.people.colleague.uuid },
    });
    expect(frames.join()).not.toContain('secret word');
    expect(frames.map((text) => JSON.parse(text).sequenceNumber)).toEqual([1, 2, 3]);
  });

  it('answers pings, and knows what was acknowledged', async () => {
    const { webex, register, open } = await startWithDevices();
    const { socket, frames } = await open((await register()).body.webSocketUrl);
    const [{ frameId } = { frameId: '' }] = webex.mercury.sent();
    const before = webex.mercury.acknowledged(frameId);
    socket.send(JSON.stringify({ messageId: frameId, type: 'ack' }));
    socket.send(JSON.stringify({ id: 'p1', type: 'ping' }));
    await vi.waitUntil(() => frames.length === 2);
    expect(JSON.parse(frames[1] ?? '')).toEqual({ id: 'p1', type: 'pong' });
    expect([before, webex.mercury.acknowledged(frameId)]).toEqual([false, true]);
  });

  it('is closed where the token is wrong, or somebody else’s', async () => {
    const { webex, register, open } = await startWithDevices();
    const { webSocketUrl } = (await register()).body;
    const { accessToken } = webex.issueGrant(webex.people.admin);
    const wrong = await open(webSocketUrl, 'wrong');
    const ofOther = await open(webSocketUrl, accessToken);
    expect([wrong.codes, ofOther.codes]).toEqual([[4401], [4401]]);
  });

  it('does not open for a device that is gone', async () => {
    const { webex, register, open } = await startWithDevices();
    const { webSocketUrl } = (await register()).body;
    webex.mercury.loseDevices();
    await expect(open(webSocketUrl)).rejects.toThrow('404');
  });

  it('gives way to a newer one of the same device', async () => {
    const { webex, register, open } = await startWithDevices();
    const { webSocketUrl } = (await register()).body;
    const older = await open(webSocketUrl);
    await open(webSocketUrl);
    await vi.waitUntil(() => older.codes.length > 0);
    expect(older.codes).toEqual([4000]);
    expect(webex.mercury.open()).toBe(1);
  });
});
