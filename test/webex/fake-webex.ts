import type { ServerResponse } from 'node:http';
import { type ReceivedRequest, startTestServer } from '../helpers/server.ts';
import { idOf, linesOf, personJson, sendDated, testNowMs } from './support.ts';

type Json = Record<string, unknown>;

/** What a route does instead of answering properly; `never` answers nothing at all. */
export type Fault = { status: number; headers?: Record<string, string>; body?: unknown } | 'never';

const botName = 'Export Bot';
export const botId = idOf('PEOPLE', botName);
export const reportsId = idOf('ROOM', 'reports');

/** Just enough of Webex for a listener: what exists is in maps, what goes wrong in a script. */
export async function startFakeWebex() {
  const things = new Map<string, Json>();
  const webhooks = new Map<string, Json>();
  const memberships: Json[] = [];
  const faults: { readonly route: RegExp; readonly list: (Fault | 'pass')[] }[] = [];
  let created = 0;

  const put = (path: string, thing: Json): string => {
    things.set(path, thing);
    return String(thing['id']);
  };
  put('/v1/people/me', personJson(botName, { type: 'bot', emails: ['export@webex.bot'] }));

  const answer = (request: ReceivedRequest, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.path, 'http://fake');
    const id = pathname.split('/').at(-1) ?? '';
    if (pathname.startsWith('/v1/webhooks')) return webhookRoute(request, id, response);
    if (pathname === '/v1/memberships') {
      const roomId = searchParams.get('roomId');
      const items = memberships.filter((one) => roomId === null || one['roomId'] === roomId);
      return sendDated(response, 200, { items });
    }
    const thing = things.get(pathname);
    return sendDated(response, thing ? 200 : 404, thing ?? { message: 'not found' });
  };

  const webhookRoute = (request: ReceivedRequest, id: string, response: ServerResponse) => {
    const sent: Json = request.body === '' ? {} : JSON.parse(request.body);
    switch (request.method) {
      case 'POST': {
        const webhook = { status: 'active', ...sent, id: idOf('WEBHOOK', `webhook ${++created}`) };
        webhooks.set(webhook.id, webhook);
        return sendDated(response, 200, webhook);
      }
      case 'PUT':
        webhooks.set(id, { ...webhooks.get(id), ...sent });
        return sendDated(response, 200, webhooks.get(id));
      case 'DELETE':
        return sendDated(response, webhooks.delete(id) ? 204 : 404, undefined);
      default:
        return sendDated(response, 200, { items: [...webhooks.values()] });
    }
  };

  const server = await startTestServer((request, response) => {
    const line = `${request.method} ${request.path}`;
    const fault = faults
      .find(({ route, list }) => route.test(line) && list.length > 0)
      ?.list.shift();
    if (fault === 'never') return;
    if (fault === undefined || fault === 'pass') return answer(request, response);
    sendDated(response, fault.status, fault.body ?? {}, fault.headers);
  });

  return {
    url: server.url,
    requests: server.requests,
    webhooks,
    memberships,
    /** `GET /v1/people/…` and so on, in the order of arrival. */
    lines: () => linesOf(server),
    /** The next requests to a route go wrong as listed; after the list all is well again. */
    script: (route: RegExp, ...list: (Fault | 'pass')[]) => void faults.push({ route, list }),
    person: (name: string, changes: Json = {}) => {
      const person = personJson(name, changes);
      return put(`/v1/people/${String(person['id'])}`, person);
    },
    room: (id: string, title: string) =>
      put(`/v1/rooms/${id}`, { id, title, type: 'group', isPublic: false }),
    /** The bot is in a space from the beginning. */
    joined: (roomId: string) => memberships.push(membershipJson(roomId)),
    membership: (roomId: string, changes: Json = {}) => {
      const membership = membershipJson(roomId, changes);
      return put(`/v1/memberships/${String(membership['id'])}`, membership);
    },
    message: (name: string, changes: Json = {}) => {
      const id = idOf('MESSAGE', name);
      const created = new Date(testNowMs - 1_000).toISOString();
      const message = { ...messageJson, id, created, ...changes };
      return put(`/v1/messages/${id}`, message);
    },
    action: (name: string, changes: Json = {}) => {
      const id = idOf('ATTACHMENT_ACTION', name);
      const created = new Date(testNowMs - 1_000).toISOString();
      return put(`/v1/attachment/actions/${id}`, { ...actionJson, id, created, ...changes });
    },
  };
}

export type FakeWebex = Awaited<ReturnType<typeof startFakeWebex>>;

const messageJson = {
  roomId: reportsId,
  roomType: 'group',
  personId: idOf('PEOPLE', 'ana'),
  personEmail: 'ana@example.org',
  text: 'Export export today',
  html: `<spark-mention data-object-type="person" data-object-id="${botId}">Export</spark-mention> export today`,
  mentionedPeople: [botId],
};

const actionJson = {
  type: 'submit',
  messageId: idOf('MESSAGE', 'card'),
  roomId: reportsId,
  personId: idOf('PEOPLE', 'ana'),
  inputs: { answer: 'yes' },
};

function membershipJson(roomId: string, changes: Json = {}): Json {
  return {
    id: idOf('MEMBERSHIP', roomId.slice(-16)),
    ...{ roomId, roomType: 'group', personId: botId, personEmail: 'export@webex.bot' },
    created: new Date(testNowMs - 1_000).toISOString(),
    ...changes,
  };
}
