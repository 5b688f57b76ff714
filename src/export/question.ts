import type { Caller, ContactCenter } from '../contact-center/client.ts';
import { countByQueueAndChannel, type QueueAndChannelCount } from '../contact-center/count.ts';
import { NotSignedInError } from '../errors.ts';
import type { RequestBudget } from '../http/budget.ts';
import type { Log } from '../log.ts';
import {
  callsLeft,
  daysOf,
  type Estimate,
  expectedBytes,
  expectedCalls,
  expectedFiles,
  expectedMs,
  isLarge,
  sharesOf,
  usualLimits,
} from './estimate.ts';
import type { ExportOrder } from './order.ts';
import { toTaskQuery } from './plan.ts';
import type { Progress } from './progress.ts';
import type { PlanRecord } from './restore.ts';

/** What a run comes to that does nothing before its person has answered. */
export interface Question {
  readonly kind: 'question';
  readonly estimate: Estimate;
}

interface QuestionDeps {
  readonly contactCenter: ContactCenter;
  readonly caller: Caller;
  readonly budget: Pick<RequestBudget, 'state'>;
  /** How far the other exports are that run now. */
  readonly others: readonly (Progress | undefined)[];
  readonly uploadLimitBytes: number;
  readonly log: Log;
}

/** Nobody is there to answer for a schedule, and a retry is of what somebody has wanted already. */
function isAskable({ schedule, addendumTo }: ExportOrder): boolean {
  return schedule === undefined && addendumTo === undefined;
}

/** Whether the window alone makes an export one that is asked about. */
export function isAskedAnyway(order: ExportOrder): boolean {
  return isAskable(order) && daysOf(order.window) > usualLimits.days;
}

/**
 * What to ask before anything is fetched. The plan has counted already, so an export of the usual size costs
 * nothing more; only a large one is counted once more, by queue and channel.
 *
 * @returns nothing where the export may run at once
 * @throws {NotSignedInError}, and what stops the job
 */
export async function questionBefore(
  order: ExportOrder,
  plan: PlanRecord,
  deps: QuestionDeps,
): Promise<Question | undefined> {
  if (!isAskable(order)) return undefined;
  const { window, format = 'xlsx' } = order;
  const again = plan.pieces.reduce((sum, piece) => sum + (piece.again?.length ?? 0), 0);
  const planned = plan.counted === undefined ? undefined : plan.counted + again;
  if (planned === 0 || !isLarge({ window, conversations: planned, format })) return undefined;
  const counts = await countGroups(order, plan, deps);
  // Either count may hold more than is wanted: groups tell their channel where nothing filters by it.
  const conversations = counts ? Math.min(again + sumOf(counts), planned ?? Infinity) : planned;
  if (conversations === 0 || !isLarge({ window, conversations, format })) return undefined;
  const budget = deps.budget.state();
  return {
    kind: 'question',
    estimate: {
      conversations,
      byChannel: sharesOf(counts ?? [], ({ channel }) => channel),
      byQueue: sharesOf(counts ?? [], ({ queue }) => queue?.name ?? queue?.id),
      work: conversations === undefined ? undefined : workOf(conversations, { order, plan }, deps),
      budget: { perMinute: budget.limit, sharedWith: deps.others.length },
    },
  };
}

function workOf(
  conversations: number,
  { order, plan }: { readonly order: ExportOrder; readonly plan: PlanRecord },
  { budget, others, uploadLimitBytes }: QuestionDeps,
): NonNullable<Estimate['work']> {
  const calls = expectedCalls(conversations, plan.pieces.length);
  const sizeBytes = expectedBytes(conversations, order.format ?? 'xlsx');
  return {
    calls,
    durationMs: expectedMs({ calls, budget: budget.state(), others: others.map(callsLeft) }),
    sizeBytes,
    files: expectedFiles(sizeBytes, uploadLimitBytes),
  };
}

/** @returns nothing where the contact center refuses to take its count apart: what is known is enough to ask */
async function countGroups(
  order: ExportOrder,
  plan: PlanRecord,
  { contactCenter, caller, log }: QuestionDeps,
): Promise<QueueAndChannelCount[] | undefined> {
  const query = toTaskQuery(order, plan);
  const counts: QueueAndChannelCount[] = [];
  try {
    for (const { again, ...piece } of plan.pieces) {
      if (again) continue;
      counts.push(...(await countByQueueAndChannel(contactCenter, caller, { ...query, ...piece })));
    }
  } catch (err) {
    if (caller.signal?.aborted || err instanceof NotSignedInError) throw err;
    log.warn({ err }, 'the contact center could not be asked for its count by queue and channel');
    return undefined;
  }
  return counts;
}

function sumOf(counts: readonly QueueAndChannelCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
