import type { Window } from '../time.ts';
import type { Balance, CountCheck, Outcome } from './ledger.ts';

/** A name of the command that the contact center does not have, and the nearest one that it has. */
export interface Correction {
  readonly kind: 'queue' | 'agent';
  readonly from: string;
  readonly to: string;
}

/** Everything there is to say about a job that ended; what is said, and how, is the bot's affair. */
export interface JobReport {
  readonly ref: string;
  readonly outcome: Outcome;
  readonly window: Window;
  /**
   * Absent when the job ended before its search did. Of an addendum it is that of the whole export: what it
   * had found, with what has come since.
   */
  readonly balance: Balance | undefined;
  readonly count: CountCheck;
  readonly entries: number;
  /** Why the search stopped before its end, for people. */
  readonly searchBroke: string | undefined;
  /** Hosts that transcripts were refused from, each `host[:port]`. */
  readonly refusedHosts: readonly string[];
  /** Of the vendor, for conversations that failed; some of them where there are many. */
  readonly trackingIds: readonly string[];
  readonly durationMs: number;
  /** What ended the job, for people; only with the outcome `failed`. */
  readonly failure: string | undefined;
  /** Of names in the command, where these were what failed. */
  readonly corrections?: readonly Correction[] | undefined;
  /** The export that an addendum belongs to, and the balance of what was looked at again. */
  readonly addendum?: { readonly to: string; readonly balance: Balance } | undefined;
  /** The export that this one continues, and how many of its conversations are counted here again. */
  readonly fromEarlier?: { readonly ref: string; readonly count: number } | undefined;
  /** Where late transcripts are looked for: until when. */
  readonly lateUntilMs?: number | undefined;
  /** True when a file was posted, and these words with it. */
  readonly posted: boolean;
}
