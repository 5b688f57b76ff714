/**
 * Measures how long people wait for the first sign of the bot, while exports run. A wait is counted from the
 * event of Webex to the end of the first post in the thread, with the latency of every call in between.
 */
import { startBot } from '../../src/sandbox/bot-process.ts';
import { createDoor } from '../../src/sandbox/door.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { type Person, type Sandbox, signIn } from './sign-in.ts';

const latencyMs = 50;
const exportsBeside = 5;
const rounds = 50;
const goalMs = 300;
const patienceMs = 60_000;

/** What is asked, but for exports, of which one person can have one at a time. */
const questions = ['status', 'history', 'schedules', 'exprot last week'];

const door = createDoor({ keep: 0 });
const sandbox = await startSandbox({ door, dataset: { kind: 'chats', count: 4_500, days: 6 } });
const { webex } = sandbox;
const people = Array.from({ length: exportsBeside }, (_, number) => addAdmin(number));
const bot = await startBot({
  env: sandbox.botEnv({
    ADMINS: [webex.people.admin, ...people].map(({ email }) => email).join(','),
  }),
});
try {
  for (const person of [webex.people.admin, ...people]) await signIn(sandbox, person);
  for (const service of ['webex', 'contact-center', 'files'] as const)
    door.latency(service, latencyMs);
  for (const person of people) await firstAnswer(person, 'export last 7 days');
  const waits: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const text of questions) waits.push(await firstAnswer(webex.people.admin, text));
    waits.push(await firstAnswer(webex.people.admin, 'export last 1 day queue "Sales"'));
    await firstAnswer(webex.people.admin, 'cancel');
  }
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.ceil(waits.length * share) - 1] ?? Number.NaN;
  print(
    `First answers beside ${exportsBeside} exports, ${latencyMs} ms a call, ${waits.length} commands: ` +
      `median ${at(0.5).toFixed(0)} ms, p95 ${at(0.95).toFixed(0)} ms, worst ${at(1).toFixed(0)} ms; ` +
      `that is ${(at(0.5) / latencyMs).toFixed(1)} and ${(at(0.95) / latencyMs).toFixed(1)} calls`,
  );
  if (at(0.95) > goalMs) {
    print(`  MISSED: p95 within ${goalMs} ms`);
    process.exitCode = 1;
  }
} finally {
  await bot.kill();
  await sandbox.close();
}

function addAdmin(number: number): Person {
  const { timezone: _, ...alike } = webex.people.admin;
  const person = webex.addPerson({
    ...alike,
    displayName: `Admin ${number}`,
    email: `admin-${number}@harbour.example`,
  });
  webex.addMember(webex.space.id, person);
  return person;
}

/** Until the post has been answered: what is on its way cannot be seen by anybody. */
function firstAnswer(person: Sandbox['webex']['people']['admin'], text: string): Promise<number> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer to ${text}`)), patienceMs);
    let id = '';
    const stop = webex.onMessage(({ kind, message }) => {
      if (kind !== 'created' || message.parentId !== id || id === '') return;
      clearTimeout(timer);
      stop();
      resolve(performance.now() - startedMs + latencyMs);
    });
    ({ id } = webex.say({ person, text }));
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
