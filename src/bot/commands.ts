import { BadCommandError } from '../errors.ts';
import { login, logout, whoami } from './commands/account.ts';
import type { CommandContext, CommandDeps, Handler } from './commands/context.ts';
import { exportConversations } from './commands/export.ts';
import { help } from './commands/help.ts';
import { history } from './commands/history.ts';
import { cancel, status } from './commands/jobs.ts';
import { recall } from './commands/recall.ts';
import { retry } from './commands/retry.ts';
import { run } from './commands/run.ts';
import { schedule, schedules, unschedule } from './commands/schedules.ts';
import type { Command } from './grammar/command.ts';
import * as replies from './replies.ts';

/** What each command does. */
export const commandHandlers = {
  help,
  export: exportConversations,
  login,
  logout,
  whoami,
  status,
  run,
  cancel,
  history,
  retry,
  recall,
  schedule,
  schedules,
  unschedule,
} as const satisfies { [K in Command['kind']]: Handler<K> };

/** Does what was asked for, by a message or by a button; what only shows then to be wrong is answered. */
export async function runCommand<K extends Command['kind']>(
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
