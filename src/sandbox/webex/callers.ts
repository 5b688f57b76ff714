import type { Request, RequestHandler, Response } from 'express';
import type { Person } from './directory.ts';
import { Refusal } from './refusal.ts';
import type { Identity } from './tokens.ts';

type Act = (caller: Person, request: Request, response: Response) => void | Promise<void>;

/** Turns what somebody may do into a route: authenticated, and within the scopes of a person's token. */
export type AsCaller = (scope: string, act: Act) => RequestHandler;

export function createAsCaller(authenticate: (token: string) => Identity | undefined): AsCaller {
  return (scope, act) => async (request, response) => {
    const [, token = ''] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const identity = authenticate(token);
    if (!identity) {
      throw new Refusal(
        401,
        'The request requires a valid access token set in the Authorization request header.',
      );
    }
    const { person, scopes } = identity;
    if (scopes !== 'bot' && !scopes.includes(scope) && !scopes.includes('spark:all')) {
      throw new Refusal(403, `The access token lacks the scope ${scope}.`);
    }
    await act(person, request, response);
  };
}
