import { request } from 'undici';
import { expect, test } from 'vitest';
import { findFreePort } from '../../src/sandbox/listen.ts';
import { metricRows } from '../../src/server/metrics.ts';
import { gate } from '../helpers/gate.ts';
import { endOf, refIn, startConversation } from '../helpers/sandbox.ts';

async function read(port: number, path = '/metrics') {
  const { statusCode, headers, body } = await request(`http://127.0.0.1:${port}${path}`);
  return { status: statusCode, type: headers['content-type'], text: await body.text() };
}

function valuesIn(text: string): Map<string, number> {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const our = (name: string, labels = '') => `wxcc_export_${name}${labels}`;

test('counts what happens, on a port of its own, and names nobody', async () => {
  const port = await findFreePort();
  const conversation = await startConversation({
    dataset: { kind: 'chats', count: 12, days: 5 },
    env: { METRICS_PORT: String(port) },
  });
  const { webex, door } = conversation.sandbox;
  const before = await read(port);

  const tooMany = { status: 429, headers: { 'retry-after': '0' } };
  door.script('POST /v1/captures/query', [tooMany]);
  const downloads = gate();
  const downloading = gate();
  const until = () => {
    downloading.open();
    return downloads.opened;
  };
  door.script('GET /files/:id', [{ until }], { repeat: true });
  const said = conversation.say('export last 7 days');
  const ref = refIn(await conversation.answerTo(said));
  await conversation.login();
  await downloading.opened;
  const during = valuesIn((await read(port)).text);
  downloads.open();
  await conversation.answerTo(said, ({ file }) => file !== undefined);
  await conversation.waitForLine(endOf(ref));
  const after = await read(port);
  const values = valuesIn(after.text);

  expect(before.status).toBe(200);
  expect(before.type).toMatch(/^text\/plain; version=0\.0\.4/);
  const first = valuesIn(before.text);
  expect(first.get(our('jobs_ended_total', '{outcome="complete"}'))).toBe(0);
  expect(first.get(our('events_active'))).toBe(1);
  expect(first.get(our('last_event_timestamp_seconds'))).toBe(0);
  expect(during.get(our('jobs_open', '{state="running"}'))).toBe(1);
  expect(during.get(our('oldest_job_age_seconds'))).toBeGreaterThan(0);
  const expected = {
    [our('jobs_ended_total', '{outcome="complete"}')]: 1,
    [our('conversations_total', '{bucket="exported"}')]: 12,
    [our('conversations_total', '{bucket="failed"}')]: 0,
    [our('requests_total', '{upstream="contact-center",status="429"}')]: 1,
    [our('requests_total', '{upstream="storage",status="200"}')]: 12,
    [our('jobs_open', '{state="running"}')]: 0,
    [our('oldest_job_age_seconds')]: 0,
    [our('budget_limit')]: 300,
    // The count, a page of the search, two batches of captures, and the one that was refused.
    [our('budget_used')]: 5,
    [our('grants')]: 1,
    [our('events_active')]: 1,
    [our('ready')]: 1,
  };
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, values.get(name)]))).toEqual(
    expected,
  );
  expect(values.get(our('last_event_timestamp_seconds'))).toBeGreaterThan(Date.now() / 1_000 - 60);
  for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes']) {
    expect(values.get(name), name).toBeGreaterThan(0);
  }
  const names = [...after.text.matchAll(/^# TYPE wxcc_export_(\w+) (\w+)$/gm)];
  expect(names.map(([, name, type]) => [name, type])).toEqual(
    metricRows.map(([name, type]) => [name, type]),
  );
  for (const secret of [webex.people.admin.email, webex.people.admin.displayName, ref, 'http://']) {
    expect(after.text).not.toContain(secret);
  }
  expect(await read(port, '/healthz')).toMatchObject({ status: 404 });
  expect((await request(`${conversation.sandbox.publicUrl}/metrics`)).statusCode).toBe(404);
});
