import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { loginLinkIn } from '../../src/sandbox/sign-in.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { type Conversation, startConversation } from '../helpers/sandbox.ts';

export const oneTask = { tasks: [{ id: '11111111-1111-4111-8111-111111111111' }] };
export const hasFile = ({ file }: Pick<Message, 'file'>) => file !== undefined;

type Ask = Parameters<typeof request>[1];

/** The running service with a stranger in front of it. */
export async function startAttack(options: Parameters<typeof startConversation>[0] = {}) {
  const conversation = await startConversation({ dataset: oneTask, ...options });
  const { publicUrl, webex } = conversation.sandbox;
  const ask = async (path: string, options: Ask = {}) => {
    const answer = await request(`${publicUrl}${path}`, options);
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };
  const startLogin = async (link: string) => {
    const started = await ask(`${new URL(link).pathname}/start`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
        origin: publicUrl,
      },
      body: 'answer=continue',
    });
    return {
      authorizeUrl: new URL(String(started.headers['location'])),
      cookie: String(started.headers['set-cookie']).split(';')[0] ?? '',
    };
  };
  /** From the next card to where Webex sends the browser back. */
  const walkToCallback = async (person = webex.people.admin) => {
    const card = await conversation.waitForMessage(
      (message, kind) =>
        kind === 'created' &&
        loginLinkIn(message) !== undefined &&
        webex.message(message.id) !== undefined,
    );
    const link = loginLinkIn(card) ?? '';
    const { authorizeUrl, cookie } = await startLogin(link);
    webex.signIn.remembered = person;
    const approved = await request(authorizeUrl);
    await approved.body.dump();
    webex.signIn.remembered = undefined;
    const callback = new URL(String(approved.headers['location']));
    return { link, authorizeUrl, cookie, callback: `${callback.pathname}${callback.search}` };
  };
  return { ...conversation, conversation, ask, startLogin, walkToCallback };
}

export type Attack = Awaited<ReturnType<typeof startAttack>>;

/** Orders an export, signs in and waits for its file. */
export async function exportOnce(
  conversation: Conversation,
  text = 'export last 2 days',
): Promise<Message> {
  const said = conversation.say(text);
  await conversation.login();
  return conversation.answerTo(said, hasFile);
}

/** What the running service replaces or removes at this moment may be missing. */
export async function filesBelow(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    try {
      if ((await stat(path)).isFile()) files.set(name, await readFile(path, 'latin1'));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return files;
}

export const tokenCalls = ({ sandbox }: Conversation) =>
  sandbox.door.requests('POST /v1/access_token').length;
