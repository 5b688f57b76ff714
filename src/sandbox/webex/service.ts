import { randomBytes } from 'node:crypto';
import express from 'express';
import type { Door } from '../door.ts';
import { Authorizations, type Integration } from './authorizations.ts';
import { createAuthorizeRoutes } from './authorize-routes.ts';
import { createAsCaller } from './callers.ts';
import { createDeviceRoutes } from './device-routes.ts';
import { Devices } from './devices.ts';
import { Directory } from './directory.ts';
import { Feed } from './feed.ts';
import { Mercury } from './mercury.ts';
import { createMessageRoutes } from './message-routes.ts';
import { Messages } from './messages.ts';
import { createPeopleRoutes } from './people-routes.ts';
import { answerNotFound, answerRefusal, track } from './refusal.ts';
import { defaultSignInSettings } from './sign-in-settings.ts';
import { Spaces } from './spaces.ts';
import { createRenderer } from './text.ts';
import { Tokens } from './tokens.ts';
import { createHears } from './webhook-event.ts';
import { createWebhookRoutes } from './webhook-routes.ts';
import { Webhooks } from './webhooks.ts';

export interface ServiceOptions {
  readonly door: Door;
  /** Addresses the integration may redirect to. */
  readonly redirectUris: readonly string[];
  readonly scopes?: readonly string[];
  readonly now?: () => number;
  /** Longest page of any list, whatever `max` says. */
  readonly pageCap?: number;
  readonly maxFileBytes?: number;
}

const defaultScopes = ['cjp:config_read', 'cjp:config', 'spark:people_read', 'spark:kms'];
const defaultMaxFileBytes = 100 * 1024 * 1024;

/** The state of a Webex and the rules on it, without HTTP. */
export function createState({ redirectUris, scopes, now = Date.now }: ServiceOptions) {
  const signIn = defaultSignInSettings();
  const integration: Integration = {
    name: 'Transcript export',
    clientId: `C${randomBytes(32).toString('hex')}`,
    clientSecret: randomBytes(32).toString('hex'),
    redirectUris,
    scopes: scopes ?? defaultScopes,
  };
  const feed = new Feed();
  const directory = new Directory(now);
  const spaces = new Spaces({ feed, now });
  const render = createRenderer((by) =>
    'id' in by ? directory.byId(by.id) : directory.byEmail(by.email),
  );
  const messages = new Messages({ spaces, feed, render, now });
  const tokens = new Tokens({ settings: signIn, now });
  const authorizations = new Authorizations({ integration, settings: signIn, tokens, now });
  const hears = createHears({ spaces, messages });
  const webhooks = new Webhooks({ hears, now });
  feed.subscribe((happening) => webhooks.tell(happening));
  const devices = new Devices();
  const mercury = new Mercury({
    ...{ hears, devices },
    authenticate: (token) => tokens.authenticate(token)?.person,
  });
  feed.subscribe((happening) => mercury.tell(happening));
  return {
    signIn,
    integration,
    feed,
    directory,
    spaces,
    messages,
    tokens,
    authorizations,
    webhooks,
    devices,
    mercury,
    /** Ids of people who cannot be written to directly. */
    unreachable: new Set<string>(),
    /** Filled in once the servers listen. */
    addresses: { apiUrl: '', secondHostUrl: '' },
  };
}

export type State = ReturnType<typeof createState>;

/** The HTTP side: the API with the authorize page, and the second host some sign-ins lead over. */
export function createApps(state: State, options: ServiceOptions) {
  const { pageCap = 1_000, maxFileBytes = defaultMaxFileBytes } = options;
  const asCaller = createAsCaller((token) => state.tokens.authenticate(token));
  const apiUrl = () => state.addresses.apiUrl;
  const routes = { ...state, asCaller, apiUrl, pageCap, maxFileBytes };
  const authorize = createAuthorizeRoutes({
    ...state,
    settings: state.signIn,
    addresses: () => state.addresses,
  });
  const api = express().disable('x-powered-by').disable('etag');
  api.use(options.door.middleware('webex'), track);
  api.use(
    '/v1',
    authorize.api,
    createPeopleRoutes(routes),
    createMessageRoutes(routes),
    createWebhookRoutes(routes),
  );
  api.use(createDeviceRoutes({ ...routes, origin: () => new URL(apiUrl()).origin }));
  api.use(answerNotFound, answerRefusal);
  return { api, secondHost: express().use(authorize.secondHost) };
}
