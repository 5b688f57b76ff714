import { lookAgainFor } from '../../export/addendum.ts';
import type { FinishedExport } from '../../export/finished-exports.ts';
import type { ExportOrder } from '../../export/order.ts';
import type { ExportRequest } from '../grammar/command.ts';
import type { CommandDeps } from './context.ts';
import { newOrder } from './new-order.ts';

/** Where an export that holds only what is new begins. */
export interface Continuation {
  /** The export that it continues. */
  readonly ref: string;
  readonly endMs: number;
  /** How many conversations of that one are looked at again. */
  readonly again: number;
}

type Deps = Pick<CommandDeps, 'finished' | 'accounts' | 'defaultQueue' | 'redactionFloor'>;

/**
 * The export that `since last export` means: of the same filters, by the same person, in the same space.
 * Of several it is the one that reaches furthest, not the one that ran last, which may have been of some
 * older window.
 *
 * @returns nothing where another range is asked for, or where there is none
 */
export async function continuationOf(
  request: ExportRequest,
  at: Pick<ExportOrder, 'requester' | 'place'>,
  deps: Deps,
): Promise<Continuation | undefined> {
  if (request.range.kind !== 'since_last') return undefined;
  const window = { fromMs: 0, toMs: 0, zone: 'UTC' };
  const wanted = filterKey(newOrder(request, { ...at, window }, deps), deps);
  const candidates = deps.finished
    .of(at.requester)
    .filter((one) => isWhole(one) && one.order.place.roomId === at.place.roomId)
    .filter(({ order }) => filterKey(order, deps) === wanted)
    .sort((a, b) => b.order.window.toMs - a.order.window.toMs);
  for (const { order } of candidates) {
    const account = await deps.accounts.of(order.ref, at.requester);
    // Behind the end of a search that broke off there is more than what is new.
    if (!account || account.isIncomplete) continue;
    const again = lookAgainFor({ lateLook: undefined }, account).length;
    return { ref: order.ref, endMs: order.window.toMs, again };
  }
  return undefined;
}

/** Ran to its end, is no addendum, and has not been taken back. */
function isWhole({ order, balance, recalledAtMs }: FinishedExport): boolean {
  return balance !== undefined && order.addendumTo === undefined && recalledAtMs === undefined;
}

type Filters = Pick<
  ExportOrder,
  'by' | 'channel' | 'queues' | 'agents' | 'customer' | 'containing' | 'through'
>;

/** The same for orders that ask for the same conversations, however that was written. */
function filterKey(order: Filters, { defaultQueue }: Pick<Deps, 'defaultQueue'>): string {
  const { by, channel, customer = '', agents, containing, through } = order;
  const byDefault = defaultQueue === undefined ? 'all' : [defaultQueue];
  const queues = order.queues === 'default' ? byDefault : order.queues;
  const lists = [queues === 'all' ? undefined : queues, agents, containing, through];
  return JSON.stringify([by, channel, customer.toLowerCase(), ...lists.map(asSet)]);
}

function asSet(names: readonly string[] = []): string[] {
  return names.map((name) => name.toLowerCase()).sort();
}
