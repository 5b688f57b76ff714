import { Router } from 'express';
import type { AsCaller } from './callers.ts';
import { type Directory, type Person, personJson } from './directory.ts';
import { isIdOf } from './ids.ts';
import { sendPage } from './paging.ts';
import { Refusal } from './refusal.ts';
import { idIn, queryText } from './requests.ts';
import { membershipJson, roomJson, type Spaces } from './spaces.ts';

interface Deps {
  readonly asCaller: AsCaller;
  readonly directory: Directory;
  readonly spaces: Spaces;
  readonly apiUrl: () => string;
  readonly pageCap: number;
}

/** People, rooms and who is in them: read only. */
export function createPeopleRoutes({ asCaller, directory, spaces, apiUrl, pageCap }: Deps): Router {
  const router = Router();
  const paging = () => ({ usual: 100, cap: pageCap, apiUrl: apiUrl() });

  router.get(
    '/people/me',
    asCaller('spark:people_read', (caller, _request, response) => {
      response.json(personJson(caller));
    }),
  );
  router.get(
    '/people/:id',
    asCaller('spark:people_read', (_caller, request, response) => {
      response.json(personJson(personWith(directory, idIn(request))));
    }),
  );
  router.get(
    '/people',
    asCaller('spark:people_read', (_caller, request, response) => {
      const ids = queryText(request, 'id')?.split(',');
      const email = queryText(request, 'email');
      if (!ids && email === undefined) throw new Refusal(400, 'id or email is required.');
      if (ids && ids.length > 85) throw new Refusal(400, 'At most 85 ids are accepted.');
      const found = ids
        ? ids.flatMap((id) => directory.byId(id) ?? [])
        : [directory.byEmail(email ?? '') ?? []].flat();
      const notFoundIds = ids?.filter((id) => !directory.byId(id)) ?? [];
      response.json({ notFoundIds, items: found.map(personJson) });
    }),
  );
  router.get(
    '/rooms/:id',
    asCaller('spark:rooms_read', (caller, request, response) => {
      const room = spaces.roomFor(caller, idIn(request));
      response.json(roomJson(room, spaces.members(room.id), caller));
    }),
  );
  router.get(
    '/memberships',
    asCaller('spark:memberships_read', (caller, request, response) => {
      const roomId = queryText(request, 'roomId');
      const personId = queryText(request, 'personId');
      const personEmail = queryText(request, 'personEmail');
      if (roomId !== undefined) spaces.roomFor(caller, roomId);
      const found = spaces
        .memberships()
        // Without a space one lists one's own memberships, nobody else's.
        .filter((one) =>
          roomId === undefined ? one.person.id === caller.id : one.roomId === roomId,
        )
        .filter(({ person }) => personId === undefined || person.id === personId)
        .filter(({ person }) => personEmail === undefined || person.email === personEmail)
        .flatMap((one) => {
          const room = spaces.room(one.roomId);
          return room ? membershipJson(one, room) : [];
        });
      sendPage(request, response, found, paging());
    }),
  );
  router.get(
    '/memberships/:id',
    asCaller('spark:memberships_read', (caller, request, response) => {
      const id = idIn(request);
      const membership = spaces.memberships().find((one) => one.id === id);
      if (!membership) throw new Refusal(404, 'Could not find a membership with provided ID.');
      response.json(membershipJson(membership, spaces.roomFor(caller, membership.roomId)));
    }),
  );
  return router;
}

function personWith(directory: Directory, id: string): Person {
  if (!isIdOf('PEOPLE', id)) throw new Refusal(400, 'The person id is not valid.');
  const person = directory.byId(id);
  if (!person) throw new Refusal(404, 'Could not find a person with provided ID.');
  return person;
}
