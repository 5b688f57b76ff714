import type { Caller, ContactCenter } from '../contact-center/client.ts';
import { fold } from '../contact-center/conditions.ts';
import { countTasksBy } from '../contact-center/count.ts';
import { isRefusedQuestion } from '../contact-center/dialect.ts';
import type { TaskQuery } from '../contact-center/query.ts';
import { listQueues, type Queue, resolveQueueNames } from '../contact-center/queues.ts';
import { AppError } from '../errors.ts';
import { InvalidAnswerError } from '../http/errors.ts';
import type { Log } from '../log.ts';
import type { Correction } from './report.ts';

/** A queue or an agent of the command that the contact center does not have. */
export class UnknownNameError extends AppError {
  readonly code = 'command_bad';
  /** The nearest name to each; some may have none. */
  readonly corrections: readonly Correction[];

  constructor(message: string, userMessage: string, corrections: readonly Correction[]) {
    super(message, userMessage);
    this.corrections = corrections;
  }
}

interface NameDeps {
  readonly contactCenter: ContactCenter;
  readonly caller: Caller;
  /** The known name nearest to a mistyped one. */
  readonly closest: (word: string, candidates: readonly string[]) => string | undefined;
  readonly log: Log;
}

/**
 * The queues of the names of each clause; they are listed once for all clauses, and only where one has names.
 *
 * @throws {UnknownNameError} with the nearest names there are
 */
export async function findQueues<Clause extends string>(
  clauses: Readonly<Record<Clause, readonly string[]>>,
  deps: NameDeps,
): Promise<Record<Clause, readonly Queue[]>> {
  const known: Queue[] = [];
  if (Object.values<readonly string[]>(clauses).some((names) => names.length > 0)) {
    for await (const queue of listQueues(deps.contactCenter, deps.caller)) known.push(queue);
  }
  const found = Object.entries<readonly string[]>(clauses).map(([clause, names]) => [
    clause,
    queuesNamed(names, known, deps),
  ]);
  // The same names as were given.
  return Object.fromEntries(found) as Record<Clause, readonly Queue[]>;
}

function queuesNamed(
  names: readonly string[],
  known: readonly Queue[],
  deps: NameDeps,
): readonly Queue[] {
  const { found, unknown } = resolveQueueNames(names, known);
  if (unknown.length === 0) return found;
  const candidates = known.map((queue) => queue.name);
  throw unknownNames('queue', unknown, candidates, deps, 'or with queue all');
}

export interface Agent {
  readonly id: string | undefined;
  readonly name: string;
}

/**
 * Finds agents among those who were the last one in a conversation of the window: there is no list of them
 * for every role. Where the contact center cannot name them, the names stay as they were typed.
 *
 * @throws {UnknownNameError} nobody of that name, with the nearest names there are
 */
export async function findAgents(
  names: readonly string[],
  pieces: readonly TaskQuery[],
  deps: NameDeps,
): Promise<Agent[]> {
  if (names.length === 0) return [];
  const known = await listAgents(pieces, deps);
  if (known.length === 0) return names.map((name) => ({ id: undefined, name }));
  const unknown = names.filter((name) => !known.some((agent) => fold(agent.name) === fold(name)));
  if (unknown.length > 0) {
    const candidates = known.map(({ name }) => name);
    throw unknownNames('agent', unknown, candidates, deps, 'or with another range');
  }
  return known.filter((agent) => names.some((name) => fold(agent.name) === fold(name)));
}

async function listAgents(pieces: readonly TaskQuery[], deps: NameDeps): Promise<Agent[]> {
  const known = new Map<string, Agent>();
  try {
    for (const piece of pieces) {
      const groups = await countTasksBy(deps.contactCenter, deps.caller, piece, 'lastAgent');
      for (const { id, name } of groups) {
        if (name !== undefined) known.set(`${id} ${name}`, { id, name });
      }
    }
  } catch (error) {
    if (!isRefusedQuestion(error) && !(error instanceof InvalidAnswerError)) throw error;
    deps.log.warn({ err: error }, 'the contact center could not list the agents');
    return [];
  }
  return [...known.values()];
}

function unknownNames(
  kind: 'queue' | 'agent',
  unknown: readonly string[],
  candidates: readonly string[],
  { closest }: NameDeps,
  otherwise: string,
): UnknownNameError {
  const corrections: Correction[] = [];
  const sentences = unknown.map((name) => {
    const near = closest(name, candidates);
    if (near !== undefined) corrections.push({ kind, from: name, to: near });
    const nearest = near === undefined ? '' : `; the nearest one is "${near}"`;
    return kind === 'queue'
      ? `There is no queue "${name}"${nearest}.`
      : `No agent "${name}" was the last one in a conversation of that time${nearest}.`;
  });
  return new UnknownNameError(
    `${unknown.length} ${kind} names are unknown`,
    `${sentences.join(' ')} Send the command again with the right name, ${otherwise}.`,
    corrections,
  );
}
