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
  if (role === undefined) return roleOfDirection(direction);
  const read = remembered.get(role) ?? readWords(role);
  // A handful of words come a million times; whatever else comes must not pile up.
  if (remembered.size < 1_000) remembered.set(role, read);
  return read.isBlank ? roleOfDirection(direction) : read.role;
}

interface ReadWords {
  readonly role: Role | undefined;
  readonly isBlank: boolean;
}

const remembered = new Map<string, ReadWords>();

function readWords(role: string): ReadWords {
  const words = role
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  const found = tests.find(({ test }) => words.some((word) => test.test(word)));
  return { role: found?.role, isBlank: words.length === 0 };
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
