import { connect } from 'node:net';
import { test } from 'vitest';
import { sign } from '../../src/webex/signature.ts';
import { inputsOf } from '../helpers/cards.ts';
import { refIn } from '../helpers/sandbox.ts';
import { forgedSignatures } from './data/forged-signatures.ts';
import { probePaths } from './data/probe-paths.ts';
import { type Attack, exportOnce, startAttack } from './rig.ts';
import { breachList, judge } from './threat.ts';

/** The event of a message, as Webex would send it. */
function eventOf(attack: Attack, messageId: string): string {
  const { webex } = attack.sandbox;
  const [hook] = webex.webhooks();
  return JSON.stringify({
    id: hook?.id,
    resource: 'messages',
    event: 'created',
    actorId: webex.people.admin.id,
    data: { id: messageId, roomId: webex.space.id, personId: webex.people.admin.id },
  });
}

const post = (attack: Attack, body: string | Buffer, signature?: string) =>
  attack.ask('/webex/events', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(signature !== undefined && { 'x-spark-signature': signature }),
    },
    body,
  });

test('C1: thirty forged signatures are refused, and nothing is asked for', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const body = eventOf(attack, 'Y2lzY29zcGFyazovL3VzL01FU1NBR0UvZm9yZ2Vk');
  // HTTP itself takes away a space before a value.
  const forged = forgedSignatures(Buffer.from(body), attack.webhookSecret).filter(
    ([what]) => what !== 'a leading space',
  );
  const before = attack.sandbox.door.requests().length;
  for (const [what, signature] of forged) {
    // What no client can put into a header is refused before it is sent.
    const answer = await post(attack, body, signature).catch(() => ({ status: 401 }));
    hold(answer.status === 401, `${what} was answered ${answer.status}`);
  }
  hold(attack.sandbox.door.requests().length === before, 'the bot asked for something');
  const elsewhere = await attack.ask('/webex/events', {
    method: 'POST',
    headers: { 'x-hub-signature': sign(Buffer.from(body), attack.webhookSecret) },
    body,
  });
  hold(elsewhere.status === 401, 'a signature in another header was taken');
  judge('C1', forged.length + 1, breaches);
});

test('C2: an event that comes a hundred times, and after a restart, is answered once', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const said = attack.say('status');
  await attack.answerTo(said);
  const body = eventOf(attack, said.id);
  const again = () => post(attack, body, sign(Buffer.from(body), attack.webhookSecret));
  await Promise.all(Array.from({ length: 100 }, again));
  await attack.bot.stop();
  await attack.conversation.restart();
  await again();
  await attack.answerTo(attack.say('whoami'));
  const { webex } = attack.sandbox;
  const answers = webex.messages(webex.space.id).filter(({ parentId }) => parentId === said.id);
  hold(answers.length === 1, `${answers.length} answers`);
  judge('C2', 101, breaches);
});

test('C3: events are taken at once while exports run', async () => {
  const attack = await startAttack({ dataset: { kind: 'chats', count: 600, days: 1 } });
  const { breaches, hold } = breachList();
  await exportOnce(attack.conversation);
  const running = attack.say('export last 2 days');
  const times: number[] = [];
  for (let number = 0; number < 60; number++) {
    const body = eventOf(attack, `unknown-${number}`);
    const startedMs = performance.now();
    const { status } = await post(attack, body, sign(Buffer.from(body), attack.webhookSecret));
    times.push(performance.now() - startedMs);
    hold(status === 200, `answered ${status}`);
  }
  await attack.answerTo(running, ({ text }) => /found/.test(text));
  times.sort((a, b) => a - b);
  const p95 = times[56] ?? Number.NaN;
  hold(p95 < 1_000, `95 % took up to ${Math.round(p95)} ms`);
  judge('C3', times.length, breaches);
});

test('C4: large bodies are cut off, and slow ones keep nobody waiting', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const large = Buffer.alloc(65 * 1_024 + 1, 'x');
  const answers = await Promise.all(
    Array.from({ length: 10 }, () =>
      post(attack, large, sign(large, attack.webhookSecret)).catch(() => ({ status: 413 })),
    ),
  );
  for (const { status } of answers) hold(status === 413, `a large body was answered ${status}`);
  const { port } = new URL(attack.sandbox.publicUrl);
  const slow = Array.from({ length: 200 }, () => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST /webex/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx');
    return socket;
  });
  const startedMs = performance.now();
  const { status } = await attack.ask('/healthz');
  hold(status === 200 && performance.now() - startedMs < 2_000, 'slow bodies keep others waiting');
  for (const socket of slow) socket.destroy();
  judge('C4', answers.length + slow.length, breaches);
});

test('C5: deep and poisoned JSON leaves the bot as it was', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
  const bodies = [
    deep,
    '{"__proto__":{"polluted":true},"resource":"messages","event":"created","data":{"id":"x"}}',
    '{"constructor":{"prototype":{"polluted":true}},"resource":"messages"}',
    '{"resource":"messages","event":"created","data":{"id":{"__proto__":[]}}}',
  ];
  for (const body of bodies) {
    const { status } = await post(attack, body, sign(Buffer.from(body), attack.webhookSecret));
    hold(status === 200 || status === 400, `answered ${status}`);
  }
  const alive = await attack.answerTo(attack.say('status'));
  hold(/Nothing of yours/.test(alive.text), 'the bot does not answer any more');
  judge('C5', bodies.length, breaches);
});

