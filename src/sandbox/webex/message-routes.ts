import express, { type Request, Router } from 'express';
import { z } from 'zod';
import type { AsCaller } from './callers.ts';
import { readCard } from './cards.ts';
import type { Directory, Person } from './directory.ts';
import { actionJson, messageJson } from './message.ts';
import type { Messages } from './messages.ts';
import { sendPage } from './paging.ts';
import { Refusal } from './refusal.ts';
import { idIn, parse, queryText, requiredQueryText } from './requests.ts';
import type { Room, Spaces } from './spaces.ts';
import { readUpload } from './upload.ts';

interface Deps {
  readonly asCaller: AsCaller;
  readonly directory: Directory;
  readonly spaces: Spaces;
  readonly messages: Messages;
  readonly apiUrl: () => string;
  readonly pageCap: number;
  readonly maxFileBytes: number;
  /** People who cannot be written to directly. */
  readonly unreachable: ReadonlySet<string>;
}

const text = z.string();

const NewMessage = z.object({
  roomId: text.optional(),
  toPersonId: text.optional(),
  toPersonEmail: text.optional(),
  parentId: text.optional(),
  text: text.optional(),
  markdown: text.optional(),
  files: z.array(z.unknown()).max(1, 'Only one file is allowed per message.').optional(),
  attachments: z.unknown().optional(),
});
type NewMessage = z.infer<typeof NewMessage>;

const EditedMessage = z.object({
  roomId: text,
  text: text.optional(),
  markdown: text.optional(),
});

export function createMessageRoutes(deps: Deps): Router {
  const { asCaller, spaces, messages, apiUrl } = deps;
  const json = express.json({ limit: '1mb' });
  const contentsUrl = () => `${apiUrl()}/contents`;
  const router = Router();

  router.post(
    '/messages',
    json,
    asCaller('spark:messages_write', async (author, request, response) => {
      const { given, file } = await readMessage(request, deps.maxFileBytes);
      if (given.files?.length) {
        throw new Refusal(400, 'The sandbox fetches no files: upload them as multipart/form-data.');
      }
      const message = messages.post({
        author,
        room: targetRoom(deps, author, given),
        ...(given.parentId && { parentId: given.parentId }),
        text: given.text,
        markdown: given.markdown,
        file,
        card: given.attachments === undefined ? undefined : readCard(given.attachments),
      });
      response.json(messageJson(message, contentsUrl()));
    }),
  );
  router.get(
    '/messages',
    asCaller('spark:messages_read', (caller, request, response) => {
      const room = spaces.roomFor(caller, requiredQueryText(request, 'roomId'));
      const mentioned = queryText(request, 'mentionedPeople');
      if (caller.type === 'bot' && room.type === 'group' && mentioned !== 'me') {
        throw new Refusal(403, 'A bot lists messages of a group space with mentionedPeople=me.');
      }
      const parentId = queryText(request, 'parentId');
      const found = messages
        .inRoom(room.id)
        .filter((message) => parentId === undefined || message.parentId === parentId)
        .filter(({ mentionedPeople }) => mentioned !== 'me' || mentionedPeople.includes(caller.id))
        .reverse()
        .map((message) => messageJson(message, contentsUrl()));
      sendPage(request, response, found, { usual: 50, cap: deps.pageCap, apiUrl: apiUrl() });
    }),
  );
  router.get(
    '/messages/:id',
    asCaller('spark:messages_read', (caller, request, response) => {
      const message = messages.messageFor(caller, idIn(request));
      response.json(messageJson(message, contentsUrl()));
    }),
  );
  router.put(
    '/messages/:id',
    json,
    asCaller('spark:messages_write', (caller, request, response) => {
      const message = messages.edit(caller, idIn(request), parse(EditedMessage, request.body));
      response.json(messageJson(message, contentsUrl()));
    }),
  );
  router.delete(
    '/messages/:id',
    asCaller('spark:messages_write', (caller, request, response) => {
      messages.delete(caller, idIn(request));
      response.status(204).end();
    }),
  );
  router.get(
    '/attachment/actions/:id',
    asCaller('spark:messages_read', (caller, request, response) => {
      response.json(actionJson(messages.actionFor(caller, idIn(request))));
    }),
  );
  // Express answers HEAD with what GET would send, without the body.
  router.get(
    '/contents/:id',
    asCaller('spark:messages_read', (caller, request, response) => {
      const { name, contentType, bytes } = messages.fileFor(caller, idIn(request));
      response.attachment(name).setHeader('content-type', contentType).send(bytes);
    }),
  );
  return router;
}

async function readMessage(request: Request, maxFileBytes: number) {
  if (!request.is('multipart/form-data')) {
    return { given: parse(NewMessage, request.body), file: undefined };
  }
  const { fields, files } = await readUpload(request, maxFileBytes);
  if (files.length > 1) throw new Refusal(400, 'Only one file is allowed per message.');
  const given = parse(NewMessage, { ...fields, attachments: undefined });
  if (fields['attachments'] !== undefined) {
    throw new Refusal(400, 'A message cannot hold a file and a card.');
  }
  return { given, file: files[0] };
}

function targetRoom(
  { spaces, directory, unreachable }: Deps,
  author: Person,
  { roomId, toPersonId, toPersonEmail }: NewMessage,
): Room {
  const targets = [roomId, toPersonId, toPersonEmail].filter((target) => target !== undefined);
  if (targets.length !== 1) {
    throw new Refusal(400, 'Exactly one of roomId, toPersonId and toPersonEmail is required.');
  }
  if (roomId !== undefined) return spaces.roomFor(author, roomId);
  const person =
    toPersonId !== undefined ? directory.byId(toPersonId) : directory.byEmail(toPersonEmail ?? '');
  if (!person) throw new Refusal(404, 'Could not find a person with provided ID or email.');
  if (person.id === author.id) throw new Refusal(400, 'A message to oneself is not possible.');
  if (person.type === 'bot' && author.type === 'bot') {
    throw new Refusal(403, 'A bot cannot write to a bot.');
  }
  if (unreachable.has(person.id)) throw new Refusal(403, 'This person cannot be written to.');
  return spaces.directBetween(author, person);
}
