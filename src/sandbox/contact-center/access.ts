import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { type ErrorShapeName, errorShapes, Refusal } from './refusal.ts';

/** What the sandbox's Webex knows about an access token. */
export interface TokenIdentity {
  readonly personUuid: string;
  readonly orgUuid: string;
  readonly scopes: readonly string[];
  readonly expired: boolean;
  /** Requests are counted for each client; tokens without one count together. */
  readonly clientId?: string;
}

export type Authenticate = (token: string) => TokenIdentity | undefined;

export type Handler = (
  caller: TokenIdentity,
  request: Request,
  response: Response,
) => void | Promise<void>;

export interface Route {
  readonly handler: Handler;
  /** One of these is enough. */
  readonly scopes: readonly string[];
  readonly errorShape: ErrorShapeName;
}

interface AccessDeps {
  readonly authenticate: Authenticate;
  readonly requestsPerMinute: number;
  readonly nowMs: () => number;
}

/** Makes an express handler that lets through whom the vendor would let through. */
export function createAccess({ authenticate, requestsPerMinute, nowMs }: AccessDeps) {
  const limit = createRateLimit(requestsPerMinute, nowMs);

  return ({ handler, scopes, errorShape }: Route): RequestHandler =>
    async (request, response) => {
      try {
        const caller = identify(request.headers.authorization, authenticate);
        const waitSeconds = limit(caller.clientId ?? 'sandbox');
        if (waitSeconds > 0) {
          response.status(429).set('retry-after', String(waitSeconds)).end();
          return;
        }
        if (!scopes.some((scope) => caller.scopes.includes(scope))) {
          throw new Refusal(403, `The token lacks the scope ${scopes.join(' or ')}`);
        }
        await handler(caller, request, response);
      } catch (error) {
        sendRefusal(error, errorShape, response);
      }
    };
}

function identify(header: string | undefined, authenticate: Authenticate): TokenIdentity {
  if (header === undefined) throw new Refusal(401, 'The request has no access token');
  const token = /^Bearer ([^\s]+)$/.exec(header)?.[1];
  if (token === undefined) throw new Refusal(400, 'The Authorization header is malformed');
  const identity = authenticate(token);
  if (!identity || identity.expired) {
    throw new Refusal(401, 'The access token is not valid or has expired');
  }
  return identity;
}

/** Sliding window; answers the seconds to wait, 0 where the request was counted and may pass. */
function createRateLimit(perMinute: number, nowMs: () => number) {
  const windowMs = 60_000;
  const counted = new Map<string, number[]>();
  return (clientId: string): number => {
    if (perMinute === Number.POSITIVE_INFINITY) return 0;
    const now = nowMs();
    const recent = counted.get(clientId) ?? [];
    while (recent[0] !== undefined && recent[0] <= now - windowMs) recent.shift();
    counted.set(clientId, recent);
    const blocking = recent[recent.length - perMinute];
    if (blocking !== undefined) {
      return Math.max(1, Math.ceil((blocking + windowMs - now) / 1_000));
    }
    recent.push(now);
    return 0;
  };
}

/** Every answer can be named to the vendor's support. */
export const track: RequestHandler = (request, response, next) => {
  response.set('trackingid', request.get('trackingid') ?? `CC_${randomUUID()}`);
  next();
};

export const refuseUnknownPath: RequestHandler = (_request, response) => {
  sendRefusal(new Refusal(404, 'There is nothing at this address'), 'listed', response);
};

/** Bodies that the JSON parser refuses, and whatever else express throws. Express knows it by its four parameters. */
export function answerErrors(
  error: unknown,
  _request: Request,
  response: Response,
  _next: NextFunction,
): void {
  const status = statusOf(error);
  const text = status === 413 ? 'The request is too large' : 'The request cannot be read';
  sendRefusal(status < 500 ? new Refusal(status, text) : error, 'described', response);
}

function statusOf(error: unknown): number {
  return typeof error === 'object' &&
    error !== null &&
    'status' in error &&
    typeof error.status === 'number'
    ? error.status
    : 500;
}

function sendRefusal(error: unknown, shape: ErrorShapeName, response: Response) {
  const refusal =
    error instanceof Refusal ? error : new Refusal(500, `The sandbox itself failed: ${error}`);
  response
    .status(refusal.status)
    .json(errorShapes[shape](refusal, response.get('trackingid') ?? ''));
}
