import { Low } from 'lowdb';
import { DataFile, type DataFormat } from './data-file.ts';
import { forgetPrevious } from './durable.ts';

/** What a change makes of the data: the very same object where nothing changes, else a new one. */
export interface Change<T, R> {
  readonly data: T;
  readonly result: R;
}

/**
 * One small file, held in memory. `data` is what is on disk, never what is only on its way there.
 *
 * Changes are pure and synchronous, and run one after the other: each sees what the ones before it
 * did. While a write runs, further changes are collected for the next one. When a write fails, all
 * changes that were in it are undone and rejected.
 */
export class Collection<T extends object> {
  readonly #path: string;
  readonly #low: Low<T>;
  #data: T;
  #waiting: Waiting<T>[] = [];
  #writing: Promise<void> | undefined;

  private constructor(path: string, low: Low<T>) {
    this.#path = path;
    this.#low = low;
    this.#data = low.data;
  }

  /** @throws {StoreCorruptError} the file is there and cannot be read; it is left untouched */
  static async open<T extends object>(
    path: string,
    options: DataFormat<T> & { readonly empty: T },
  ): Promise<Collection<T>> {
    const low = new Low<T>(new DataFile(path, options), options.empty);
    await low.read();
    return new Collection(path, low);
  }

  get data(): T {
    return this.#data;
  }

  /**
   * @param options.forgetPrevious deletes the kept version before this one as well
   * @returns what the change returned, once it is on disk
   * @throws {StorageFullError} the change was undone
   */
  update<R>(
    change: (data: T) => Change<T, R>,
    options: { forgetPrevious?: boolean } = {},
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        apply: (data) => {
          const changed = change(data);
          return { data: changed.data, done: () => resolve(changed.result) };
        },
        forgetPrevious: options.forgetPrevious ?? false,
        reject,
      });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves when nothing is on its way to the disk. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeGroup(this.#waiting.splice(0));
    this.#writing = undefined;
  }

  async #writeGroup(group: readonly Waiting<T>[]): Promise<void> {
    const applied: { waiting: Waiting<T>; done: () => void }[] = [];
    let next = this.#data;
    for (const waiting of group) {
      try {
        const { data, done } = waiting.apply(next);
        next = data;
        applied.push({ waiting, done });
      } catch (error) {
        waiting.reject(error);
      }
    }
    try {
      await this.#save(next);
      if (applied.some(({ waiting }) => waiting.forgetPrevious)) await forgetPrevious(this.#path);
    } catch (error) {
      for (const { waiting } of applied) waiting.reject(error);
      return;
    }
    for (const { done } of applied) done();
  }

  async #save(next: T): Promise<void> {
    if (next === this.#data) return;
    this.#low.data = next;
    await this.#low.write();
    this.#data = next;
  }
}

interface Waiting<T> {
  readonly apply: (data: T) => { data: T; done: () => void };
  readonly forgetPrevious: boolean;
  readonly reject: (error: unknown) => void;
}
