import type { Recurrence } from '../../export/recurrence.ts';

/** What a person can ask for, as plain values: typed, pressed on a card and stored in the same shape. */

export const channels = ['chat', 'social', 'email', 'voice', 'digital', 'all'] as const;
export type Channel = (typeof channels)[number];

/** The moments of a conversation that can decide whether it belongs to the window. */
export const moments = ['created', 'ended'] as const;

export const formats = ['xlsx', 'csv', 'jsonl'] as const;
type Format = (typeof formats)[number];

export type Unit = 'days' | 'weeks' | 'months';

/** A local day `2026-11-20`, with a time `08:00` or as a whole. */
export interface LocalDateOrTime {
  readonly date: string;
  readonly time: string | undefined;
}

export type Range =
  | { readonly kind: 'today' }
  | { readonly kind: 'yesterday' }
  | { readonly kind: 'last'; readonly count: number; readonly unit: Unit }
  | {
      readonly kind: 'calendar';
      readonly which: 'this' | 'last';
      readonly unit: 'week' | 'month';
    }
  /** A last day without a time is included, an end with a time is not. */
  | { readonly kind: 'dates'; readonly from: LocalDateOrTime; readonly to: LocalDateOrTime }
  | { readonly kind: 'since'; readonly from: LocalDateOrTime }
  /** From where the last export of the same filters ended. */
  | { readonly kind: 'since_last' };

export interface ExportRequest {
  readonly range: Range;
  /** `default` when the command names none; names as typed, none twice. */
  readonly queues: 'default' | 'all' | readonly string[];
  /** Names of last agents as typed, none twice; none means all. */
  readonly agents: readonly string[];
  /** Names of queues that a conversation was in at any time; none means all. */
  readonly through: readonly string[];
  readonly channel: Channel;
  /** The e-mail address of a customer. */
  readonly customer: string | undefined;
  /** Words of which a conversation has to hold one; none means all. */
  readonly containing: readonly string[];
  readonly by: (typeof moments)[number];
  readonly zone: string | undefined;
  /** Whether the customers' names and addresses are wanted. */
  readonly withContact: boolean;
  readonly format: Format;
  /** Whether cards, IBANs, e-mail addresses and phone numbers are masked. */
  readonly redact: boolean;
  /** Whether the file goes to the person alone. */
  readonly toMe: boolean;
}

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'export'; readonly request: ExportRequest }
  | { readonly kind: 'login' }
  | { readonly kind: 'logout' }
  | { readonly kind: 'whoami' }
  | { readonly kind: 'status' }
  /** The answer to an estimate. */
  | { readonly kind: 'run'; readonly ref: string; readonly toMe: boolean }
  | { readonly kind: 'cancel'; readonly ref: string | undefined }
  | { readonly kind: 'history'; readonly count: number }
  | { readonly kind: 'retry'; readonly ref: string }
  | { readonly kind: 'recall'; readonly ref: string }
  | {
      readonly kind: 'schedule';
      readonly recurrence: Recurrence;
      readonly request: ExportRequest;
    }
  | { readonly kind: 'schedules' }
  | { readonly kind: 'unschedule'; readonly ref: string };

/** How many exports `history` shows: without a number, and at most. */
export const historyCounts = { usual: 10, most: 50 } as const;

/** What `export` alone means. */
export const defaultRequest: ExportRequest = {
  range: { kind: 'last', count: 7, unit: 'days' },
  queues: 'default',
  agents: [],
  through: [],
  channel: 'chat',
  customer: undefined,
  containing: [],
  by: 'created',
  zone: undefined,
  withContact: false,
  format: 'xlsx',
  redact: false,
  toMe: false,
};

/** Four characters of Crockford's alphabet: no I, L, O or U, which are misread. */
export const refPattern = /^[0-9A-HJKMNP-TV-Z]{4}$/;

/** In UTF-16 units; no honest command comes near it. */
export const longestCommand = 500;
