import { setTimeout as delay } from 'node:timers/promises';
import { Agent } from 'undici';
import { startSandbox } from '../../src/sandbox/sandbox.ts';

/** The pause the replaced script made before every chat. */
const pauseMs = 500;

interface ScriptRun {
  readonly chats: number;
  readonly apiLatencyMs: number;
  readonly fileLatencyMs: number;
  readonly pause: boolean;
}

/**
 * The plan of the script that this bot replaces: one page of Search, then chat after chat a pause, a
 * Captures call for one task, and one download.
 *
 * @returns milliseconds a chat
 */
export async function runScriptModel(run: ScriptRun): Promise<number> {
  const sandbox = await startSandbox({
    dataset: { kind: 'chats', count: run.chats, days: 6 },
    contactCenter: { requestsPerMinute: 1_000_000_000 },
  });
  const agent = new Agent();
  const { webex, contactCenter, door } = sandbox;
  const { accessToken } = webex.issueGrant(webex.people.admin);
  door.latency('contact-center', run.apiLatencyMs);
  door.latency('files', run.fileLatencyMs);
  const post = async (path: string, body: unknown) => {
    const { origin, pathname, search } = new URL(contactCenter.url + path);
    const answer = await agent.request({
      origin,
      path: pathname + search,
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`);
    // A tool of the bench reading answers of the bench's own server.
    return (await answer.body.json()) as never;
  };
  try {
    const startedMs = performance.now();
    const ids = await searchFirstPage(post);
    for (const id of ids) {
      if (run.pause) await delay(pauseMs);
      const link = await captureOne(post, webex.organizations.home.uuid, id);
      const { origin, pathname, search } = new URL(link);
      const file = await agent.request({ origin, path: pathname + search, method: 'GET' });
      await file.body.json();
    }
    if (ids.length !== run.chats) throw new Error(`the first page had ${ids.length} chats`);
    return (performance.now() - startedMs) / ids.length;
  } finally {
    await agent.close();
    await sandbox.close();
  }
}

type Post = (path: string, body: unknown) => Promise<never>;

async function searchFirstPage(post: Post): Promise<string[]> {
  const nowMs = Date.now();
  const found: { data: { taskDetails: { tasks: { id: string }[] } } } = await post('/search', {
    query: `query($from: Long!, $to: Long!) {
      taskDetails(from: $from, to: $to, filter: { channelType: { equals: chat } }) { tasks { id } }
    }`,
    variables: { from: nowMs - 7 * 86_400_000, to: nowMs },
  });
  return found.data.taskDetails.tasks.map(({ id }) => id);
}

async function captureOne(post: Post, orgId: string, id: string): Promise<string> {
  const captured: { data: { transcription: { filePath: string }[] }[] } = await post(
    '/v1/captures/query',
    { query: { orgId, taskIds: [id], urlExpiration: 60 } },
  );
  return captured.data[0]?.transcription[0]?.filePath ?? '';
}
