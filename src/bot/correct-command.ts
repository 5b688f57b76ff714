import { BadCommandError } from '../errors.ts';
import type { Correction } from '../export/report.ts';
import type { ExportRequest } from './grammar/command.ts';
import { parseCommand } from './grammar/parse.ts';
import { printCommand } from './grammar/print.ts';

/**
 * The command of an export with other names in it, ready to be sent. It is never run by itself.
 *
 * @returns nothing where it would be the same command: the name came from a setting, or none is near
 */
export function correctCommand(
  text: string,
  corrections: readonly Correction[] = [],
): string | undefined {
  const command = readCommand(text);
  if (command?.kind !== 'export' || corrections.length === 0) return undefined;
  const { request } = command;
  const corrected = printCommand({ kind: 'export', request: withNames(request, corrections) });
  return corrected === printCommand(command) ? undefined : corrected;
}

function withNames(request: ExportRequest, corrections: readonly Correction[]): ExportRequest {
  // Two clauses may spell one name in two cases, of which only the first was looked up.
  const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const correct = (kind: Correction['kind'], names: readonly string[]) => {
    const of = (name: string) =>
      corrections.find((one) => one.kind === kind && isSame(one.from, name))?.to ?? name;
    return [...new Set(names.map(of))];
  };
  const { queues, through, agents } = request;
  return {
    ...request,
    queues: typeof queues === 'string' ? queues : correct('queue', queues),
    through: correct('queue', through),
    agents: correct('agent', agents),
  };
}

/** What was stored by an earlier version need not be understood any more. */
function readCommand(text: string) {
  try {
    return parseCommand(text);
  } catch (error) {
    if (error instanceof BadCommandError) return undefined;
    throw error;
  }
}
