import { randomBytes } from 'node:crypto';
import { BadCommandError, CancelledError } from '../errors.ts';
import type { WebexClient } from '../webex/client.ts';
import type { IncomingMessage } from '../webex/listener.ts';
import type { CommandContext, CommandDeps } from './commands/context.ts';
import { commandHandlers } from './commands.ts';
import type { Command } from './grammar/command.ts';
import { parseCommand } from './grammar/parse.ts';
import { type Permission, permissionOf } from './permission.ts';
import * as replies from './replies.ts';

interface HandlerDeps extends CommandDeps {
  readonly webex: WebexClient;
  readonly contact: string | undefined;
  /** Told of each refusal, for those who keep account of it. */
  readonly onRefused?: (message: IncomingMessage, why: Permission) => void;
}

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
  const permission = permissionOf({ person: message.person, space: message }, deps.rules());
  if (permission !== 'allowed') {
    deps.log.info({ permission, personUuid: message.person.uuid }, 'a message was refused');
    deps.onRefused?.(message, permission);
    const refusal =
      permission === 'other_space' ? replies.notHere() : replies.notAllowed(deps.contact);
    return reply(refusal);
  }
  if (message.tooOld) return reply(replies.wasOffline());
  const command = readCommand(message.text);
  if (command instanceof BadCommandError) {
    return reply(replies.badCommand(command.userMessage, command.suggestion));
  }
  await run(command, { message, reply }, deps);
}

function readCommand(text: string): Command | BadCommandError {
  try {
    return parseCommand(text);
  } catch (error) {
    if (error instanceof BadCommandError) return error;
    throw error;
  }
}

async function run<K extends Command['kind']>(
  command: Extract<Command, { kind: K }>,
  context: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  try {
    // The table gives each kind the handler of that kind, which the index type cannot express.
    const handle = commandHandlers[command.kind] as (
      command: Command,
      context: CommandContext,
      deps: CommandDeps,
    ) => Promise<void>;
    await handle(command, context, deps);
  } catch (error) {
    if (!(error instanceof BadCommandError)) throw error;
    await context.reply(replies.badCommand(error.userMessage, error.suggestion));
  }
}
