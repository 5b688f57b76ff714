import type { Caller, ContactCenter } from '../contact-center/client.ts';
import type { TaskQuery } from '../contact-center/query.ts';
import { type OpenedSearch, searchTasks } from '../contact-center/search.ts';
import type { Task } from '../contact-center/task.ts';
import { ApiError, InvalidAnswerError, UnreachableError } from '../http/errors.ts';
import type { Log } from '../log.ts';
import type { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';
import type { LookAgain, SearchPiece } from './look-again.ts';
import { type Spool, toSpoolRecord } from './spool.ts';

export interface SearchPosition {
  readonly piece: number;
  readonly cursor: string | undefined;
}

interface SearchDeps {
  readonly contactCenter: ContactCenter;
  readonly caller: Caller;
  readonly query: Omit<TaskQuery, 'fromMs' | 'toMs'>;
  readonly pieces: readonly SearchPiece[];
  readonly searchFrom: SearchPosition | 'done';
  readonly opened?: OpenedSearch | undefined;
  readonly ledger: Ledger;
  readonly spool: Spool;
  readonly journal: Journal;
  /** For each conversation that is wanted. */
  readonly take: (task: Task) => Promise<void>;
  /** For each that only a filter on our side turned away. */
  readonly drop: (task: Task) => Promise<void>;
  readonly log: Log;
}

/**
 * Searches one piece after the other, and hands on what each page lists once that is on disk.
 *
 * @returns why the search ended early, or `undefined` when it saw its last page
 */
export async function searchAll(deps: SearchDeps): Promise<string | undefined> {
  const broke = await searchPieces(deps);
  await takeUnlisted(deps);
  return broke;
}

async function searchPieces(deps: SearchDeps): Promise<string | undefined> {
  if (deps.searchFrom === 'done') return undefined;
  try {
    for (let piece = deps.searchFrom.piece; piece < deps.pieces.length; piece++) {
      const cursor = piece === deps.searchFrom.piece ? deps.searchFrom.cursor : undefined;
      await searchPiece(piece, cursor, deps).catch(async (error: unknown) => {
        if (cursor === undefined || !isRefusal(error)) throw error;
        // Cursors do not live for ever. From the start, then: what is known already is not found twice.
        deps.log.warn({ err: error }, 'the search cannot be continued and begins again');
        await searchPiece(piece, undefined, deps);
      });
    }
    return undefined;
  } catch (error) {
    const brokeOnTheWay =
      error instanceof ApiError ||
      error instanceof UnreachableError ||
      error instanceof InvalidAnswerError;
    if (!brokeOnTheWay || deps.ledger.found === 0) throw error;
    // What was found is worth keeping; that it is not everything is said wherever it is shown.
    deps.log.error({ err: error }, 'the search broke off');
    await deps.journal.append({ kind: 'search_broke', text: error.userMessage });
    return error.userMessage;
  }
}

/** The question was refused as such; asking it again would not help, asking another one may. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && [200, 400, 404, 410, 422].includes(error.status);
}

async function searchPiece(
  piece: number,
  cursor: string | undefined,
  deps: SearchDeps,
): Promise<void> {
  const window = deps.pieces[piece];
  if (!window) return;
  if (window.again) return searchAgain(piece, window, cursor, deps);
  const query = { ...deps.query, ...window };
  const from = cursor ?? (piece === 0 ? deps.opened : undefined);
  for await (const page of searchTasks(deps.contactCenter, deps.caller, query, from)) {
    const { duplicates } = deps.ledger;
    const isNew = ({ id, createdTime }: Task) => deps.ledger.find(id, createdTime ?? 0);
    const tasks = page.tasks.filter(isNew);
    const dropped = page.droppedByClient.filter(isNew);
    const both = [...tasks, ...dropped];
    const again = deps.ledger.duplicates - duplicates;
    if (page.unusable > 0) {
      deps.log.warn({ rows: page.unusable }, 'the search listed rows that name no conversation');
    }
    await notePage({ piece, next: page.nextCursor, tasks: both, again, dropped }, deps);
    for (const task of dropped) await deps.drop(task);
    for (const task of tasks) await deps.take(task);
  }
}

/** The same for conversations that an earlier export had found: whatever else is listed is no part of it. */
async function searchAgain(
  piece: number,
  { again = [], ...window }: SearchPiece,
  cursor: string | undefined,
  deps: SearchDeps,
): Promise<void> {
  const ids = again.map(({ id }) => id);
  // Its queue and its agent may be others by now; that it was wanted is known.
  const query = { by: 'created', channel: deps.query.channel, ids, ...window } as const;
  for await (const page of searchTasks(deps.contactCenter, deps.caller, query, cursor)) {
    const tasks = page.tasks.filter((task) => isNewAgain(task, deps));
    await takeAgain({ piece, next: page.nextCursor, tasks }, deps);
  }
}

/** What the search does not list any more may have a transcript all the same. */
async function takeUnlisted(deps: SearchDeps): Promise<void> {
  const unlisted = deps.pieces
    .flatMap(({ again = [] }) => again.map(taskFrom))
    .filter((task) => isNewAgain(task, deps));
  if (unlisted.length === 0) return;
  deps.log.warn({ tasks: unlisted.length }, 'the search does not list what it listed before');
  await takeAgain({ piece: deps.pieces.length, next: undefined, tasks: unlisted }, deps);
}

function taskFrom({ id, createdMs, wasOpen = false }: LookAgain): Task {
  return { id, isActive: wasOpen, ...(createdMs > 0 && { createdTime: createdMs }) };
}

function isNewAgain({ id, createdTime }: Task, { ledger }: SearchDeps): boolean {
  return ledger.findAgain(id, createdTime ?? 0);
}

async function takeAgain(
  page: Pick<NewPage, 'piece' | 'next' | 'tasks'>,
  deps: SearchDeps,
): Promise<void> {
  await notePage({ ...page, again: 0, dropped: [] }, deps);
  for (const task of page.tasks) await deps.take(task);
}

interface NewPage {
  readonly piece: number;
  readonly next: string | undefined;
  readonly tasks: readonly Task[];
  readonly again: number;
  readonly dropped: readonly Task[];
}

async function notePage({ piece, next, tasks, again, dropped }: NewPage, deps: SearchDeps) {
  const [place] = await deps.spool.append([toSpoolRecord(tasks)]);
  if (!place) throw new Error('the spool returned no place for a page');
  await deps.journal.append({
    kind: 'page',
    piece,
    ...(next !== undefined && { next }),
    tasks: tasks.map(({ id, createdTime }) => ({ id, createdMs: createdTime ?? 0 })),
    found: deps.ledger.found,
    ...(again > 0 && { again }),
    dropped: dropped.map(({ id }) => id),
    place,
  });
}
