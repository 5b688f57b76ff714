import { z } from 'zod';
import { Collection } from '../store/collection.ts';
import { keyOf, type PersonKey } from '../store/person-key.ts';
import { canonicalZone } from '../time.ts';
import { ExportOrder } from './order.ts';
import { newestTime, Recurrence } from './recurrence.ts';

/** One run that is due and has not become a job yet; of several missed ones it is the newest. */
const DueRun = z.object({
  dueMs: z.number(),
  /** Runs before it that were missed, and are not made up for. */
  missed: z.int().min(0),
  /** What it last waited for, besides the bot itself. */
  waitsFor: z.enum(['login', 'export']).optional(),
  /** The message that announces it, once it is posted. */
  announcedIn: z.string().optional(),
});
export type DueRun = Readonly<z.infer<typeof DueRun>>;

const Schedule = z.object({
  ref: ExportOrder.shape.ref,
  /** Whose it is: it runs with the grant of this person alone. */
  owner: ExportOrder.shape.requester,
  /** Where it was made, and where its runs are posted. */
  place: ExportOrder.shape.place,
  recurrence: Recurrence,
  /** The zone of its clock and of its windows, as it was when it was made. */
  zone: z.string().refine((zone) => canonicalZone(zone) !== undefined),
  /** The export as a command in its canonical spelling. */
  command: z.string(),
  madeAtMs: z.number(),
  /** What was due up to here has been dealt with, or is the run below. */
  doneUntilMs: z.number(),
  run: DueRun.optional(),
  /** Since when its person has been asked to sign in for it. */
  askedAtMs: z.number().optional(),
  /** When its person was told that it may not run. */
  toldAtMs: z.number().optional(),
});
export type Schedule = Readonly<z.infer<typeof Schedule>>;

const Data = z.object({ schedules: z.array(Schedule).readonly() });
type Data = z.infer<typeof Data>;

export const mostSchedules = 20;

/** A clock that was ahead by this much was wrong, and what it made of the schedules is not kept. */
const wrongClockMs = 60 * 60 * 1_000;

/** All schedules, on disk before anything comes of a change. */
export class Schedules {
  readonly #collection: Collection<Data>;

  private constructor(collection: Collection<Data>) {
    this.#collection = collection;
  }

  /** @throws {StoreCorruptError} the file cannot be read, and was left untouched */
  static async open(path: string): Promise<Schedules> {
    const format = { schema: Data, version: 1, migrations: {}, empty: { schedules: [] } };
    return new Schedules(await Collection.open(path, format));
  }

  /** Oldest first. */
  list(): readonly Schedule[] {
    return this.#collection.data.schedules;
  }

  find(ref: string): Schedule | undefined {
    return this.list().find((schedule) => schedule.ref === ref);
  }

  of(person: PersonKey): Schedule[] {
    const key = keyOf(person);
    return this.list().filter(({ owner }) => keyOf(owner) === key);
  }

  /** @returns false where its person has as many as there may be */
  async add(schedule: Schedule): Promise<boolean> {
    const key = keyOf(schedule.owner);
    return await this.#collection.update((data) => {
      const own = data.schedules.filter(({ owner }) => keyOf(owner) === key);
      if (own.length >= mostSchedules) return { data, result: false };
      return { data: { schedules: [...data.schedules, schedule] }, result: true };
    });
  }

  /** @returns it, where it was there */
  async remove(ref: string): Promise<Schedule | undefined> {
    return await this.#collection.update(
      (data) => {
        const removed = data.schedules.find((schedule) => schedule.ref === ref);
        const schedules = data.schedules.filter((schedule) => schedule !== removed);
        return { data: removed ? { schedules } : data, result: removed };
      },
      { forgetPrevious: true },
    );
  }

  /** Notes what has become due; of several runs the newest is kept. */
  async noteDue(nowMs: number): Promise<void> {
    await this.#changeAll((schedule) => withDue(schedule, nowMs));
  }

  /** Changes the run that is due then, if it is still there. */
  async changeRun(ref: string, dueMs: number, change: Partial<DueRun>): Promise<void> {
    await this.#changeRunOf(ref, dueMs, (schedule, run) => ({
      ...schedule,
      run: { ...run, ...change },
    }));
  }

  /** It has become a job: whatever kept it from running before is over. */
  async noteStarted(ref: string, dueMs: number): Promise<void> {
    await this.#changeRunOf(ref, dueMs, ({ run: _run, askedAtMs, toldAtMs, ...rest }) => rest);
  }

  /** It is not made up for. @param toldAtMs where its person was told that it may not run */
  async dropRun(ref: string, dueMs: number, toldAtMs?: number): Promise<void> {
    await this.#changeRunOf(ref, dueMs, ({ run: _run, ...rest }) => ({
      ...rest,
      ...(toldAtMs !== undefined && { toldAtMs }),
    }));
  }

  /** From now on the run waits until its person has signed in, and asks no more. */
  async noteAsked(ref: string, askedAtMs: number): Promise<void> {
    await this.#changeAll((schedule) =>
      schedule.ref === ref ? { ...schedule, askedAtMs } : schedule,
    );
  }

  async noteSignedIn(person: PersonKey): Promise<void> {
    const key = keyOf(person);
    await this.#changeAll((schedule) => {
      if (schedule.askedAtMs === undefined || keyOf(schedule.owner) !== key) return schedule;
      const { askedAtMs: _over, ...rest } = schedule;
      return rest;
    });
  }

  async idle(): Promise<void> {
    await this.#collection.idle();
  }

  #changeRunOf(
    ref: string,
    dueMs: number,
    change: (schedule: Schedule, run: DueRun) => Schedule,
  ): Promise<void> {
    return this.#changeAll((schedule) => {
      const { run } = schedule;
      if (schedule.ref !== ref || run?.dueMs !== dueMs) return schedule;
      return change(schedule, run);
    });
  }

  async #changeAll(change: (schedule: Schedule) => Schedule): Promise<void> {
    await this.#collection.update((data) => {
      const schedules = data.schedules.map(change);
      const isChanged = schedules.some((one, index) => one !== data.schedules[index]);
      return { data: isChanged ? { schedules } : data, result: undefined };
    });
  }
}

function withDue(schedule: Schedule, nowMs: number): Schedule {
  const { recurrence, zone, run } = schedule;
  const afterMs = doneUntil(schedule, nowMs);
  const newest = newestTime(recurrence, { afterMs, untilMs: nowMs, zone });
  if (!newest) {
    return afterMs === schedule.doneUntilMs ? schedule : { ...schedule, doneUntilMs: afterMs };
  }
  const missed = newest.count - 1 + (run ? run.missed + 1 : 0);
  const waitsFor = run?.waitsFor;
  const due = { dueMs: newest.atMs, missed, ...(waitsFor && { waitsFor }) };
  return { ...schedule, doneUntilMs: newest.atMs, run: due };
}

/** After this moment the next time is looked for. */
export function doneUntil({ doneUntilMs }: Schedule, nowMs: number): number {
  return doneUntilMs > nowMs + wrongClockMs ? nowMs : doneUntilMs;
}
