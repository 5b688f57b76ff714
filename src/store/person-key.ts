/** Whose something is. The same person in two organizations is two keys. */
export interface PersonKey {
  readonly personUuid: string;
  readonly orgUuid: string;
}

/** One text for one person; UUIDs come in either case. */
export function keyOf({ personUuid, orgUuid }: PersonKey): string {
  return `${personUuid}/${orgUuid}`.toLowerCase();
}
