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
  const contents = contentsOf(dataset, task.id);
  return contents.some((content) => listIn(content)?.length !== 0) ? 'exported' : 'no_transcript';
}

/** Entries in all transcripts of a conversation that an export reads, which must be lists. */
export function entryCountOf(dataset: Dataset, taskId: string): number {
  let count = 0;
  for (const content of contentsOf(dataset, taskId)) {
    const list = listIn(content);
    if (!list) throw new Error('this transcript is no list of entries');
    count += list.length;
  }
  return count;
}

function contentsOf(dataset: Dataset, taskId: string): unknown[] {
  return dataset
    .captures(taskId)
    .filter(({ kind, extraVersion }) => kind === 'transcription' && !extraVersion)
    .map(({ body }): unknown => JSON.parse(body().toString()));
}

/** The list itself, or the one it is wrapped in; nothing for the formats of voice. */
function listIn(content: unknown): unknown[] | undefined {
  const wrapped = typeof content === 'object' && content !== null && 'messages' in content;
  const list = wrapped ? content.messages : content;
  return Array.isArray(list) ? list : undefined;
}

/** In an order that does not depend on who listed them. */
export function sorted<T extends readonly string[]>(pairs: readonly T[]): T[] {
  return [...pairs].sort((one, other) => (one.join(' ') < other.join(' ') ? -1 : 1));
}
