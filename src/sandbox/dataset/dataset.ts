import { type Capture, type CaptureDraft, toCapture } from './capture.ts';
import { type QueueRecord, queues } from './catalogue.ts';
import { generateCaptures } from './generate-captures.ts';
import { generateTask, longestMs } from './generate-task.ts';
import { createPlanner, type Planner } from './plan.ts';
import { type TaskDraft, type TaskRecord, toTaskRecord, uuidFor } from './task.ts';

export interface TaskRange {
  readonly by: 'createdTime' | 'endedTime';
  /** Both ends included. A task that is still open has no end and is in no range by `endedTime`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Narrow the range by creation as well, both ends included; cheap, also where the range is by `endedTime`. */
  readonly createdFromMs?: number;
  readonly createdToMs?: number;
  /** By `createdTime`, the newest first unless `asc`. */
  readonly order?: 'asc' | 'desc';
}

/** What a sandbox contact center knows. Tasks and files are made while they are read. */
export interface Dataset {
  readonly queues: readonly QueueRecord[];
  tasks(range: TaskRange): Iterable<TaskRecord>;
  task(id: string): TaskRecord | undefined;
  captures(taskId: string): readonly Capture[];
  /** Adds a task, or replaces the added one with the same id. Without `transcripts` an ended one has a short one. */
  add(draft: NewTask): TaskRecord;
  setTranscripts(taskId: string, drafts: readonly CaptureDraft[]): void;
}

export interface NewTask extends TaskDraft {
  readonly transcripts?: readonly CaptureDraft[];
}

export interface DatasetOptions {
  readonly seed?: number;
  readonly nowMs: number;
  /** How far back the conversations go. */
  readonly days?: number;
  /** Average number in a day; weekends have fewer. */
  readonly perDay?: number;
  /** Exactly so many in all, instead of `perDay`. */
  readonly count?: number;
  /** `chats` makes nothing but ended web chats with one transcript of twenty messages each. */
  readonly kind?: 'mixed' | 'chats';
  /** Exactly these and no others. */
  readonly tasks?: readonly NewTask[];
  readonly queues?: readonly QueueRecord[];
}

/** A year of invented conversations before `nowMs`, the same for the same options. */
export function createDataset(options: DatasetOptions): Dataset {
  const { seed = 1, nowMs, days = 365, perDay = 40, kind = 'mixed', tasks } = options;
  const count = tasks ? 0 : (options.count ?? Math.round(days * perDay));
  const planner = createPlanner({ seed, nowMs, days, count, kind });
  const added = new Map<string, TaskRecord>();
  const written = new Map<string, readonly Capture[]>();
  let sorted: readonly TaskRecord[] | undefined;

  const generated = (id: string) => {
    const index = planner.indexOf(id);
    if (index === undefined) return undefined;
    const plan = planner.plan(index);
    return { plan, task: generateTask(plan, nowMs) };
  };

  const dataset: Dataset = {
    queues: options.queues ?? queues,
    *tasks(range) {
      sorted ??= [...added.values()].sort((one, other) => one.createdTime - other.createdTime);
      const inTime = ordered(sorted, range);
      const fromPlan = generatedTasks(planner, nowMs, range);
      for (const task of merge(fromPlan, inTime, range.order ?? 'desc')) {
        if (isWithin(task, range)) yield task;
      }
    },
    task: (id) => added.get(id) ?? generated(id)?.task,
    captures(taskId) {
      const known = written.get(taskId);
      if (known) return known;
      const found = generated(taskId);
      return found ? generateCaptures(found.plan, found.task) : [];
    },
    add({ transcripts, ...draft }) {
      const id = draft.id ?? uuidFor(`task ${added.size + 1}`);
      // Without a time of its own, each begins a minute before the one that was added before it.
      const createdTime = nowMs - 3_600_000 - added.size * 60_000;
      const task = toTaskRecord(draft, { id, createdTime });
      added.set(task.id, task);
      sorted = undefined;
      dataset.setTranscripts(task.id, transcripts ?? (task.isActive ? [] : [{}]));
      return task;
    },
    setTranscripts(taskId, drafts) {
      const startTime = dataset.task(taskId)?.createdTime ?? nowMs;
      written.set(
        taskId,
        drafts.map((draft, index) => toCapture(draft, { taskId, index, startTime })),
      );
    },
  };
  for (const task of tasks ?? []) dataset.add(task);
  return dataset;
}

function isWithin(task: TaskRecord, range: TaskRange): boolean {
  const atMs = task[range.by];
  const { createdFromMs = -Infinity, createdToMs = Infinity } = range;
  return (
    atMs !== null &&
    atMs >= range.fromMs &&
    atMs <= range.toMs &&
    task.createdTime >= createdFromMs &&
    task.createdTime <= createdToMs
  );
}

function* generatedTasks(planner: Planner, nowMs: number, range: TaskRange) {
  const slackMs = range.by === 'endedTime' ? longestMs : 0;
  const { createdFromMs = -Infinity, createdToMs = Infinity } = range;
  const first = planner.firstAt(Math.max(range.fromMs - slackMs, createdFromMs));
  const end = planner.firstAt(Math.min(range.toMs, createdToMs) + 1);
  for (let step = 0; step < end - first; step++) {
    const index = range.order === 'asc' ? first + step : end - 1 - step;
    yield generateTask(planner.plan(index), nowMs);
  }
}

function* ordered(oldestFirst: readonly TaskRecord[], { order }: TaskRange) {
  for (let step = 0; step < oldestFirst.length; step++) {
    const task = oldestFirst[order === 'asc' ? step : oldestFirst.length - 1 - step];
    if (task) yield task;
  }
}

function* merge(
  one: Iterator<TaskRecord>,
  other: Iterator<TaskRecord>,
  order: 'asc' | 'desc',
): Generator<TaskRecord> {
  let left = one.next();
  let right = other.next();
  const leftFirst = (a: TaskRecord, b: TaskRecord) =>
    order === 'asc' ? a.createdTime <= b.createdTime : a.createdTime > b.createdTime;
  while (!left.done || !right.done) {
    if (right.done || (!left.done && leftFirst(left.value, right.value))) {
      if (!left.done) yield left.value;
      left = one.next();
    } else {
      yield right.value;
      right = other.next();
    }
  }
}
