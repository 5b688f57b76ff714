import express, { type Request, Router } from 'express';
import { z } from 'zod';
import type { Person } from '../webex/directory.ts';
import type { StoredFile } from '../webex/message.ts';
import { Refusal } from '../webex/refusal.ts';
import { idIn, parse, queryText } from '../webex/requests.ts';
import type { Webex } from '../webex/webex.ts';
import { streamTo } from './live.ts';
import type { Panel } from './panel.ts';
import { directKey, isExternal, messageView, spacesView } from './view.ts';
import { previewWorkbook } from './workbook/preview.ts';

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
const Membership = z.object({ person: z.string(), isMember: z.boolean().default(true) });

/** What the page asks and does, on behalf of whichever person it shows. */
export function createPageApi(deps: { readonly webex: Webex; readonly panel: Panel }): Router {
  const { webex, panel } = deps;
  const { people, space: groupSpace } = webex;
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
  const fileFor = (request: Request): StoredFile => {
    const message = webex.message(idIn(request));
    const person = personWith(queryText(request, 'person'));
    if (message?.file && webex.isMember(message.roomId, person)) return message.file;
    throw new Refusal(404, 'There is no such file.');
  };

  const router = Router();
  router.use(express.json());
  router.get('/people', (_request, response) => {
    response.json(
      everybody.map(({ person, note }) => ({
        id: person.id,
        name: person.displayName,
        note,
        organization: person.organization.name,
        isExternal: isExternal(webex, person),
      })),
    );
  });
  router.get('/spaces', (request, response) => {
    response.json(spacesView(webex, personWith(queryText(request, 'person'))));
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
    const { person: id, isMember } = parse(Membership, request.body);
    const person = personWith(id);
    if (isMember !== webex.isMember(groupSpace.id, person)) {
      if (isMember) webex.addMember(groupSpace.id, person);
      else webex.removeMember(groupSpace.id, person);
    }
    response.status(204).end();
  });
  router.get('/files/:id', (request, response) => {
    const { name, contentType, bytes } = fileFor(request);
    response.attachment(name).setHeader('content-type', contentType).send(bytes);
  });
  router.get('/files/:id/sheets', async (request, response) => {
    const { bytes } = fileFor(request);
    try {
      response.json(await previewWorkbook(bytes));
    } catch {
      throw new Refusal(415, 'This file cannot be shown here. Download it.');
    }
  });
  router.get('/events', (request, response) => {
    streamTo(personWith(queryText(request, 'person')), { webex, panel }, response);
  });
  return router;
}
