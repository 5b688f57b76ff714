import type { Role } from './entry.ts';

/**
 * Reads a role out of the vendor's words, which no document lists: `customer`, `CALLER`, `aiAgent`,
 * `VIRTUAL_AGENT`, `Announcement`. Bots come first, because "AI agent" is no agent, and the system before
 * the customer, because a "system user" is none.
 *
 * @param direction decides only where no role is given: what comes in is the customer's
 */
export function readRole(
  role: string | undefined,
  direction: string | undefined,
): Role | undefined {
  const words = (role ?? '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  if (words.length === 0) return roleOfDirection(direction);
  return tests.find(({ test }) => words.some((word) => test.test(word)))?.role;
}

const tests = [
  { role: 'bot', test: /bots?$|virtual|^(ai|va|ivr)$/ },
  { role: 'agent', test: /agent|supervisor/ },
  { role: 'system', test: /system|announce|flow|automat/ },
  { role: 'customer', test: /customer|caller|user|visitor|client|consumer|guest/ },
] as const;

function roleOfDirection(direction: string | undefined): Role | undefined {
  if (/^in/i.test(direction ?? '')) return 'customer';
  return /^announce/i.test(direction ?? '') ? 'system' : undefined;
}
