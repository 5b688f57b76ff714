import type { Part } from './file-format.ts';
import type { SummaryFacts } from './summary.ts';

/**
 * The receipt for programs: what the sheet Summary says, in members whose names stay. Instants are ISO
 * texts in UTC.
 */
export function receiptOf(facts: Omit<SummaryFacts, 'part'>, part: Part) {
  const { order, balance, count, statistics } = facts;
  const { window } = order;
  return {
    version: 1,
    ref: order.ref,
    askedBy: { name: order.requester.displayName, email: order.requester.email },
    contactCenterOrganization: facts.contactCenterOrgUuid,
    command: order.command,
    window: {
      from: iso(window.fromMs),
      /** Not included. */
      to: iso(window.toMs),
      zone: window.zone,
      hours: (window.toMs - window.fromMs) / 3_600_000,
      by: order.by,
    },
    filters: order.filters,
    queues: facts.queueNames,
    masked: facts.masked ?? null,
    finishedAt: iso(facts.finishedMs),
    tookSeconds: (facts.finishedMs - order.orderedAtMs) / 1_000,
    part,
    balance,
    ...(order.continues !== undefined && { continues: order.continues }),
    ...(facts.fromEarlier && { fromEarlier: facts.fromEarlier }),
    ...(facts.addendum && { addendum: facts.addendum }),
    contactCenterCount: count,
    entries: facts.entries,
    searchBroke: facts.searchBroke ?? null,
    refusedHosts: facts.refusedHosts,
    statistics,
    program: `wxcc-export-bot ${facts.version}`,
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
