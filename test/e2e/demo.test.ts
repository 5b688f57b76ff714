import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { signInThrough } from '../../src/sandbox/sign-in.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { readSheets } from '../helpers/workbook.ts';

const entry = fileURLToPath(new URL('../../dist/sandbox/main.js', import.meta.url));

const Shown = z.object({
  kind: z.enum(['created', 'edited', 'deleted']),
  message: z.object({
    id: z.string(),
    html: z.string(),
    card: z.object({ actions: z.array(z.object({ url: z.string() })) }).optional(),
    file: z.object({ name: z.string() }).optional(),
  }),
});

/** The built demo as `npm run demo` starts it, with a folder of its own for all that is temporary. */
async function startDemo(...args: readonly string[]) {
  const folder = await makeTempFolder();
  const child = spawn(process.execPath, [entry, ...args], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill());
  const printed: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => printed.push(line));
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    printed,
    exited,
    complaints: () => complaints,
    interrupt: () => child.kill('SIGINT'),
    firstLine: () => new Promise<string>((resolve) => lines.once('line', resolve)),
    leftBehind: () => readdir(folder),
  };
}

test('holds the conversation of the README and leaves nothing behind but the workbook', async () => {
  const out = join(await makeTempFolder(), 'exports');
  const demo = await startDemo('--say', 'export last 7 days', '--out', out);
  const code = await demo.exited;
  const [name = '', ...others] = await readdir(out);
  const sheets = await readSheets(await readFile(join(out, name)));

  expect({ code, complaints: demo.complaints() }).toEqual({ code: 0, complaints: '' });
  expect(others).toEqual([]);
  expect([...sheets.keys()]).toEqual(['Summary', 'Conversations', 'Messages', 'Not exported']);
  // In the order in which a person meets them.
  const text = demo.printed.join('\n');
  const steps = [
    /Exporter export last 7 days/,
    /Exporting live chat, all queues: /,
    /\| \[Sign in\]/,
    /I need you to sign in first\./,
    /the browser says: You are signed in/,
    /You are signed in\. Export \w{4} continues\./,
    /\d+ found · \d+ exported/,
  ];
  const places = steps.map((step) => text.search(step));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(await demo.leftBehind()).toEqual([]);
});

test('shows a page on which a person gets from the command to the workbook, and ends with Ctrl-C', async () => {
  const demo = await startDemo();
  const [url = ''] = /http:\S+/.exec(await demo.firstLine()) ?? [];
  const api = (path: string, body?: unknown) =>
    fetch(`${url}/api/${path}`, {
      ...(body !== undefined && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  const [admin] = z.array(z.object({ id: z.string() })).parse(await (await api('people')).json());
  const person = admin?.id ?? '';
  const { spaces } = z
    .object({ spaces: z.array(z.object({ id: z.string() })) })
    .parse(await (await api(`spaces?person=${person}`)).json());
  const stream = await api(`events?person=${person}`);
  const said = await api('messages', { person, space: spaces[0]?.id, text: 'export last 7 days' });

  const texts: string[] = [];
  let bytes: Buffer | undefined;
  for await (const { kind, message } of readEvents(stream)) {
    if (kind !== 'created') continue;
    texts.push(message.html);
    const link = message.card?.actions[0]?.url;
    if (link !== undefined) await signInThrough(link, { id: person });
    if (!message.file) continue;
    bytes = Buffer.from(await (await api(`files/${message.id}?person=${person}`)).arrayBuffer());
    break;
  }
  demo.interrupt();
  const code = await demo.exited;

  expect(said.status).toBe(201);
  expect(texts.join()).toMatch(/found.* exported/);
  expect((await readSheets(bytes)).has('Messages')).toBe(true);
  expect({ code, complaints: demo.complaints() }).toEqual({ code: 0, complaints: '' });
  expect(await demo.leftBehind()).toEqual([]);
  await expect(fetch(url)).rejects.toThrow();
});

/** What the page is told, as it happens. */
async function* readEvents(stream: Response) {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of stream.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      // What comes under a name is not a message.
      const json = /^data: (.*)$/m.exec(event)?.[1];
      if (event.startsWith('event: ')) continue;
      if (json !== undefined) yield Shown.parse(JSON.parse(json));
    }
  }
}
