import type { Caller, ContactCenter } from '../contact-center/client.ts';
import { countTasks } from '../contact-center/count.ts';
import type { TaskQuery } from '../contact-center/query.ts';
import { listQueues, type Queue, resolveQueueNames } from '../contact-center/queues.ts';
import { type OpenedSearch, openSearch } from '../contact-center/search.ts';
import { cutByLength, type Piece, splitByCount } from '../contact-center/windows.ts';
import { AppError } from '../errors.ts';
import { InvalidAnswerError } from '../http/errors.ts';
import type { Log } from '../log.ts';
import type { ExportOrder } from './order.ts';
import type { PlanRecord } from './restore.ts';

/** A queue of the command that the contact center does not have. */
class UnknownQueueError extends AppError {
  readonly code = 'command_bad';
}

interface PlanDeps {
  readonly contactCenter: ContactCenter;
  readonly caller: Caller;
  readonly defaultQueue: string | undefined;
  /** The known name nearest to a mistyped one. */
  readonly closest: (word: string, candidates: readonly string[]) => string | undefined;
  /** Rows that paging can reach in one window. */
  readonly rowCeiling?: number;
  readonly log: Log;
}

export interface Planned {
  readonly plan: PlanRecord;
  /** Of the only piece, where the window is not cut. */
  readonly opened: OpenedSearch | undefined;
}

/**
 * What to ask for: the queues by id, the window in pieces, and how much the contact center counts. Few
 * windows need to be cut, so the first page is asked for while the rows are being counted.
 */
export async function makePlan(order: ExportOrder, deps: PlanDeps): Promise<Planned> {
  const queues = await resolveQueues(order, deps);
  const query = {
    by: order.by,
    channel: order.channel,
    queueIds: queues.map(({ id }) => id),
  };
  const { contactCenter, caller } = deps;
  const pieces: Piece[] = [];
  let counted: number | undefined = 0;
  let opened: OpenedSearch | undefined;
  const whole = cutByLength(order.window);
  for (const piece of whole) {
    const count = (part: Piece) => {
      const rows = countTasks(contactCenter, caller, { ...query, ...part });
      if (whole.length === 1) opened ??= openSearch(contactCenter, caller, { ...query, ...part });
      return rows;
    };
    try {
      for await (const part of splitByCount(piece, count, deps.rowCeiling)) {
        pieces.push({ fromMs: part.fromMs, toMs: part.toMs });
        if (counted !== undefined) counted += part.count;
      }
    } catch (error) {
      // A count that cannot be read is no reason to export nothing: the balance says that it is missing.
      if (!(error instanceof InvalidAnswerError)) throw error;
      deps.log.warn({ err: error }, 'the contact center could not be asked for its count');
      pieces.push(piece);
      counted = undefined;
    }
  }
  const plan: PlanRecord = {
    kind: 'plan',
    pieces,
    queueIds: query.queueIds,
    queueNames: queues.map(({ name }) => name),
    ...(counted !== undefined && { counted }),
  };
  return { plan, opened: pieces.length === 1 ? opened : undefined };
}

export function toTaskQuery(
  order: ExportOrder,
  plan: Pick<PlanRecord, 'queueIds'>,
): Omit<TaskQuery, 'fromMs' | 'toMs'> {
  return { by: order.by, channel: order.channel, queueIds: plan.queueIds };
}

async function resolveQueues(order: ExportOrder, deps: PlanDeps): Promise<Queue[]> {
  const names = queueNames(order, deps.defaultQueue);
  if (names.length === 0) return [];
  const known: Queue[] = [];
  for await (const queue of listQueues(deps.contactCenter, deps.caller)) known.push(queue);
  const { found, unknown } = resolveQueueNames(names, known);
  if (unknown.length === 0) return [...found];
  const sentences = unknown.map((name) => {
    const near = deps.closest(
      name,
      known.map((queue) => queue.name),
    );
    return `There is no queue "${name}"${near === undefined ? '' : `; the nearest one is "${near}"`}.`;
  });
  throw new UnknownQueueError(
    `${unknown.length} queue names are unknown`,
    `${sentences.join(' ')} Send the command again with the right name, or with queue all.`,
  );
}

function queueNames({ queues }: ExportOrder, defaultQueue: string | undefined): readonly string[] {
  if (queues === 'all') return [];
  if (queues === 'default') return defaultQueue === undefined ? [] : [defaultQueue];
  return queues;
}
