import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDoor } from '../../src/sandbox/door.ts';
import { holdConversation } from '../../src/sandbox/say.ts';
import { startWebex, type Webex } from '../../src/sandbox/webex/webex.ts';
import { startTestServer, type TestServer } from '../helpers/server.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const accepted = 'Exporting chats. Ref E7K2 · `cancel E7K2` stops it.';
const finished = '**3 found** · 2 exported · 1 still open (sheet "Not exported") · ref E7K2 · 2 s.';

interface Hands {
  /** In the thread of what was said, with a file where one is named. */
  reply(markdown: string, fileName?: string): Promise<void>;
  /** Sends a login card directly and waits until somebody has signed in through it. */
  askToSignIn(): Promise<void>;
}

/** Stands for the bot: what it does about a text. */
type Script = (text: string, hands: Hands) => Promise<void>;

async function hold(
  texts: readonly string[],
  script: Script,
  options: Partial<Parameters<typeof holdConversation>[1]> = {},
) {
  const door = createDoor();
  const login = await startLogin(() => webex);
  const webex = await startWebex({ door, redirectUris: [login.callbackUrl] });
  onTestFinished(() => webex.close());
  const acts: Promise<void>[] = [];
  webex.onMessage(({ message }) => {
    if (message.author !== webex.people.admin) return;
    const thread = { roomId: message.roomId, parentId: message.id };
    const hands: Hands = {
      reply: (markdown, fileName) => post(webex, { ...thread, markdown }, fileName),
      askToSignIn: async () => {
        await post(webex, { toPersonId: webex.people.admin.id, text: 'Sign in.', ...login.card });
        await post(webex, { ...thread, markdown: 'I need you to sign in first.' });
        await login.done;
      },
    };
    acts.push(script(message.text.replace('Exporter ', ''), hands));
  });
  const lines: string[] = [];
  const problem = await holdConversation(texts, {
    webex,
    door,
    outDir: await makeTempFolder(),
    print: (line) => lines.push(line),
    signal: new AbortController().signal,
    ...options,
  });
  await Promise.all(acts);
  return { problem, lines };
}

async function post(webex: Webex, fields: Readonly<Record<string, unknown>>, fileName?: string) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
  if (fileName) form.set('files', new File(['workbook'], fileName));
  const answer = await fetch(`${webex.apiUrl}/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${webex.botToken}`,
      ...(!fileName && { 'content-type': 'application/json' }),
    },
    body: fileName ? form : JSON.stringify(fields),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** A start page and a callback around the sandbox's own sign-in page. */
async function startLogin(webex: () => Webex) {
  const server: TestServer = await startTestServer(({ path }, response) => {
    if (path === '/login') {
      response.end(
        '<form method="post" action="/start"><button name="answer" value="continue"></form>',
      );
    } else if (path === '/start') {
      response.writeHead(303, { location: authorizeUrl(webex(), callbackUrl) }).end();
    } else {
      response.end('<h1>You are <em>in</em></h1>');
      finish(undefined);
    }
  });
  const callbackUrl = `${server.url}/callback`;
  let finish: (value: unknown) => void = () => undefined;
  const done = new Promise((resolve) => {
    finish = resolve;
  });
  const content = {
    type: 'AdaptiveCard',
    version: '1.3',
    body: [{ type: 'TextBlock', text: 'Please sign in' }],
    actions: [{ type: 'Action.OpenUrl', title: 'Sign in', url: `${server.url}/login` }],
  };
  const card = {
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
  };
  return { callbackUrl, card, done };
}

function authorizeUrl(webex: Webex, redirectUri: string): string {
  webex.signIn.pkce = 'ignored';
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: webex.integration.clientId,
    redirect_uri: redirectUri,
    scope: 'cjp:config_read',
    state: 'x',
  });
  return `${webex.apiUrl}/authorize?${parameters}`;
}

describe('a conversation without a browser', () => {
  it('signs in, keeps the file and prints who says what', async () => {
    const outDir = await makeTempFolder();
    const { problem, lines } = await hold(
      ['export last 7 days'],
      async (_text, { reply, askToSignIn }) => {
        await reply(accepted);
        await askToSignIn();
        await reply(finished, 'E7K2.xlsx');
      },
      { outDir },
    );
    expect(problem).toBeUndefined();
    expect(await readFile(join(outDir, 'E7K2.xlsx'), 'utf8')).toBe('workbook');
    expect(lines).toEqual([
      'Ana Petrova in CC reports:',
      '    Exporter export last 7 days',
      'Exporter in CC reports, in the thread:',
      '    Exporting chats. Ref E7K2 · cancel E7K2 stops it.',
      'Exporter in direct messages with Exporter:',
      '    | Please sign in',
      '    | [Sign in]',
      'Exporter in CC reports, in the thread:',
      '    I need you to sign in first.',
      'Ana Petrova signed in; the browser says: You are in',
      'Exporter in CC reports, in the thread:',
      '    3 found · 2 exported · 1 still open (sheet "Not exported") · ref E7K2 · 2 s.',
      expect.stringMatching(/^ {4}file: .*E7K2\.xlsx \(8 bytes\) -> .*E7K2\.xlsx$/),
    ]);
  });

  it('says one text after the answer to the other, and none after a failure', async () => {
    const heard: string[] = [];
    const { problem } = await hold(['help', 'export', 'status'], async (text, { reply }) => {
      heard.push(text);
      if (text === 'export') await reply(accepted);
      await reply(
        text === 'export' ? 'Export E7K2 failed. The search was refused.' : 'Here you are.',
      );
    });
    expect(heard).toEqual(['help', 'export']);
    expect(problem).toBe('The export did not succeed: Export E7K2 failed. The search was refused.');
  });

  it.each([
    ['a refused command', ['That date does not exist.'], 'did not start an export: That date'],
    [
      'a partial export',
      [accepted, '2 found · 1 exported · 1 failed · ref E7K2 · 2 s.'],
      '1 failed',
    ],
    ['a lost conversation', [accepted, '2 found · 1 exported · ref E7K2 · 2 s.'], 'not add up'],
    ['a missing file', [accepted, finished], 'without a workbook'],
    ['an unfinished login', [accepted, 'Nobody signed in, so export E7K2 has ended.'], 'has ended'],
  ])('reports %s', async (_what, replies, words) => {
    const { problem } = await hold(['export last 7 days'], async (_text, { reply }) => {
      for (const text of replies) await reply(text);
    });
    expect(problem).toContain(words);
  });

  it('takes a window without conversations for a success', async () => {
    const { problem } = await hold(['export today'], async (_text, { reply }) => {
      await reply(accepted);
      await reply('No conversations in today. Ref E7K2.');
    });
    expect(problem).toBeUndefined();
  });

  it('ends when nothing happens any more or somebody interrupts', async () => {
    const silent = async () => undefined;
    const quiet = await hold(['export'], silent, { silenceMs: 50 });
    const stopped = await hold(['export'], silent, { signal: AbortSignal.timeout(50) });
    expect(quiet.problem).toBe('Nothing happened any more after "export".');
    expect(stopped.problem).toBe('The conversation was interrupted.');
  });
});
