import express, { type Response, Router } from 'express';
import { z } from 'zod';
import type { Person } from '../webex/directory.ts';
import { Refusal } from '../webex/refusal.ts';
import { idIn, parse, queryText } from '../webex/requests.ts';
import type { Webex } from '../webex/webex.ts';
import { directKey, messageView } from './view.ts';

const Said = z.object({
  person: z.string(),
  space: z.string(),
  text: z.string().trim().min(1),
  parentId: z.string().optional(),
});
const Pressed = z.object({
  person: z.string(),
  messageId: z.string(),
  inputs: z.record(z.string(), z.unknown()),
});
const Joined = z.object({ person: z.string() });

const keepAliveMs = 15_000;

/** What the page asks and does, on behalf of whichever person it shows. */
export function createPageApi(webex: Webex): Router {
  const { people, bot, space: groupSpace } = webex;
  const everybody = [
    { person: people.admin, note: 'admin' },
    { person: people.secondAdmin, note: 'second admin' },
    { person: people.colleague, note: 'not an admin' },
    { person: people.outsider, note: 'from outside' },
  ];
  const personWith = (id: string | undefined): Person => {
    const found = everybody.find(({ person }) => person.id === id);
    if (!found) throw new Refusal(404, 'There is no such person.');
    return found.person;
  };
  const roomIdOf = (person: Person, space: string) =>
    space === directKey
      ? webex.spacesOf(person).find(({ type }) => type === 'direct')?.id
      : webex.isMember(space, person)
        ? space
        : undefined;

  const router = Router();
  router.use(express.json());
  router.get('/people', (_request, response) => {
    response.json(
      everybody.map(({ person, note }) => ({ id: person.id, name: person.displayName, note })),
    );
  });
  router.get('/spaces', (request, response) => {
    const person = personWith(queryText(request, 'person'));
    const groups = webex.spacesOf(person).filter(({ type }) => type === 'group');
    response.json({
      spaces: [
        ...groups.map(({ id, title }) => ({ id, title, mentions: bot.displayName })),
        { id: directKey, title: bot.displayName },
      ],
      joinable: webex.isMember(groupSpace.id, person) ? undefined : groupSpace.title,
    });
  });
  router.get('/messages', (request, response) => {
    const person = personWith(queryText(request, 'person'));
    const roomId = roomIdOf(person, queryText(request, 'space') ?? '');
    response.json(roomId === undefined ? [] : webex.messages(roomId).map(messageView));
  });
  router.post('/messages', (request, response) => {
    const said = parse(Said, request.body);
    const person = personWith(said.person);
    const isDirect = said.space === directKey;
    const message = webex.say({
      person,
      roomId: isDirect ? webex.directSpace(person).id : said.space,
      text: said.text,
      ...(said.parentId !== undefined && { parentId: said.parentId }),
    });
    response.status(201).json(messageView(message));
  });
  router.post('/actions', (request, response) => {
    const { person, messageId, inputs } = parse(Pressed, request.body);
    webex.press({ person: personWith(person), messageId, inputs });
    response.status(204).end();
  });
  router.post('/memberships', (request, response) => {
    const { person } = parse(Joined, request.body);
    webex.addMember(groupSpace.id, personWith(person));
    response.status(204).end();
  });
  router.get('/files/:id', (request, response) => {
    const message = webex.message(idIn(request));
    const person = personWith(queryText(request, 'person'));
    if (!message?.file || !webex.isMember(message.roomId, person)) {
      throw new Refusal(404, 'There is no such file.');
    }
    const { name, contentType, bytes } = message.file;
    response.attachment(name).setHeader('content-type', contentType).send(bytes);
  });
  router.get('/events', (request, response) => {
    const person = personWith(queryText(request, 'person'));
    const send = openStream(response);
    const stop = webex.onMessage(({ kind, message }) => {
      if (webex.isMember(message.roomId, person)) send({ kind, message: messageView(message) });
    });
    response.once('close', stop);
  });
  return router;
}

/** Server-sent events; the comment now and then keeps the connection from being given up. */
function openStream(response: Response): (data: unknown) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': hello\n\n');
  const timer = setInterval(() => response.write(': still here\n\n'), keepAliveMs);
  response.once('close', () => clearInterval(timer));
  return (data) => response.write(`data: ${JSON.stringify(data)}\n\n`);
}
