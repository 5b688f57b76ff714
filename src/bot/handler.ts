import { randomBytes } from 'node:crypto';
import { BadCommandError, CancelledError } from '../errors.ts';
import type { WebexClient } from '../webex/client.ts';
import type { IncomingMessage } from '../webex/listener.ts';
import type { CommandContext, CommandDeps } from './commands/context.ts';
import { runCommand } from './commands.ts';
import type { Command } from './grammar/command.ts';
import { parseCommand } from './grammar/parse.ts';
import { type Permission, permissionOf } from './permission.ts';
import * as replies from './replies.ts';

export interface HandlerDeps extends CommandDeps {
  readonly webex: WebexClient;
  readonly contact: string | undefined;
  /** Told of each refusal, for those who keep account of it. */
  readonly onRefused?: (asked: Refused, why: Permission) => void;
}

/** Of a message, or of a press of a button. */
export type Refused = Pick<IncomingMessage, 'id' | 'person' | 'roomId' | 'roomType'>;

/**
 * From a message to an answer in its thread: permission, age, grammar, command.
 *
 * @throws {CancelledError} the bot is leaving and could not answer: the message has to come again
 */
export function createMessageHandler(deps: HandlerDeps) {
  return async (message: IncomingMessage): Promise<void> => {
    const thread = { roomId: message.roomId, parentId: message.parentId ?? message.id };
    const reply = async (markdown: string) => {
      await deps.webex.postMessage(thread, markdown);
    };
    try {
      await answer(message, reply, deps);
    } catch (err) {
      if (err instanceof CancelledError) throw err;
      const reference = randomBytes(4).toString('hex');
      deps.log.error({ err, reference }, 'a message could not be handled');
      await reply(replies.somethingBroke(reference)).catch((lost: unknown) => {
        deps.log.error({ err: lost, reference }, 'and the person could not be told');
      });
    }
  };
}

async function answer(
  message: IncomingMessage,
  reply: CommandContext['reply'],
  deps: HandlerDeps,
): Promise<void> {
  const refusal = refusalFor(message, deps);
  if (refusal !== undefined) return reply(refusal);
  if (message.tooOld) return reply(replies.wasOffline());
  const command = readCommand(message.text);
  if (command instanceof BadCommandError) {
    return reply(replies.badCommand(command.userMessage, command.suggestion));
  }
  await runCommand(command, { message, reply }, deps);
}

function readCommand(text: string): Command | BadCommandError {
  try {
    return parseCommand(text);
  } catch (error) {
    if (error instanceof BadCommandError) return error;
    throw error;
  }
}

/** @returns the sentence for who may not ask for anything here; none for who may */
export function refusalFor(asked: Refused, deps: HandlerDeps): string | undefined {
  const permission = permissionOf({ person: asked.person, space: asked }, deps.rules());
  if (permission === 'allowed') return undefined;
  deps.log.info({ permission, personUuid: asked.person.uuid }, 'a message was refused');
  deps.onRefused?.(asked, permission);
  return permission === 'other_space' ? replies.notHere() : replies.notAllowed(deps.contact);
}
