import { BlockList, isIP } from 'node:net';

/**
 * `public`: reachable by everybody. `private`: a network of one's own. `loopback`: this machine.
 * `special`: what no server of anybody answers at, metadata services (link-local) and every way of
 * writing an IPv4 address inside an IPv6 one included.
 */
export type AddressKind = 'public' | 'private' | 'loopback' | 'special';

// The special-purpose address registries of IANA: iana.org/assignments/iana-ipv4-special-registry and
// iana.org/assignments/iana-ipv6-special-registry. The first kind that matches counts.
const rangesOf = [
  { kind: 'loopback', ranges: list(['127.0.0.0/8', '::1/128']) },
  {
    kind: 'private',
    // 100.64.0.0/10 is carrier-grade NAT.
    ranges: list(['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']),
  },
  {
    kind: 'special',
    ranges: list([
      '0.0.0.0/8',
      // Link-local: 169.254.169.254 hands out a cloud machine's credentials.
      '169.254.0.0/16',
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      // Multicast, and everything above it up to the broadcast address.
      '224.0.0.0/3',
      // Teredo, benchmarking, ORCHID.
      '2001::/23',
      '2001:db8::/32',
      // 6to4 wraps any IPv4 address, a private one too.
      '2002::/16',
      '3fff::/20',
    ]),
  },
] as const;

/** Of IPv6 only these are looked at; mapped, NAT64, link-local and multicast addresses lie outside. */
const knownIpv6 = list(['::1/128', 'fc00::/7', '2000::/3']);

/** @param address an IP address without brackets; anything else is `special` */
export function classifyAddress(address: string): AddressKind {
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(bare) === 0 || (family === 'ipv6' && !knownIpv6.check(bare, family))) return 'special';
  return rangesOf.find(({ ranges }) => ranges.check(bare, family))?.kind ?? 'public';
}

function list(subnets: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const subnet of subnets) {
    const [address = '', prefix] = subnet.split('/');
    ranges.addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return ranges;
}
