import { listen } from '../listen.ts';
import type { Integration } from './authorizations.ts';
import { catalogPath } from './device-routes.ts';
import type { Device } from './devices.ts';
import type { NewPerson, Person } from './directory.ts';
import type { MercuryHands } from './mercury.ts';
import type { AttachmentAction, Message, StoredFile } from './message.ts';
import { createApps, createState, type ServiceOptions } from './service.ts';
import type { SignInSettings } from './sign-in-settings.ts';
import type { Room, RoomFlags } from './spaces.ts';
import { mentioning } from './text.ts';
import type { Identity, TokenPair } from './tokens.ts';
import type { Delivery, Webhook } from './webhooks.ts';
import { createWorld, type World } from './world.ts';

interface WebexOptions extends ServiceOptions {
  readonly port?: number;
}

interface Said {
  readonly person: Person;
  /** The group space of the world unless it is said. */
  readonly roomId?: string;
  readonly parentId?: string;
  /** Whether the bot is mentioned: in group spaces, unless it is said. */
  readonly mention?: boolean;
  readonly text?: string;
  readonly markdown?: string;
  readonly file?: Omit<StoredFile, 'id'>;
  /** How long ago it was said. */
  readonly agoMs?: number;
}

export interface MessageEvent {
  readonly kind: 'created' | 'edited' | 'deleted';
  readonly message: Message;
}

/** A Webex on this machine, as strict as the real one, and the hands of everybody in it. */
export interface Webex extends World {
  /** Base address of the API, `/v1` included. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly integration: Integration;
  /** May be changed at any time. */
  readonly signIn: SignInSettings;
  authenticate(token: string): Identity | undefined;

  say(said: Said): Message;
  press(press: {
    readonly person: Person;
    readonly messageId: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
  }): AttachmentAction;
  deleteMessage(messageId: string): void;
  message(id: string): Message | undefined;
  /** Oldest first. */
  messages(roomId: string): Message[];
  /** @returns the function that ends it */
  onMessage(listener: (event: MessageEvent) => void): () => void;
  /** Told when somebody comes into a space or leaves it. @returns the function that ends it */
  onMembership(listener: (roomId: string) => void): () => void;

  /** The person's own space with the bot, made when it is asked for the first time. */
  directSpace(person: Person): Room;
  spacesOf(person: Person): Room[];
  isMember(roomId: string, person: Person): boolean;
  membersOf(roomId: string): Person[];
  addPerson(person: NewPerson): Person;
  addGroupSpace(title: string, creator: Person, members: readonly Person[]): Room;
  /** Somebody who is in the space adds the person. */
  addMember(roomId: string, person: Person): void;
  removeMember(roomId: string, person: Person): void;
  changeSpace(roomId: string, flags: RoomFlags): Room;
  /** From now on nobody can write to this person directly. */
  refuseDirect(person: Person): void;

  issueGrant(person: Person, scopes?: readonly string[]): TokenPair;
  expireAccessTokens(person: Person): void;
  revokeGrants(person: Person): void;

  /** The service catalog, which tells where devices are registered. */
  readonly catalogUrl: string;
  /** Of the bot. */
  devices(): Device[];
  /** The websockets, and what can go wrong with them. */
  readonly mercury: MercuryHands;
  webhooks(): Webhook[];
  disableWebhook(id: string): void;
  deliveries(): readonly Delivery[];
  /** Resolves when no delivery is under way. */
  delivered(): Promise<void>;
  close(): Promise<void>;
}

export async function startWebex(options: WebexOptions): Promise<Webex> {
  const state = createState(options);
  const { signIn, integration, feed, directory, spaces, messages, tokens, webhooks } = state;
  const world = createWorld(directory, spaces);
  const { bot, space } = world;
  const apps = createApps(state, options);
  const { mercury, devices } = state;
  const servers = [
    await listen(apps.api, options.port, (...upgrade) => mercury.connect(...upgrade)),
    await listen(apps.secondHost),
  ] as const;
  state.addresses.apiUrl = `${servers[0].url}/v1`;
  state.addresses.secondHostUrl = servers[1].url;

  return {
    ...world,
    apiUrl: state.addresses.apiUrl,
    botToken: tokens.issueForBot(bot),
    integration,
    signIn,
    authenticate: (token) => tokens.authenticate(token),

    say({ person, roomId = space.id, mention, text, markdown, parentId, file, agoMs }) {
      const room = spaces.roomFor(person, roomId);
      const mentions = mention ?? room.type === 'group';
      return messages.post({
        author: person,
        room,
        parentId,
        file,
        agoMs,
        ...(markdown !== undefined && {
          markdown: mentions ? `<@personId:${bot.id}> ${markdown}` : markdown,
        }),
        ...(text !== undefined && (mentions ? { typed: mentioning(bot, text) } : { text })),
      });
    },
    press: ({ person, messageId, inputs = {} }) => messages.press(person, messageId, inputs),
    deleteMessage(messageId) {
      const message = messages.byId(messageId);
      if (message) messages.delete(message.author, messageId);
    },
    message: (id) => messages.byId(id),
    messages: (roomId) => messages.inRoom(roomId),
    onMessage: (listener) =>
      feed.subscribe((happening) => {
        if (happening.resource !== 'messages') return;
        listener({ kind: kinds[happening.event], message: happening.message });
      }),
    onMembership: (listener) =>
      feed.subscribe((happening) => {
        if (happening.resource === 'memberships') listener(happening.membership.roomId);
      }),

    directSpace: (person) => spaces.directBetween(person, bot),
    spacesOf: (person) => spaces.roomsOf(person.id),
    isMember: (roomId, person) => spaces.membership(roomId, person.id) !== undefined,
    membersOf: (roomId) => spaces.members(roomId).map(({ person }) => person),
    addPerson: (person) => directory.addPerson(person),
    addGroupSpace: (title, creator, members) => spaces.createGroup({ title, creator }, members),
    addMember: (roomId, person) => {
      spaces.add(roomId, person, spaces.room(roomId)?.creator);
    },
    removeMember: (roomId, person) => spaces.remove(roomId, person),
    changeSpace: (roomId, flags) => spaces.update(roomId, flags),
    refuseDirect: (person) => {
      state.unreachable.add(person.id);
    },

    issueGrant: (person, scopes = ['cjp:config_read', 'spark:people_read']) =>
      tokens.issue(person, scopes),
    expireAccessTokens: (person) => tokens.expireAccess(person),
    revokeGrants: (person) => tokens.revoke(person),

    catalogUrl: `${servers[0].url}${catalogPath}`,
    devices: () => devices.of(bot),
    mercury,
    webhooks: () => webhooks.list(bot),
    disableWebhook: (id) => webhooks.disable(id),
    deliveries: () => webhooks.deliveries(),
    delivered: () => webhooks.settled(),
    async close() {
      await webhooks.close();
      mercury.close();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

const kinds = { created: 'created', updated: 'edited', deleted: 'deleted' } as const;
