import { randomBytes } from 'node:crypto';
import express, { type Response, Router } from 'express';
import {
  type Authorizations,
  AuthorizeRefusal,
  GrantRefusal,
  type Integration,
} from './authorizations.ts';
import type { Directory } from './directory.ts';
import { signInErrorPage, signInPage } from './sign-in-page.ts';
import type { SignInSettings } from './sign-in-settings.ts';

interface Deps {
  readonly authorizations: Authorizations;
  readonly directory: Directory;
  readonly integration: Integration;
  readonly settings: SignInSettings;
  /** Known once the servers listen. */
  readonly addresses: () => { readonly apiUrl: string; readonly secondHostUrl: string };
}

const formBody = express.text({ type: 'application/x-www-form-urlencoded' });

/** Authorize page and token endpoint, and the second host over which some sign-ins lead. */
export function createAuthorizeRoutes(deps: Deps): {
  readonly api: Router;
  readonly secondHost: Router;
} {
  const { authorizations, settings, addresses } = deps;
  /** From the second host back to the first: one-time tickets for where the browser goes on to. */
  const returns = new Map<string, string>();

  const showPage = (response: Response, request: string, action: string) => {
    const pending = authorizations.pending(request);
    if (!pending) {
      refuse(response, 'The sign-in is over. Start again where you came from.');
      return;
    }
    const { host } = new URL(action);
    const people = deps.directory.all().filter(({ type }) => type === 'person');
    const { scopes } = pending;
    const app = deps.integration.name;
    response.type('html').send(signInPage({ action, request, app, host, scopes, people }));
  };

  const decide = (body: unknown): string | undefined => {
    const form = new URLSearchParams(typeof body === 'string' ? body : '');
    const request = form.get('request') ?? '';
    if (form.get('answer') !== 'approve') return authorizations.decide(request, 'denied');
    const person = deps.directory.byId(form.get('person') ?? '');
    return person && authorizations.decide(request, { person });
  };

  const api = Router();
  api.use('/authorize', noStore);
  api.get('/authorize', (request, response) => {
    const { apiUrl, secondHostUrl } = addresses();
    try {
      const id = authorizations.begin(new URL(request.originalUrl, apiUrl).searchParams);
      if (settings.remembered) {
        goOn(response, 302, authorizations.decide(id, { person: settings.remembered }));
      } else if (settings.secondHost) {
        response.redirect(302, `${secondHostUrl}/sign-in?request=${id}`);
      } else showPage(response, id, `${apiUrl}/authorize/decision`);
    } catch (error) {
      if (!(error instanceof AuthorizeRefusal)) throw error;
      if (error.redirectTo) response.redirect(302, error.redirectTo);
      else refuse(response, error.message);
    }
  });
  api.post('/authorize/decision', formBody, (request, response) => {
    goOn(response, 303, decide(request.body));
  });
  api.get('/authorize/return', (request, response) => {
    const ticket = String(request.query['ticket']);
    const target = returns.get(ticket);
    returns.delete(ticket);
    goOn(response, 302, target);
  });
  api.post('/access_token', noStore, formBody, (request, response) => {
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    try {
      const pair = authorizations.token(form);
      const omitted =
        form.get('grant_type') === 'refresh_token' && settings.refreshTokens === 'omit';
      response.json({
        access_token: pair.accessToken,
        expires_in: secondsUntil(pair.accessExpiresAtMs, pair.issuedAtMs),
        ...(!omitted && {
          refresh_token: pair.refreshToken,
          refresh_token_expires_in: secondsUntil(pair.refreshExpiresAtMs, pair.issuedAtMs),
        }),
        token_type: 'Bearer',
        scope: pair.scopes.join(' '),
      });
    } catch (error) {
      if (!(error instanceof GrantRefusal)) throw error;
      response.status(error.error === 'invalid_client' ? 401 : 400).json({
        error: error.error,
        error_description: error.message,
        message: error.message,
        errors: [{ description: error.message }],
        trackingId: response.getHeader('trackingid'),
      });
    }
  });

  const secondHost = Router();
  secondHost.use(noStore);
  secondHost.get('/sign-in', (request, response) => {
    const { secondHostUrl } = addresses();
    showPage(response, String(request.query['request']), `${secondHostUrl}/sign-in`);
  });
  secondHost.post('/sign-in', formBody, (request, response) => {
    const target = decide(request.body);
    if (target === undefined) {
      goOn(response, 303, undefined);
      return;
    }
    const ticket = randomBytes(24).toString('base64url');
    returns.set(ticket, target);
    response.redirect(303, `${addresses().apiUrl}/authorize/return?ticket=${ticket}`);
  });
  return { api, secondHost };
}

const noStore: express.RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-store');
  next();
};

function goOn(response: Response, status: 302 | 303, target: string | undefined) {
  if (target === undefined)
    refuse(response, 'The sign-in is over. Start again where you came from.');
  else response.redirect(status, target);
}

function refuse(response: Response, message: string) {
  response.status(400).type('html').send(signInErrorPage(message));
}

function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((atMs - nowMs) / 1_000));
}
