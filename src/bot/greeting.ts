import type { Log } from '../log.ts';
import type { WebexClient } from '../webex/client.ts';
import type { AddedToSpace } from '../webex/listener.ts';
import { commandTable } from './grammar/table.ts';
import * as replies from './replies.ts';

interface GreetingDeps {
  readonly webex: Pick<WebexClient, 'postMessage'>;
  /** Empty: everywhere. */
  readonly allowedSpaceIds: readonly string[];
  readonly contact: string | undefined;
  readonly log: Log;
}

/**
 * Says, in a group space that the bot was just added to, what it does and for whom. A direct space comes
 * into being by somebody's first message, and that has an answer of its own.
 */
export function createGreeting({ webex, allowedSpaceIds, contact, log }: GreetingDeps) {
  return async ({ roomId, roomType }: AddedToSpace): Promise<void> => {
    const isOpen = allowedSpaceIds.length === 0 || allowedSpaceIds.includes(roomId);
    log.info({ roomId, isOpen }, 'added to a space');
    if (!isOpen || roomType === 'direct') return;
    const examples = commandTable.flatMap((entry) => entry.examples).slice(0, 3);
    await webex.postMessage({ roomId }, replies.greeting(examples, contact));
  };
}
