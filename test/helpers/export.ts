import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { type Account, readAccount, type Tally, tallyOfMessage } from './account.ts';
import type { Conversation } from './sandbox.ts';

export interface PostedExport extends Account {
  readonly message: Message;
  /** What the sentence with the file says. */
  readonly tally: Tally;
}

/** The workbook that answers what was said, read back. */
export async function postedExport(
  conversation: Conversation,
  said: Message,
): Promise<PostedExport> {
  const message = await conversation.answerTo(said, ({ file }) => file !== undefined);
  return {
    message,
    tally: tallyOfMessage(message.text),
    ...(await readAccount(message.file?.bytes)),
  };
}

/** Files of jobs that nobody needs any more once they have ended. */
export async function leftoversIn(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'jobs'), { recursive: true });
  return names.filter((name) => /spool|out|tmp/.test(name));
}
