import type { LookupAddress } from 'node:dns';
import { lookup as resolveName } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { AppError } from '../errors.ts';
import { type AddressKind, classifyAddress } from './addresses.ts';

/** A link from an API answer leads where we do not go. No connection was made. */
export class HostRefusedError extends AppError {
  readonly code = 'host_refused';
  /** `host[:port]`, or `undefined` where the link has none that can be shown. */
  readonly host: string | undefined;
  /** The line of configuration that would allow it, where one would. */
  readonly settingLine: string | undefined;

  constructor(why: string, host?: string, settingLine?: string) {
    const link = host === undefined ? 'A transcript link' : `A transcript link to ${host}`;
    const advice = ` If that host is right, set ${settingLine} (only hosts named there are allowed then).`;
    super(
      `link to ${host ?? 'an unreadable host'} refused: ${why}`,
      `${link} was refused: ${why}.${settingLine ? advice : ''}`,
    );
    this.host = host;
    this.settingLine = settingLine;
  }
}

export interface LinkRules {
  /** Exact `host[:port]`. When given, nothing else is allowed; a loopback host is allowed only here. */
  readonly listed: readonly string[] | undefined;
  /** Which host names are allowed as long as nothing is listed. */
  readonly isTrusted: (hostname: string) => boolean;
  /** Name of the setting behind `listed`, for the advice in the error. */
  readonly setting: string;
}

export interface LinkGuard {
  /**
   * Reads a link once; what is returned is what may be requested.
   *
   * @throws {HostRefusedError} not https (plain http is for listed loopback hosts), user info, a foreign
   *   host or port, an address that the host may not have
   */
  check(link: string): URL;
  /**
   * For the connector: resolves a checked host and refuses it when any of its addresses is of the wrong
   * kind. The connection goes to the very addresses that were judged, so a name cannot change in between.
   */
  readonly lookup: LookupFunction;
}

export type ResolveName = (hostname: string) => Promise<readonly LookupAddress[]>;

const resolveAll: ResolveName = (hostname) => resolveName(hostname, { all: true });

export function createLinkGuard(rules: LinkRules, resolve: ResolveName = resolveAll): LinkGuard {
  const listed = rules.listed?.map((host) => host.trim().toLowerCase());

  const allowedHosts = new Set<string>();

  const isListed = (url: URL) =>
    listed?.some((entry) => entry === url.host || entry === `${url.hostname}:${portOf(url)}`) ??
    false;

  const refuse = (why: string, url: URL, canBeListed: boolean) => {
    const host = shownHost(url);
    const line = `${rules.setting}=${[...(listed ?? []), host].join(',')}`;
    return new HostRefusedError(why, host, host && canBeListed ? line : undefined);
  };

  const kindsFor = (hostname: string): readonly AddressKind[] => {
    if (!listed) return ['public'];
    return isLoopbackName(hostname) ? ['loopback'] : ['public', 'private'];
  };

  const checkAddress = (url: URL, address: string) => {
    const kind = classifyAddress(address);
    if (kindsFor(url.hostname).includes(kind)) return;
    throw refuse('its address is not a public one', url, !listed && kind === 'private');
  };

  const resolveChecked = async (hostname: string): Promise<readonly LookupAddress[]> => {
    const addresses = await resolve(hostname);
    const url = new URL(`https://${hostname}`);
    for (const { address } of addresses) checkAddress(url, address);
    return addresses;
  };

  const checkHost = (url: URL) => {
    const loopback = isLoopbackName(url.hostname);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
      throw refuse('it is not https', url, false);
    }
    const allowed = listed ? isListed(url) : url.port === '' && rules.isTrusted(url.hostname);
    if (!allowed) throw refuse('this host is not allowed', url, true);
    // A literal address is never looked up, so it is judged here.
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0) checkAddress(url, literal);
  };

  return {
    check(link) {
      const url = parseUrl(link);
      if (!url?.hostname) throw new HostRefusedError('it is not an address');
      if (url.username !== '' || url.password !== '') {
        throw refuse('it carries user information', url, false);
      }
      // All links of an export lead to a few hosts, and the judgement depends on nothing else.
      const host = `${url.protocol}//${url.host}`;
      if (allowedHosts.has(host)) return url;
      checkHost(url);
      if (allowedHosts.size < 1_000) allowedHosts.add(host);
      return url;
    },
    lookup(hostname, options, callback) {
      resolveChecked(hostname).then(
        (addresses) => {
          const [first] = addresses;
          if (!first) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '');
          else if (options.all) callback(null, [...addresses]);
          else callback(null, first.address, first.family);
        },
        (error: Error) => callback(error, ''),
      );
    },
  };
}

function parseUrl(link: string): URL | undefined {
  try {
    return new URL(link);
  } catch {
    return undefined;
  }
}

function isLoopbackName(hostname: string): boolean {
  return (
    hostname === 'localhost' || classifyAddress(hostname.replace(/^\[|\]$/g, '')) === 'loopback'
  );
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

/** URLs allow characters in a host that mean something in a chat message; such a host is not repeated. */
function shownHost(url: URL): string | undefined {
  return /^[\w.:[\]-]{1,261}$/.test(url.host) ? url.host : undefined;
}
