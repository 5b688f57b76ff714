import type { Request } from 'express';

const maxParameterCharacters = 2_048;

/**
 * Reads a query in which every parameter stands once; a doubled one has two meanings, and the one
 * checked need not be the one used.
 *
 * @returns nothing where one is doubled or too long
 */
export function readQuery(request: Request): URLSearchParams | undefined {
  const at = request.originalUrl.indexOf('?');
  const parameters = new URLSearchParams(at < 0 ? '' : request.originalUrl.slice(at + 1));
  const names = new Set<string>();
  for (const [name, value] of parameters) {
    if (names.has(name) || value.length > maxParameterCharacters) return undefined;
    names.add(name);
  }
  return parameters;
}

/** The value of a cookie that came exactly once: two of a name mean that somebody planted one. */
export function readCookie(request: Request, name: string): string | undefined {
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

/**
 * Whether a form was sent from a page of ours. Browsers that know `Sec-Fetch-Site` say so reliably;
 * `Origin` is `null` under some referrer policies and counts only where the other one is absent.
 */
export function isSameOrigin(request: Request, ownOrigin: string): boolean {
  const site = request.get('sec-fetch-site');
  return site === undefined ? request.get('origin') === ownOrigin : site === 'same-origin';
}
