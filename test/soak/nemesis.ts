import { createRandom, hashText, type Random } from '../../src/sandbox/dataset/random.ts';
import type { Fault } from '../../src/sandbox/door-faults.ts';
import type { Seen } from './soak-door.ts';

type Faults = readonly [Fault, ...Fault[]];

const inOneSecond = { 'retry-after': '1' };
const throttled: Fault = { status: 429, headers: inOneSecond };
const busy: Fault = { status: 503, headers: inOneSecond };
const late = (ms: number): Fault => ({ delayMs: ms });

/** Everything after which a read may simply be made again. */
const ofReads: Faults = [
  throttled,
  busy,
  { status: 500 },
  { status: 502, body: '<html>Bad Gateway</html>' },
  { status: 504 },
  { hangUp: true },
  { hangUp: 'after' },
  { truncate: true },
  late(300),
];
/** Sentences and webhooks are not posted again when they may have arrived; that they are refused is no loss. */
const ofPosts: Faults = [throttled, busy, late(300)];
/** After these nobody knows whether the file has arrived. */
const ofUploads: Faults = [
  { status: 502 },
  { hangUp: true },
  { hangUp: 'after' },
  { truncate: true },
];
const expired: Fault = { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' };

/** The bot tries five times; a row of faults as long as that would rightly cost something. */
const mostInARow = 2;

/**
 * Decides what goes wrong, and how often. The same for the same seed as far as the requests are the same:
 * each decision depends on the route and on how often it was asked for, not on what other routes did.
 */
export class Nemesis {
  readonly #seed: number;
  readonly #share: number;
  readonly #asked = new Map<string, number>();
  readonly #inARow = new Map<string, number>();
  #mayLoseUpload = true;
  #faults = 0;

  /** @param share of requests that go wrong */
  constructor(seed: number, share: number) {
    this.#seed = seed;
    this.#share = share;
  }

  get faults(): number {
    return this.#faults;
  }

  /** From now on one upload more may go wrong so that nobody knows whether it arrived. */
  nextRound(): void {
    this.#mayLoseUpload = true;
  }

  decide(seen: Seen): Fault {
    const key = `${seen.method} ${seen.path}`;
    const asked = this.#asked.get(key) ?? 0;
    this.#asked.set(key, asked + 1);
    const random = createRandom(hashText(`${this.#seed} ${asked} ${key}`));
    const inARow = this.#inARow.get(key) ?? 0;
    const fault =
      inARow < mostInARow && random.chance(this.#share) ? this.#pick(seen, asked, random) : 'pass';
    this.#inARow.set(key, fault === 'pass' ? 0 : inARow + 1);
    if (fault !== 'pass') this.#faults++;
    return fault;
  }

  #pick(seen: Seen, asked: number, random: Random): Fault {
    if (seen.isUpload) {
      const mayLose = this.#mayLoseUpload;
      this.#mayLoseUpload = false;
      return random.pick(mayLose ? ofUploads : ofPosts);
    }
    if (seen.service === 'webex' && seen.method !== 'GET') return random.pick(ofPosts);
    // A link that has been renewed once in vain is not renewed again.
    const mayExpire = seen.service === 'files' && asked === 0 && seen.path.endsWith('.0');
    return mayExpire && random.chance(0.3) ? expired : random.pick(ofReads);
  }
}
