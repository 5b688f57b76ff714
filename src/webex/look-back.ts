import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { WebexClient } from './client.ts';
import { isSamePerson } from './ids.ts';
import type { Inbox } from './incoming.ts';
import { tooOldMs } from './intake.ts';
import type { Message, Person } from './schema.ts';
import type { PendingEvent } from './subject.ts';

interface LookBackDeps {
  readonly client: Pick<WebexClient, 'now' | 'ownMemberships' | 'messages'>;
  readonly inbox: Pick<Inbox, 'remember' | 'settle' | 'aliveMs' | 'noteAlive'>;
  readonly me: () => Promise<Person>;
  /** Handles an event as if Webex had just told of it. */
  readonly take: (event: PendingEvent) => void;
  readonly log: Log;
}

/** What is older nobody waits for any more; the inbox remembers for as long. */
const longestMs = 24 * 60 * 60_000;
/** Events may have been lost for a while before the bot is known to have been alive for the last time. */
const marginMs = 10 * 60_000;
/** In each space; who wrote more than this while the bot was down has one answer anyway. */
const mostMessages = 100;

/**
 * Looks for what was said to the bot while it could not hear: Webex does not tell of it later. The youngest
 * messages are taken as they are; of those that are too old to be run, the last one of each person.
 *
 * @returns what looks, and says whether it could; it never rejects. A bot that starts for the first time
 *   answers nothing old
 */
export function createLookBack(deps: LookBackDeps): () => Promise<boolean> {
  const { client, inbox, log } = deps;

  const missedIn = async (roomId: string, roomType: string | undefined, sinceMs: number) => {
    const me = await deps.me();
    const missed: Message[] = [];
    let read = 0;
    // Newest first. In a group space a bot may list only what mentions it.
    for await (const message of client.messages(roomId, { mentioned: roomType !== 'direct' })) {
      if (message.createdMs < sinceMs || ++read > mostMessages) break;
      if (!isSamePerson(message.personId, me.id)) missed.push(message);
    }
    return missed;
  };

  const collect = async (sinceMs: number) => {
    const missed: Message[] = [];
    let isWhole = true;
    for await (const { roomId, roomType } of client.ownMemberships()) {
      try {
        missed.push(...(await missedIn(roomId, roomType, sinceMs)));
      } catch (err) {
        if (!(err instanceof AppError) || err.code === 'cancelled') throw err;
        log.warn({ err, roomId }, 'what was said in a space meanwhile could not be read');
        // A space that refuses will do so the next time; what is out of order is looked at again.
        if (err.code === 'api_unavailable' || err.code === 'rate_limited') isWhole = false;
      }
    }
    return { missed: missed.sort((a, b) => a.createdMs - b.createdMs), isWhole };
  };

  const takeNew = async (missed: readonly Message[]): Promise<number> => {
    const nowMs = client.now();
    const answered = new Set<string>();
    const fresh: Message[] = [];
    // The newest first, because it is the one that is answered.
    for (const message of missed.toReversed()) {
      const { id, personId, createdMs } = message;
      if (!(await inbox.remember(id, 'message'))) continue;
      const isFresh = nowMs - createdMs <= tooOldMs;
      if (!isFresh && answered.has(personId)) {
        await inbox.settle(id);
        continue;
      }
      answered.add(personId);
      fresh.push(message);
    }
    for (const { id, personId } of fresh.toReversed()) {
      deps.take({ id, kind: 'message', actorId: personId });
    }
    return fresh.length;
  };

  return async () => {
    const nowMs = client.now();
    const { aliveMs } = inbox;
    try {
      if (aliveMs !== undefined) {
        const { missed, isWhole } = await collect(Math.max(nowMs - longestMs, aliveMs - marginMs));
        const taken = await takeNew(missed);
        if (taken > 0) log.info({ taken }, 'messages of a time when nobody listened are answered');
        if (!isWhole) return false;
      }
      await inbox.noteAlive(nowMs);
      return true;
    } catch (err) {
      log.warn({ err }, 'what was said meanwhile could not be looked for');
      return false;
    }
  };
}
