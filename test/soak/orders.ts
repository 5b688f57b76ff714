import type { Message } from '../../src/sandbox/webex/message.ts';
import { type Days, wordsFor } from './conversations.ts';
import { strayFiles } from './disk.ts';
import { jobOrderedBy } from './journals.ts';
import { answersTo, eventually, isLastWord, lastWord, type Rig } from './rig.ts';
import type { Seen } from './soak-door.ts';

/** A command, and all that happened on the way to its end. */
export interface Ordered extends Wish {
  readonly said: Message;
  /** Times the bot ended and came back. */
  restarts: number;
  /** Files that were posted without the bot having read the answer. */
  unacknowledged: number;
}

export interface Wish {
  readonly days: Days;
  readonly channel: 'chat' | 'all';
}

export const patienceMs = 60_000;

/** Said in the group space unless it is said by `said`. */
export function orderExport(
  { sandbox: { webex } }: Rig,
  wish: Wish = { days: { from: 3, to: 1 }, channel: 'chat' },
  said: Partial<Parameters<typeof webex.say>[0]> = {},
): Ordered {
  const text = `export ${wordsFor(wish.days)} channel ${wish.channel}`;
  const message = webex.say({ person: webex.people.admin, text, ...said });
  return { ...wish, said: message, restarts: 0, unacknowledged: 0 };
}

/** To be called while the bot is down: what it posted and did not record it will post again. */
export function noteRestart(rig: Rig, ordered: Ordered): void {
  ordered.restarts++;
  const lines = jobOrderedBy(rig.sandbox.dataDir, ordered.said.id)?.lines ?? [];
  const recorded = lines.some(({ kind }) => kind === 'posted');
  const posted = answersTo(rig, ordered.said).filter(({ text }) => isLastWord(text)).length;
  if (!recorded && posted > ordered.unacknowledged) ordered.unacknowledged = posted;
}

/**
 * Counts the files whose post was not answered properly.
 *
 * @returns the function that ends it
 */
export function noteLostAnswers({ soak, sandbox }: Rig, orders: readonly Ordered[]): () => void {
  return sandbox.webex.onMessage(({ message: { file, parentId } }) => {
    const ordered = orders.find(({ said }) => said.id === parentId);
    const isLost = ({ isUpload, endedMs, fault }: Seen) =>
      isUpload && endedMs === undefined && fault !== 'pass' && (fault.hangUp || fault.truncate);
    if (file && ordered && soak.seen.some(isLost)) ordered.unacknowledged++;
  });
}

/** Resolves when an export has said its last word and has left nothing behind. */
export async function over(rig: Rig, ordered: Ordered, withinMs = patienceMs): Promise<void> {
  await lastWord(rig, ordered.said, withinMs);
  await eventually(() => hasEnded(rig, ordered), 'the record of the end');
}

export function hasEnded({ sandbox }: Rig, { said }: Pick<Ordered, 'said'>): boolean {
  const job = jobOrderedBy(sandbox.dataDir, said.id);
  return job?.lines.some(({ kind }) => kind === 'ended') ?? false;
}

/** Resolves when the disk is clean, or has had the time to become so. */
export async function settled({ sandbox }: Rig): Promise<void> {
  const isClean = () => strayFiles(sandbox.dataDir).length === 0;
  await eventually(isClean, 'a clean disk', 2_000).catch(() => {});
}
