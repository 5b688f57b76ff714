import { BadCommandError } from '../../errors.ts';
import { type Command, defaultRequest, longestCommand } from './command.ts';
import { printCommand } from './print.ts';
import { Reader, Refusal } from './reader.ts';
import * as sentences from './sentences.ts';
import { type Token, tokenise } from './tokens.ts';
import { readCommand } from './verbs.ts';

/**
 * Reads what a person typed, the mention already taken away. An empty text asks for help.
 *
 * @throws {BadCommandError} with a sentence for exactly this mistake and the nearest valid command
 */
export function parseCommand(text: string): Command {
  if (text.trim().length > longestCommand) throw badCommand(tooLong(), []);
  const tokens = tokenise(text);
  const result = attempt(tokens);
  if (result instanceof Refusal) throw badCommand(result, tokens);
  return result;
}

function attempt(tokens: readonly Token[]): Command | Refusal {
  try {
    const command = readCommand(new Reader(tokens));
    // A suggestion, and a command kept with its job, must be readable again.
    return printCommand(command).length > longestCommand ? tooLong() : command;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function tooLong(): Refusal {
  return new Refusal(sentences.tooLong(longestCommand), []);
}

function badCommand({ sentence, repairs }: Refusal, tokens: readonly Token[]): BadCommandError {
  const wantsExport = tokens.some((token) => token.kind === 'word' && token.text === 'export');
  const anyCommand: Command =
    wantsExport || tokens.length === 0
      ? { kind: 'export', request: defaultRequest }
      : { kind: 'help' };
  const commands = repairs.map((repair) => printCommand(nearest(repair) ?? anyCommand));
  const text = typeof sentence === 'string' ? sentence : sentence(commands);
  return new BadCommandError(text, commands[0] ?? printCommand(anyCommand));
}

/** A text rarely has more mistakes; the bound also ends repairs that lead nowhere. */
const mostRepairs = 12;

/** Repairs one mistake after the other until the rest is a valid command. */
function nearest(tokens: readonly Token[]): Command | undefined {
  let repaired = tokens;
  for (let repairs = 0; repairs < mostRepairs; repairs++) {
    const result = attempt(repaired);
    if (!(result instanceof Refusal)) return result;
    const [next] = result.repairs;
    if (!next) return undefined;
    repaired = next;
  }
  return undefined;
}
