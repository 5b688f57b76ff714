/** Things that happen, in order, for one reader that takes them at its own pace. */
export class EventQueue<T> {
  readonly #waiting: T[] = [];
  #wake: () => void = () => undefined;

  push(event: T): void {
    this.#waiting.push(event);
    this.#wake();
  }

  /** The next event, or nothing when the signal fires first. */
  async next(signal: AbortSignal): Promise<T | undefined> {
    while (this.#waiting.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        this.#wake = resolve;
      });
    }
    return this.#waiting.shift();
  }
}

/** Runs out when there was no sign of life for so long. */
export class Patience {
  readonly #controller = new AbortController();
  readonly #ms: number;
  #timer: NodeJS.Timeout;

  constructor(ms: number) {
    this.#ms = ms;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  renew(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => this.#controller.abort(), this.#ms);
  }
}
