import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { onRequestEnd, type RequestEnd } from '../http/send.ts';

/** What is asked whenever somebody reads the metrics, and the words of the two labels. */
export interface MetricSources {
  readonly outcomes: readonly string[];
  readonly buckets: readonly string[];
  readonly budget: () => {
    readonly used: number;
    readonly limit: number;
    readonly waiting: number;
  };
  readonly openJobs: () => readonly { readonly state: string; readonly orderedAtMs: number }[];
  /** Epoch milliseconds at which each grant ends if nobody uses it, as far as Webex told. */
  readonly grantEndsMs: () => readonly (number | undefined)[];
  readonly eventsActive: () => boolean;
  /** Of the last event with a good signature, in epoch milliseconds. */
  readonly lastEventMs: () => number | undefined;
  readonly ready: () => boolean;
  readonly now: () => number;
}

interface EndedJob {
  readonly outcome: string;
  readonly balance: Readonly<Record<string, number>> | undefined;
}

export interface Metrics {
  jobEnded(job: EndedJob): void;
  /** In the text format of Prometheus. */
  read(): Promise<string>;
  readonly contentType: string;
  close(): void;
}

const prefix = 'wxcc_export_';
const openStates = ['accepted', 'waiting_for_login', 'waiting_for_answer', 'running'] as const;

/** A grant that ends within this time is worth a message to its person. */
const soonMs = 7 * 24 * 60 * 60 * 1_000;

/** Every metric of ours, in the order of the README's table. */
export const metricRows = [
  ['jobs_ended_total', 'counter', 'exports that ended, by `outcome`'],
  ['conversations_total', 'counter', 'conversations of exports that ended, by `bucket`'],
  [
    'requests_total',
    'counter',
    'requests that are over, by `upstream` (`webex`, `contact-center`, `storage`) and `status` (`none`: no answer); 429 is the rate limit',
  ],
  ['budget_used', 'gauge', 'contact-center requests of the last minute'],
  ['budget_limit', 'gauge', '`WXCC_REQUESTS_PER_MINUTE`'],
  ['budget_waiting', 'gauge', 'requests that wait for the budget'],
  ['jobs_open', 'gauge', 'exports that have not ended, by `state`'],
  ['oldest_job_age_seconds', 'gauge', 'age of the oldest of them; 0 without any'],
  ['grants', 'gauge', 'sign-ins that are kept'],
  ['grants_ending_soon', 'gauge', 'of these: end within seven days unless they are used'],
  ['events_active', 'gauge', '1 while Webex delivers events, as far as the last check knows'],
  ['last_event_timestamp_seconds', 'gauge', 'when the last genuine event came; 0 before the first'],
  ['ready', 'gauge', '1 while a command could be served'],
] as const satisfies readonly (readonly [string, 'counter' | 'gauge', string])[];

type MetricName = (typeof metricRows)[number][0];

/**
 * The metrics of one running bot, besides those of the process that prom-client brings: memory, event-loop
 * delay, garbage collection. Labels are words of our own, never a name or an id of anybody.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const { outcomes, buckets } = sources;
  const registers = [new Registry()] as [Registry];
  const [registry] = registers;
  collectDefaultMetrics({ register: registry });

  const describe = (name: MetricName) => ({
    name: `${prefix}${name}`,
    // Without the marks that are for the README.
    help: (metricRows.find(([known]) => known === name)?.[2] ?? '').replaceAll('`', ''),
    registers,
  });
  const gauge = (name: MetricName, read: () => number) =>
    new Gauge({
      ...describe(name),
      collect() {
        this.set(read());
      },
    });

  const ended = new Counter({ ...describe('jobs_ended_total'), labelNames: ['outcome'] });
  const conversations = new Counter({ ...describe('conversations_total'), labelNames: ['bucket'] });
  const requests = new Counter({
    ...describe('requests_total'),
    labelNames: ['upstream', 'status'],
  });
  // From zero, so that the first of each kind can be alerted on.
  for (const outcome of outcomes) ended.inc({ outcome }, 0);
  for (const bucket of buckets) conversations.inc({ bucket }, 0);
  const stopCounting = onRequestEnd(({ service, status }: RequestEnd) => {
    requests.inc({ upstream: service, status: status ?? 'none' });
  });

  gauge('budget_used', () => sources.budget().used);
  gauge('budget_limit', () => sources.budget().limit);
  gauge('budget_waiting', () => sources.budget().waiting);
  new Gauge({
    ...describe('jobs_open'),
    labelNames: ['state'],
    collect() {
      for (const state of openStates) this.set({ state }, 0);
      for (const { state } of sources.openJobs()) this.inc({ state });
    },
  });
  gauge('oldest_job_age_seconds', () => {
    const oldestMs = Math.min(...sources.openJobs().map(({ orderedAtMs }) => orderedAtMs));
    return Number.isFinite(oldestMs) ? (sources.now() - oldestMs) / 1_000 : 0;
  });
  gauge('grants', () => sources.grantEndsMs().length);
  gauge(
    'grants_ending_soon',
    () =>
      sources.grantEndsMs().filter((endMs) => (endMs ?? Infinity) < sources.now() + soonMs).length,
  );
  gauge('events_active', () => Number(sources.eventsActive()));
  gauge('last_event_timestamp_seconds', () => (sources.lastEventMs() ?? 0) / 1_000);
  gauge('ready', () => Number(sources.ready()));

  return {
    jobEnded({ outcome, balance }) {
      ended.inc({ outcome });
      for (const bucket of buckets) conversations.inc({ bucket }, balance?.[bucket] ?? 0);
    },
    read: () => registry.metrics(),
    contentType: registry.contentType,
    close: stopCounting,
  };
}
