import type { Clock } from '../../http/retry.ts';
import type { WebexClient } from '../client.ts';
import { uuidOf } from '../ids.ts';

export interface OwnSpace {
  readonly roomId: string;
  readonly membershipId: string;
  /** The part of the ids that names where the space is kept: `us`, `urn:TEAM:eu-central-1_k`. */
  readonly cluster: string;
}

export interface OwnSpaces {
  /** @returns undefined where the bot is in no such space; @throws as the client's list of memberships */
  find(roomUuid: string): Promise<OwnSpace | undefined>;
  /** The bot came or went: what is known of the space counts no more. */
  forget(roomUuid: string): void;
}

/** A space the bot has just come into may not be in the list yet. */
const pausesMs = [0, 1_000, 4_000];

/**
 * The spaces of the bot by their UUIDs, which is all an event of a websocket has of them. The ids of the API
 * also hold the cluster, and so do those of the messages in a space; the list of memberships tells it.
 */
export function createOwnSpaces(
  client: Pick<WebexClient, 'ownMemberships'>,
  clock: Pick<Clock, 'sleep'>,
): OwnSpaces {
  const known = new Map<string, OwnSpace>();
  let reading: Promise<void> | undefined;

  const readAll = async (): Promise<void> => {
    for await (const { id: membershipId, roomId } of client.ownMemberships()) {
      const uuid = uuidOf(roomId, 'ROOM');
      if (uuid !== undefined) known.set(uuid, { roomId, membershipId, cluster: clusterOf(roomId) });
    }
  };

  return {
    async find(roomUuid) {
      for (const pauseMs of pausesMs) {
        const space = known.get(roomUuid);
        if (space) return space;
        if (pauseMs > 0) await clock.sleep(pauseMs);
        // Many events of a new space come at once, and one look serves them all.
        reading ??= readAll().finally(() => {
          reading = undefined;
        });
        await reading;
      }
      return known.get(roomUuid);
    },
    forget: (roomUuid) => void known.delete(roomUuid),
  };
}

function clusterOf(roomId: string): string {
  const [, cluster] = /^ciscospark:\/\/([^/\s]+)\//.exec(decode(roomId)) ?? [];
  return cluster ?? 'us';
}

const decode = (id: string) => Buffer.from(id, 'base64').toString('latin1');
