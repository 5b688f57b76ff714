import type { Dataset } from '../../src/sandbox/dataset/dataset.ts';
import type { TaskRecord } from '../../src/sandbox/dataset/task.ts';

interface Question {
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  readonly by?: 'createdTime' | 'endedTime';
  /** Web chats unless it is said. */
  readonly fits?: (task: TaskRecord) => boolean;
}

/**
 * Where each conversation of a window belongs, judged from the data itself and not by way of the API: the
 * buckets of an export that nothing went wrong in.
 */
export function bucketsOf(dataset: Dataset, question: Question): [id: string, bucket: string][] {
  const { fromMs, toMs, by = 'createdTime', fits = isChat } = question;
  return [...dataset.tasks({ by, fromMs, toMs: toMs - 1 })]
    .filter(fits)
    .map((task) => [task.id, bucketOf(task, dataset)]);
}

const isChat = ({ channelType }: TaskRecord) => channelType === 'chat';

function bucketOf(task: TaskRecord, dataset: Dataset): string {
  if (task.isActive) return 'still_open';
  return entryCountOf(dataset, task.id) > 0 ? 'exported' : 'no_transcript';
}

/** Entries in all transcripts of a conversation that an export reads, where they are plain lists or wrapped once. */
export function entryCountOf(dataset: Dataset, taskId: string): number {
  let count = 0;
  for (const { kind, extraVersion, body } of dataset.captures(taskId)) {
    if (kind !== 'transcription' || extraVersion) continue;
    const content: unknown = JSON.parse(body().toString());
    const wrapped = typeof content === 'object' && content !== null && 'messages' in content;
    const list = wrapped ? content.messages : content;
    if (!Array.isArray(list)) throw new Error('this transcript is no list of entries');
    count += list.length;
  }
  return count;
}

/** In an order that does not depend on who listed them. */
export function sorted<T extends readonly string[]>(pairs: readonly T[]): T[] {
  return [...pairs].sort((one, other) => (one.join(' ') < other.join(' ') ? -1 : 1));
}
