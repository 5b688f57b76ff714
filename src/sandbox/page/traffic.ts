import type { Door, DoorRequest } from '../door.ts';

export interface TrafficView {
  readonly service: 'Webex' | 'Contact center' | 'Storage';
  readonly requests: number;
  /** Answered with 429: too many. */
  readonly limited: number;
  /** Answered with another error, or not at all. */
  readonly failed: number;
}

const names = { webex: 'Webex', 'contact-center': 'Contact center', files: 'Storage' } as const;

/** Counts what the bot asks of everything around it, and how often it is refused. */
export class Traffic {
  #counts = fresh();
  readonly #stop: () => void;

  constructor(door: Door, changed: () => void) {
    this.#stop = door.onRequest((request) => {
      const count = this.#counts[request.service];
      count.requests++;
      const kind = kindOf(request);
      if (kind) count[kind]++;
      changed();
    });
  }

  view(): TrafficView[] {
    return [
      { service: names['contact-center'], ...this.#counts['contact-center'] },
      { service: names.files, ...this.#counts.files },
      { service: names.webex, ...this.#counts.webex },
    ];
  }

  reset(): void {
    this.#counts = fresh();
  }

  close(): void {
    this.#stop();
  }
}

function kindOf({ status }: DoorRequest): 'limited' | 'failed' | undefined {
  if (status === 429) return 'limited';
  return status === undefined || status >= 400 ? 'failed' : undefined;
}

function fresh() {
  const none = { requests: 0, limited: 0, failed: 0 };
  return { webex: { ...none }, 'contact-center': { ...none }, files: { ...none } };
}
