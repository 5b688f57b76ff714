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

/** Says once when `TRUST_PROXY` does not fit what arrives: then addresses are not those of the clients. */
export function watchProxy(trustProxy: number | string | undefined, log: Log): RequestHandler {
  let isSaid = false;
  return (request, _response, next) => {
    const trouble = isSaid ? undefined : troubleWith(request.get('x-forwarded-for'), trustProxy);
    if (trouble !== undefined) {
      isSaid = true;
      log.warn({ trouble }, 'TRUST_PROXY does not fit the proxy in front of the bot');
    }
    next();
  };
}

function troubleWith(
  forwardedFor: string | undefined,
  trustProxy: number | string | undefined,
): string | undefined {
  if (trustProxy === undefined) {
    if (forwardedFor === undefined) return undefined;
    return 'there is a proxy, and TRUST_PROXY is not set: all clients look like one';
  }
  const hops = forwardedFor === undefined ? 0 : forwardedFor.split(',').length;
  if (typeof trustProxy === 'number' && hops < trustProxy) {
    return `${hops} addresses are forwarded, and TRUST_PROXY says ${trustProxy}: clients can choose theirs`;
  }
  return undefined;
}
