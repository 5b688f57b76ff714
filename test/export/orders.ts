import type { ExportOrder } from '../../src/export/order.ts';
import type { JobReport } from '../../src/export/report.ts';

/** A Friday. */
export const nowMs = Date.UTC(2026, 10, 20, 9, 42);
export const dayMs = 86_400_000;

type NewOrder = Omit<ExportOrder, 'version' | 'ref' | 'orderedAtMs'>;

export const lastWeek = { fromMs: nowMs - 7 * dayMs, toMs: nowMs, zone: 'Europe/Berlin' };

export function orderWith(more: Partial<NewOrder> = {}): NewOrder {
  return {
    requester: {
      personId: 'person-ana',
      personUuid: '00000000-0000-4000-8000-00000000000a',
      orgUuid: '11111111-2222-4333-8444-555555555555',
      displayName: 'Ana Petrova',
      email: 'ana@example.org',
    },
    place: {
      roomId: 'room',
      roomType: 'group',
      parentId: 'command',
      messageId: 'command',
      title: 'CC reports',
    },
    command: 'export last 7 days',
    window: lastWeek,
    by: 'created',
    channel: 'chat',
    queues: 'all',
    filters: 'live chat, all queues',
    ...more,
  };
}

export function reportWith(more: Partial<JobReport> = {}): JobReport {
  return {
    ref: 'E7K2',
    outcome: 'complete',
    window: lastWeek,
    balance: undefined,
    count: { kind: 'unknown' },
    entries: 0,
    searchBroke: undefined,
    refusedHosts: [],
    trackingIds: [],
    durationMs: 1_000,
    failure: undefined,
    posted: true,
    ...more,
  };
}

/** The same numbers in every run. */
export function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