test('C6: a button that is forged, of somebody else, of another card, or pressed again, does nothing', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const { webex, door } = attack.sandbox;
  const { admin, secondAdmin, colleague, outsider } = webex.people;
  webex.addMember(webex.space.id, outsider);
  const ordered = attack.say('export last 2 days');
  const ref = refIn(await attack.answerTo(ordered));
  await attack.waitForMessage(({ card }) => card !== undefined);
  const card = await attack.answerTo(attack.say('status'));
  const other = await attack.answerTo(attack.say('help'));
  const inputs = inputsOf(card, `Cancel ${ref}`);
  const form = inputsOf(other, 'Start the export');
  const before = door.requests('POST /search').length;
  let attempts = 0;
  const press = async (person: typeof admin, on: typeof card, given: Record<string, unknown>) => {
    attempts++;
    webex.press({ person, messageId: on.id, inputs: given });
    const answer = await attack.waitForMessage(
      ({ parentId, roomId }, kind) =>
        kind === 'created' && (parentId === on.parentId || roomId !== on.roomId),
    );
    hold(!/^Stopping|^Exporting/.test(answer.text), `"${answer.text}" to ${person.email}`);
  };
  for (const person of [colleague, outsider, secondAdmin]) {
    await press(person, card, inputs);
    await press(person, other, form);
  }
  for (const button of ['', 'x', 'A'.repeat(43), ref, card.id, 0, null, {}, ['x']]) {
    await press(admin, card, { button });
  }
  await press(admin, other, inputs);
  await press(admin, card, form);
  // Told of by nobody but the sender.
  for (const person of [colleague, secondAdmin, admin]) {
    attempts++;
    const body = JSON.stringify({
      resource: 'attachmentActions',
      event: 'created',
      actorId: person.id,
      data: { id: 'made-up', type: 'submit', personId: person.id, roomId: webex.space.id },
    });
    await post(attack, body, sign(Buffer.from(body), attack.webhookSecret));
  }
  const alive = await attack.answerTo(attack.say('status'));
  hold(/waits for your sign-in/.test(alive.text), 'the export was touched');
  hold(door.requests('POST /search').length === before, 'something was started');
  // Its own press, and the same again fifty times: one answer.
  const own = webex.press({ person: admin, messageId: other.id, inputs: form });
  await attack.answerTo({ ...other, id: other.parentId ?? '' }, ({ text }) =>
    /^Exporting/.test(text),
  );
  const told = webex.deliveries().find(({ body }) => body.includes(own.id))?.body ?? '';
  const again = Array.from({ length: 50 }, () =>
    post(attack, told, sign(Buffer.from(told), attack.webhookSecret)),
  );
  await Promise.all(again);
  attempts += again.length;
  await attack.answerTo(attack.say('status'));
  const started = webex.messages(webex.space.id).filter(({ text }) => /^Exporting/.test(text));
  hold(started.length === 2, `${started.length} exports were accepted`);
  judge('C6', attempts, breaches);
});

test('C7: probes learn nothing', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const telling = /express|node_modules|\/dist\/|at \w+ \(|wxcc-export|0\.1\.0|grants|Error:/i;
  for (const path of probePaths) {
    const answer = await attack.ask(path).catch(() => undefined);
    if (!answer) continue;
    hold(answer.status >= 400 || path.startsWith('/?'), `${path} was answered ${answer.status}`);
    hold(
      !telling.test(`${JSON.stringify(answer.headers)}${answer.text}`),
      `${path} tells something`,
    );
  }
  for (const method of ['TRACE', 'PUT', 'DELETE', 'OPTIONS'] as const) {
    const { status } = await attack.ask('/webex/events', { method });
    hold(status >= 400, `${method} was answered ${status}`);
  }
  judge('C7', probePaths.length, breaches);
});

test('C8: every answer has the headers that it needs', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  const paths = [
    '/healthz',
    '/readyz',
    '/login/x',
    '/login/x/start',
    '/oauth/callback',
    '/oauth/done',
  ];
  const answers = [
    ...(await Promise.all([...paths, '/', '/x', '/oauth/x'].map((path) => attack.ask(path)))),
    await post(attack, 'x'),
  ];
  const demanded = {
    'content-security-policy': /default-src 'none'/,
    'x-content-type-options': /nosniff/,
    'x-frame-options': /deny/i,
    'cache-control': /no-store/,
    'referrer-policy': /no-referrer|same-origin/,
  };
  for (const { headers, status } of answers) {
    for (const [name, value] of Object.entries(demanded)) {
      hold(value.test(String(headers[name])), `an answer ${status} has ${name}: ${headers[name]}`);
    }
    hold(headers['x-powered-by'] === undefined, 'the framework is named');
  }
  judge('C8', answers.length, breaches);
});
