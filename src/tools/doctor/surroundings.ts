import type { Dispatcher } from 'undici';

/** What the checks share. */
export interface Surroundings {
  readonly dispatcher: Dispatcher;
  /** Whether the bot answers on this machine. */
  readonly running: Promise<boolean>;
}
