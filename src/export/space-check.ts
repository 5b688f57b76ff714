import type { Log } from '../log.ts';
import type { WebexClient } from '../webex/client.ts';
import type { Membership, Room } from '../webex/schema.ts';

export interface SpaceRules {
  readonly allowedOrgUuids: readonly string[];
  /** E-mails of bots that may see the file, besides this one. */
  readonly allowedBots: readonly string[];
  readonly ownPersonUuid: string;
}

export type SpaceVerdict =
  | { readonly safe: true }
  | {
      readonly safe: false;
      readonly why: 'outsider' | 'unknown_bot' | 'foreign_owner' | 'public' | 'unreadable';
    };

/**
 * May a file with customers' conversations be posted here, as far as the space itself tells? Its owner
 * counts because the owner's organization decides on retention and on who else may read it later.
 */
export function judgeRoom(room: Room, rules: SpaceRules): SpaceVerdict {
  if (room.isPublic === true) return { safe: false, why: 'public' };
  if (room.ownerOrgUuid === undefined || !rules.allowedOrgUuids.includes(room.ownerOrgUuid)) {
    return { safe: false, why: 'foreign_owner' };
  }
  return { safe: true };
}

export function judgeMember(member: Membership, rules: SpaceRules): SpaceVerdict {
  if (member.personUuid === rules.ownPersonUuid) return { safe: true };
  const email = member.personEmail.toLowerCase();
  if (/@(webex\.bot|sparkbot\.io)$/.test(email)) {
    const known = rules.allowedBots.some((bot) => bot.toLowerCase() === email);
    return known ? { safe: true } : { safe: false, why: 'unknown_bot' };
  }
  const org = member.personOrgUuid;
  return org !== undefined && rules.allowedOrgUuids.includes(org)
    ? { safe: true }
    : { safe: false, why: 'outsider' };
}

interface InspectDeps {
  readonly webex: Pick<WebexClient, 'room' | 'memberships'>;
  readonly rules: SpaceRules;
  readonly log: Log;
}

/** Reads a group space and every page of its members; whatever cannot be read is not safe. */
export async function inspectSpace(
  roomId: string,
  { webex, rules, log }: InspectDeps,
): Promise<SpaceVerdict> {
  try {
    const ofRoom = judgeRoom(await webex.room(roomId), rules);
    if (!ofRoom.safe) return ofRoom;
    for await (const member of webex.memberships(roomId)) {
      const ofMember = judgeMember(member, rules);
      if (!ofMember.safe) return ofMember;
    }
    return { safe: true };
  } catch (err) {
    log.warn({ err }, 'the space could not be checked');
    return { safe: false, why: 'unreadable' };
  }
}
