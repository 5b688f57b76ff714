import type { Caller, ContactCenter } from '../contact-center/client.ts';
import { countTasks } from '../contact-center/count.ts';
import type { TaskQuery } from '../contact-center/query.ts';
import { type OpenedSearch, openSearch } from '../contact-center/search.ts';
import { cutByLength, type Piece, splitByCount } from '../contact-center/windows.ts';
import { InvalidAnswerError } from '../http/errors.ts';
import type { Log } from '../log.ts';
import { findAgents, findQueues } from './names.ts';
import type { ExportOrder } from './order.ts';
import type { PlanRecord } from './restore.ts';

interface PlanDeps {
  readonly contactCenter: ContactCenter;
  readonly caller: Caller;
  readonly defaultQueue: string | undefined;
  /** The known name nearest to a mistyped one. */
  readonly closest: (word: string, candidates: readonly string[]) => string | undefined;
  /** Whether the first page is asked for before it is known that it will be read. */
  readonly opensEarly?: boolean;
  /** Rows that paging can reach in one window. */
  readonly rowCeiling?: number;
  readonly log: Log;
}

export interface Planned {
  readonly plan: PlanRecord;
  /** Of the only piece, where the window is not cut. */
  readonly opened: OpenedSearch | undefined;
}

/** The longest window of a search that lists activities (the Search guide). */
const detailedMs = 30 * 24 * 60 * 60 * 1_000;

/**
 * What to ask for: the queues by id, the window in pieces, and how much the contact center counts. Few
 * windows need to be cut, so the first page is asked for while the rows are being counted.
 */
export async function makePlan(order: ExportOrder, deps: PlanDeps): Promise<Planned> {
  const { queues, through } = await findQueues(
    { queues: queueNames(order, deps.defaultQueue), through: order.through ?? [] },
    deps,
  );
  const whole = cutByLength(order.window, through.length > 0 ? detailedMs : undefined);
  const named: Pick<PlanRecord, 'queueIds' | 'throughNames'> = {
    queueIds: queues.map(({ id }) => id),
    ...(through.length > 0 && { throughNames: through.map(({ name }) => name) }),
  };
  const unnamed = toTaskQuery(order, named);
  const asked = whole.map((piece) => ({ ...unnamed, ...piece }));
  const agents = await findAgents(order.agents ?? [], asked, deps);
  const found = { ...named, ...(agents.length > 0 && { agents }) };
  const query = toTaskQuery(order, found);
  const { contactCenter, caller, opensEarly = true } = deps;
  const opens = opensEarly && whole.length === 1;
  const pieces: Piece[] = [];
  let counted: number | undefined = 0;
  let opened: OpenedSearch | undefined;
  for (const piece of whole) {
    const count = (part: Piece) => {
      const rows = countTasks(contactCenter, caller, { ...query, ...part });
      if (opens) opened ??= openSearch(contactCenter, caller, { ...query, ...part });
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
    ...found,
    queueNames: queues.map(({ name }) => name),
    ...(counted !== undefined && { counted }),
  };
  return { plan, opened: pieces.length === 1 ? opened : undefined };
}

/** What a search is asked for besides its window. */
export function toTaskQuery(
  { by, channel, customer }: ExportOrder,
  { queueIds, agents, throughNames: through }: Omit<PlanRecord, 'kind' | 'pieces' | 'queueNames'>,
): Omit<TaskQuery, 'fromMs' | 'toMs'> {
  return {
    ...{ by, channel, queueIds },
    ...(agents && { agents: agents.map(({ id, name }) => ({ id, name })) }),
    ...(customer !== undefined && { customer }),
    ...(through && { through }),
  };
}

function queueNames({ queues }: ExportOrder, defaultQueue: string | undefined): readonly string[] {
  if (queues === 'all') return [];
  if (queues === 'default') return defaultQueue === undefined ? [] : [defaultQueue];
  return queues;
}
