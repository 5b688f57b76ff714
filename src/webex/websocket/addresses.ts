import { InvalidAnswerError } from '../../http/errors.ts';

/** Where the services of Webex live that the API does not name itself. */
const domains = ['wbx2.com', 'webex.com', 'ciscospark.com'];

const secure = { http: 'https:', ws: 'wss:' } as const;
const plain = { http: 'http:', ws: 'ws:' } as const;

/**
 * An address that an answer of Webex names. The bot's token goes there, so it has to be a host of Webex, or
 * the one that was configured; unencrypted only where that was configured, too.
 *
 * @throws {InvalidAnswerError} any other address
 */
export function trustedUrl(
  text: string,
  { home, scheme, doing }: { home: URL; scheme: 'http' | 'ws'; doing: string },
): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && isTrusted(url, home, scheme)) return url;
  throw new InvalidAnswerError('webex', doing, 'an address outside of Webex');
}

function isTrusted(url: URL, home: URL, scheme: 'http' | 'ws'): boolean {
  if (url.username !== '' || url.password !== '') return false;
  if (url.hostname === home.hostname) {
    const expected = home.protocol === 'https:' ? secure : plain;
    return url.protocol === expected[scheme];
  }
  if (url.protocol !== secure[scheme]) return false;
  return domains.some((domain) => url.hostname.endsWith(`.${domain}`));
}
