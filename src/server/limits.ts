import type { Request, RequestHandler, Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Log } from '../log.ts';

const windowMs = 60_000;

/** Answers a request that comes to nothing: with `refuse`, or without any work once it is a flood. */
export type Refusal = (request: Request, response: Response, refuse: () => void) => void;

/**
 * At most so many refusals a minute and address. Only what has failed is counted and cut off: a burst of good
 * requests is none, and one client that guesses does not keep out the others behind the same address.
 */
export function limitFailures(
  limit: number,
  cutOff: (request: Request, response: Response) => void,
): Refusal {
  const count = rateLimit({
    windowMs,
    limit,
    standardHeaders: false,
    legacyHeaders: false,
    // It would print to the console what `watchProxy` says in the log.
    validate: false,
    handler: cutOff,
  });
  return (request, response, refuse) => void count(request, response, refuse);
}

interface ProxyWatchDeps {
  readonly trustProxy: number | string | undefined;
  readonly log: Log;
  readonly now?: () => number;
}

/** While a trouble lasts it is said again, but nobody can fill the log with it. */
const quietMs = 3_600_000;

/** Says when `TRUST_PROXY` does not fit what arrives: then addresses are not those of the clients. */
export function watchProxy({ trustProxy, log, now = Date.now }: ProxyWatchDeps): RequestHandler {
  const saidMs = new Map<string, number>();
  return (request, _response, next) => {
    const trouble = troubleWith(request, trustProxy);
    if (trouble !== undefined && now() - (saidMs.get(trouble) ?? -quietMs) >= quietMs) {
      saidMs.set(trouble, now());
      log.warn({ trouble }, 'TRUST_PROXY does not fit the proxy in front of the bot');
    }
    next();
  };
}

function troubleWith(
  request: Request,
  trustProxy: ProxyWatchDeps['trustProxy'],
): string | undefined {
  const forwardedFor = request.get('x-forwarded-for');
  if (trustProxy === undefined) {
    if (forwardedFor === undefined) return undefined;
    return 'there is a proxy, and TRUST_PROXY is not set: all clients look like one';
  }
  if (typeof trustProxy === 'string') return troubleWithAddresses(request, forwardedFor);
  const hops = forwardedFor === undefined ? 0 : forwardedFor.split(',').length;
  if (hops >= trustProxy) return undefined;
  return `${hops} addresses are forwarded, and TRUST_PROXY says ${trustProxy}: clients can choose theirs`;
}

/** By express's own rule, so that what is said is what happens. */
function troubleWithAddresses(
  request: Request,
  forwardedFor: string | undefined,
): string | undefined {
  const isTrusted: (address: string | undefined) => boolean = request.app.get('trust proxy fn');
  if (!isTrusted(request.socket.remoteAddress)) {
    if (forwardedFor === undefined) return undefined;
    return 'there is a proxy that is not in TRUST_PROXY: all clients look like one';
  }
  if (forwardedFor === undefined) {
    return 'a proxy of TRUST_PROXY forwards no address: all clients look like one';
  }
  if (!isTrusted(request.ip)) return undefined;
  return 'the address of a client is in TRUST_PROXY as well: clients can choose theirs';
}
