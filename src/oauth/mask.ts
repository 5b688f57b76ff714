/** Enough of an address for its owner to recognise it: `a•••@example.org`. */
export function maskEmail(email: string | undefined): string {
  const [, local, domain] = /^([^@]+)@([^@]+)$/.exec(email ?? '') ?? [];
  if (local === undefined || domain === undefined) return '•••';
  const [first] = local;
  return `${first}•••@${domain}`;
}
