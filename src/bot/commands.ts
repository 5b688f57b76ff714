import { login, logout, whoami } from './commands/account.ts';
import type { Handler } from './commands/context.ts';
import { exportConversations } from './commands/export.ts';
import { history } from './commands/history.ts';
import { cancel, status } from './commands/jobs.ts';
import { recall } from './commands/recall.ts';
import { retry } from './commands/retry.ts';
import { schedule, schedules, unschedule } from './commands/schedules.ts';
import type { Command } from './grammar/command.ts';
import { helpText } from './help.ts';

/** What each command does. */
export const commandHandlers = {
  help: async (_command, { reply, message }) => reply(helpText(message.roomType)),
  export: exportConversations,
  login,
  logout,
  whoami,
  status,
  cancel,
  history,
  retry,
  recall,
  schedule,
  schedules,
  unschedule,
} as const satisfies { [K in Command['kind']]: Handler<K> };
