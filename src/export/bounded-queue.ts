/**
 * A queue with a fixed size between two stages of a pipeline: the one who fills it waits while it is
 * full, so that a fast search cannot pile up links that expire before somebody downloads them.
 */
export class BoundedQueue<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  #closed = false;
  #failure: Error | undefined;
  #wakers: (() => void)[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Waits for room. @throws the error given to `fail` */
  async put(item: T): Promise<void> {
    while (!this.#failure && this.#items.length >= this.#capacity) await this.#change();
    if (this.#failure) throw this.#failure;
    this.#items.push(item);
    this.#wake();
  }

  /**
   * Takes `count` items, or fewer once no more will come. Waiting for a full batch is what keeps the
   * number of API calls at its minimum.
   *
   * @returns an empty array when the queue is closed and drained
   * @throws the error given to `fail`
   */
  async takeBatch(count: number): Promise<T[]> {
    const full = Math.min(count, this.#capacity);
    while (!this.#failure && !this.#closed && this.#items.length < full) await this.#change();
    if (this.#failure) throw this.#failure;
    const batch = this.#items.splice(0, count);
    this.#wake();
    return batch;
  }

  /** The next item, or `undefined` when the queue is closed and drained. */
  async take(): Promise<T | undefined> {
    return (await this.takeBatch(1))[0];
  }

  /** No more items will be put; those inside can still be taken. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Everybody who waits, and everybody who comes, gets this error. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wakers.push(resolve));
  }

  #wake(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}
