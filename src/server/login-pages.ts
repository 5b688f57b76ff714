import {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  Router,
  urlencoded,
} from 'express';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CallbackResult, Logins } from '../oauth/logins.ts';
import { below } from '../oauth/urls.ts';
import { limitFailures } from './limits.ts';
import { isSameOrigin, readCookie, readQuery } from './pages/browser.ts';
import { styleSource } from './pages/layout.ts';
import { type NoticeName, noticePage } from './pages/notice.ts';
import { startPage } from './pages/start.ts';

interface Deps {
  readonly logins: Pick<Logins, 'page' | 'start' | 'decline' | 'callback'>;
  readonly publicUrl: URL;
  readonly webexUrl: URL;
  readonly log: Log;
}

/** The results worth a clean address of their own; a code and a state are not left in the history. */
const doneCodes = {
  ok: 'signed_in',
  declined: 'declined',
  denied: 'denied',
  person: 'wrong_person',
  failed: 'failed',
} as const satisfies Record<string, NoticeName>;

/** What a result of the callback is shown as: a page at once, or one of the codes above. */
const callbackAnswers = {
  signed_in: { done: 'ok' },
  denied: { done: 'denied' },
  wrong_person: { done: 'person' },
  failed: { done: 'failed' },
  unknown: { notice: 'unknown' },
  other_browser: { notice: 'other_browser' },
  other_issuer: { notice: 'not_understood' },
} as const satisfies Record<
  CallbackResult,
  { done: keyof typeof doneCodes } | { notice: NoticeName }
>;

/** A minute and address: links and states have 256 bits, so this only keeps the log quiet. */
const mostGuesses = 60;

const cookieSeconds = 600;

/** `GET /login/:id`, `POST /login/:id/start`, `GET /oauth/callback`, `GET /oauth/done`. */
export function loginRoutes({ logins, publicUrl, webexUrl, log }: Deps): Router {
  const secure = publicUrl.protocol === 'https:';
  // The prefix makes browsers insist on https, this very host and the whole of it; http has no such thing.
  const cookieName = secure ? '__Host-login' : 'login';
  const cookieOptions = { httpOnly: true, secure, sameSite: 'lax', path: '/' } as const;

  const limited = limitFailures(mostGuesses, (_request, response) =>
    sendNotice(response, 429, 'too_many'),
  );
  const refuse = (request: Request, response: Response, status: number, name: NoticeName) =>
    limited(request, response, () => sendNotice(response, status, name));

  const refuseMethod = (allowed: string) => (request: Request, response: Response) => {
    response.setHeader('Allow', allowed);
    refuse(request, response, 405, 'not_possible');
  };

  const showStart: RequestHandler<{ id: string }> = (request, response) => {
    const login = logins.page(request.params.id);
    if (!login) return refuse(request, response, 404, 'unknown');
    const action = below(publicUrl, `/login/${request.params.id}/start`).pathname;
    // Single sign-on leads on to hosts nobody can list, and browsers check the whole chain of redirects.
    const formAction = `'self' https: ${webexUrl.origin}`;
    // Under no-referrer browsers send the form with "Origin: null".
    sendPage(response, startPage(login, action), { formAction, referrer: 'same-origin' });
  };

  const start: RequestHandler<{ id: string }> = async (request, response) => {
    if (!isSameOrigin(request, publicUrl.origin))
      return refuse(request, response, 403, 'other_site');
    switch (answerOf(request.body)) {
      case 'continue': {
        const started = await logins.start(request.params.id);
        if (!started) return refuse(request, response, 404, 'unknown');
        response.cookie(cookieName, started.cookie, {
          ...cookieOptions,
          maxAge: cookieSeconds * 1_000,
        });
        return redirect(response, started.authorizeUrl);
      }
      case 'decline': {
        const declined = await logins.decline(request.params.id);
        if (!declined) return refuse(request, response, 404, 'unknown');
        return redirect(response, donePage('declined'));
      }
      default:
        return refuse(request, response, 400, 'not_understood');
    }
  };

  const callback: RequestHandler = async (request, response) => {
    // Express serves HEAD with the routes of GET, and this one has an effect.
    if (request.method !== 'GET') return refuseMethod('GET')(request, response);
    const parameters = readQuery(request);
    if (!parameters) return refuse(request, response, 400, 'not_understood');
    const cookie = readCookie(request, cookieName);
    response.clearCookie(cookieName, cookieOptions);
    const answer = callbackAnswers[await logins.callback({ parameters, cookie })];
    if ('notice' in answer) return refuse(request, response, 400, answer.notice);
    redirect(response, donePage(answer.done));
  };

  const showDone: RequestHandler = (request, response) => {
    const code = readQuery(request)?.get('r') ?? '';
    sendPage(response, noticePage(isDoneCode(code) ? doneCodes[code] : 'done'));
  };

  const donePage = (code: keyof typeof doneCodes): URL => {
    const url = below(publicUrl, '/oauth/done');
    url.searchParams.set('r', code);
    return url;
  };

  const showFailure = (
    error: unknown,
    request: Request,
    response: Response,
    next: NextFunction,
  ) => {
    if (response.headersSent) return next(error);
    const status = clientStatusOf(error);
    if (status !== undefined) return refuse(request, response, status, 'not_understood');
    log.error({ err: error }, 'a login page failed');
    sendNotice(response, 500, 'broken');
  };

  const form = urlencoded({ extended: false, limit: '1kb', parameterLimit: 4 });
  const router = Router({ caseSensitive: true, strict: true });
  router.route('/login/:id').get(showStart).all(refuseMethod('GET, HEAD'));
  router.route('/login/:id/start').post(form, start).all(refuseMethod('POST'));
  router.route('/oauth/callback').get(callback).all(refuseMethod('GET'));
  router.route('/oauth/done').get(showDone).all(refuseMethod('GET, HEAD'));
  router.use(showFailure);
  return router;
}

function answerOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'answer' in body ? body.answer : undefined;
}

function isDoneCode(code: string): code is keyof typeof doneCodes {
  return Object.hasOwn(doneCodes, code);
}

function redirect(response: Response, target: URL): void {
  setHeaders(response, "'none'", 'no-referrer');
  // 303, so that no browser repeats a form with its fields elsewhere.
  response.status(303).location(target.href).end();
}

function sendNotice(response: Response, status: number, name: NoticeName): void {
  response.status(status);
  sendPage(response, noticePage(name));
}

function sendPage(
  response: Response,
  text: string,
  { formAction = "'none'", referrer = 'no-referrer' } = {},
): void {
  setHeaders(response, formAction, referrer);
  response.type('html').send(text);
}

function setHeaders(response: Response, formAction: string, referrer: string): void {
  response.set({
    'Content-Security-Policy': [
      "default-src 'none'",
      `style-src ${styleSource}`,
      `form-action ${formAction}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'Referrer-Policy': referrer,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  });
}

/** What body-parser and the router say about a bad request; every other error is ours. */
function clientStatusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || error instanceof AppError || !('status' in error))
    return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
