import { gzipSync } from 'node:zlib';
import { test } from 'vitest';
import { createTranscriptDownloads } from '../../src/contact-center/downloads.ts';
import { createLinkGuard } from '../../src/http/link-guard.ts';
import { uuidFor } from '../../src/sandbox/dataset/task.ts';
import type { Fault } from '../../src/sandbox/door-faults.ts';
import { silent } from '../contact-center/fake.ts';
import { runExport, startRig } from '../export/rig.ts';
import { readAccount } from '../helpers/account.ts';
import { createTestClock } from '../helpers/clock.ts';
import { startTestServer } from '../helpers/server.ts';
import { hostileLinks } from './data/hostile-links.ts';
import { breachList, judge } from './threat.ts';

test('F1: links that lead inside connect to nothing', async () => {
  const { breaches, hold } = breachList();
  let heard = 0;
  const trap = await startTestServer((_request, response) => {
    heard++;
    response.end('[]');
  });
  const downloads = createTranscriptDownloads({
    allowedHosts: ['good.example'],
    clock: createTestClock(),
    log: silent,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  });
  for (const link of hostileLinks) {
    const url = link.replaceAll('PORT', new URL(trap.url).port);
    const isRefused = await downloads.download({ url }).then(
      () => false,
      () => true,
    );
    hold(isRefused, `${link} was followed`);
  }
  await downloads.close();
  hold(heard === 0, `${heard} requests arrived`);
  judge('F1', hostileLinks.length, breaches);
}, 60_000);

/** One conversation whose file is answered like this, in an export of its own. */
async function exportWith(fault: Fault) {
  const id = uuidFor('the bad one');
  const rig = await startRig({
    dataset: { tasks: [{ id }] },
    limits: { attemptMs: 300, totalMs: 1_000 },
  });
  rig.door.script(`GET /files/${id}.0`, [fault], { repeat: true });
  await runExport(rig);
  const account = await readAccount(rig.files()[0]?.file?.bytes);
  return { rig, bucket: account.missing.get(id)?.bucket, requests: rig.door.requests() };
}

test('F2: a redirect of the storage is not followed', async () => {
  const { breaches, hold } = breachList();
  const trap = await startTestServer((_request, response) => void response.end('[]'));
  const statuses = [301, 302, 303, 307, 308];
  for (const status of statuses) {
    const { bucket } = await exportWith({ status, headers: { location: `${trap.url}/x` } });
    hold(bucket === 'failed', `${status}: ${bucket}`);
  }
  hold(trap.requests.length === 0, 'a redirect was followed');
  judge('F2', statuses.length, breaches);
});

test('F3: a name that changes to an address inside is refused when it is connected', async () => {
  const { breaches, hold } = breachList();
  for (const inside of ['127.0.0.1', '169.254.169.254', '::ffff:10.0.0.1']) {
    let asked = 0;
    const guard = createLinkGuard(
      { listed: undefined, isTrusted: () => true, setting: 'HOSTS' },
      async () => {
        asked++;
        const address = asked === 1 ? '8.8.8.8' : inside;
        return [{ address, family: address.includes(':') ? 6 : 4 }];
      },
    );
    const lookUp = () =>
      new Promise<boolean>((resolve) => {
        guard.lookup('good.example', { all: true }, (error) => resolve(error === null));
      });
    hold(await lookUp(), 'the public address was refused');
    hold(!(await lookUp()), `${inside} was connected`);
  }
  judge('F3', 3, breaches);
});

test('F4: the storage gets no token, no cookie and no header of ours', async () => {
  const { breaches, hold } = breachList();
  const rig = await startRig({ dataset: { kind: 'chats', days: 3, count: 5 } });
  await runExport(rig);
  const requests = rig.door.requests('GET /files/:id');
  for (const { headers } of requests) {
    for (const name of ['authorization', 'cookie', 'trackingid', 'user-agent']) {
      hold(headers[name] === undefined, `${name} was sent`);
    }
  }
  judge('F4', requests.length, breaches);
});

test('F5: bombs fail at the cap', async () => {
  const { breaches, hold } = breachList();
  const bombs: Fault[] = [
    { body: gzipSync(Buffer.alloc(64 << 20)), headers: { 'content-encoding': 'gzip' } },
    { body: Buffer.alloc(20 << 20, 'x') },
  ];
  const before = process.memoryUsage().rss;
  for (const bomb of bombs) {
    const { bucket } = await exportWith(bomb);
    hold(bucket === 'failed', String(bucket));
  }
  hold(process.memoryUsage().rss - before < 300e6, 'the memory grew with the bomb');
  judge('F5', bombs.length, breaches);
});

test('F6: a drip ends at its deadline', async () => {
  const { breaches, hold } = breachList();
  const { bucket } = await exportWith({ drip: { everyMs: 50 } });
  hold(bucket === 'failed', String(bucket));
  judge('F6', 1, breaches);
});

test('F7: what is no transcript is said to be none', async () => {
  const { breaches, hold } = breachList();
  const faults: Fault[] = [
    { status: 200, body: '<html>busy</html>', headers: { 'content-type': 'text/html' } },
    { status: 200, body: Buffer.from([0xff, 0xfe, 0x00]) },
    { status: 200, body: '{"unknown":1}' },
    { status: 200, body: '' },
  ];
  for (const fault of faults) {
    const { bucket } = await exportWith(fault);
    hold(bucket === 'failed', JSON.stringify(fault));
  }
  judge('F7', faults.length, breaches);
});

test('F8: no name of anybody reaches the name of a file', async () => {
  const { breaches, hold } = breachList();
  const titles = ['../../x', 'a\r\nb', '\u202Egnp.exe', 'C:\\x', '/etc/passwd'];
  for (const title of titles) {
    const rig = await startRig({ dataset: { tasks: [{ id: uuidFor(title) }] } });
    rig.webex.changeSpace(rig.webex.space.id, { title });
    const order = rig.orderOfAdmin();
    await runExport(rig, { place: { ...order.place, title } });
    const name = rig.files()[0]?.file?.name ?? '';
    hold(/^wxcc-conversations_[\d_-]+_\w{4}\.xlsx$/.test(name), name);
  }
  judge('F8', titles.length, breaches);
});
