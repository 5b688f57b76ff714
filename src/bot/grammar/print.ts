import type { Recurrence } from '../../export/recurrence.ts';
import type { RedactionClass } from '../../export/redaction.ts';
import {
  type Channel,
  type Command,
  type ExportRequest,
  historyCounts,
  type LocalDateOrTime,
  type Range,
} from './command.ts';
import { quote, tokenise } from './tokens.ts';

/** The canonical spelling; parsed again it is the same command. What is the default is left out. */
export function printCommand(command: Command): string {
  if (command.kind === 'export') return `export ${printRequest(command.request)}`;
  if (command.kind === 'schedule') {
    return `schedule ${printRecurrence(command.recurrence)} export ${printRequest(command.request)}`;
  }
  if (command.kind === 'unschedule') return `unschedule ${command.ref}`;
  if (command.kind === 'run') return `run ${command.ref}${command.toMe ? ' to me' : ''}`;
  if (command.kind === 'cancel' && command.ref !== undefined) return `cancel ${command.ref}`;
  if (command.kind === 'recall' || command.kind === 'retry')
    return `${command.kind} ${command.ref}`;
  if (command.kind === 'history' && command.count !== historyCounts.usual)
    return `history ${command.count}`;
  return command.kind;
}

export function printRecurrence(recurrence: Recurrence): string {
  switch (recurrence.kind) {
    case 'daily':
      return `every day ${recurrence.time}`;
    case 'weekdays':
      return `every weekday ${recurrence.time}`;
    case 'weekly':
      return `every ${recurrence.day} ${recurrence.time}`;
    case 'monthly':
      return `every month on day ${recurrence.day} ${recurrence.time}`;
    default:
      return recurrence satisfies never;
  }
}

function printRequest({
  range,
  queues,
  through,
  agents,
  channel,
  customer,
  containing,
  by,
  zone,
  withContact,
  format,
  redact,
  toMe,
}: ExportRequest): string {
  const clauses = [printRange(range)];
  if (queues === 'all') clauses.push('queue all');
  else if (queues !== 'default') clauses.push(`queue ${queues.map(quote).join(', ')}`);
  if (through.length > 0) clauses.push(`through ${through.map(quote).join(', ')}`);
  if (agents.length > 0) clauses.push(`agent ${agents.map(quote).join(', ')}`);
  if (channel !== 'chat') clauses.push(`channel ${channel}`);
  if (customer !== undefined) clauses.push(`customer ${plainOrQuoted(customer)}`);
  if (containing.length > 0) clauses.push(`containing ${containing.map(quote).join(', ')}`);
  if (by !== 'created') clauses.push(`by ${by}`);
  if (zone !== undefined) clauses.push(`in ${zone}`);
  if (withContact) clauses.push('with contact');
  if (format !== 'xlsx') clauses.push(`as ${format}`);
  if (redact) clauses.push('redact');
  if (toMe) clauses.push('to me');
  return clauses.join(' ');
}

/** Without quotes where it is read as one word. */
function plainOrQuoted(text: string): string {
  const [token, ...others] = tokenise(text);
  const isWord = token?.kind === 'word' && token.text === text && others.length === 0;
  return isWord ? text : quote(text);
}

export function printRange(range: Range): string {
  switch (range.kind) {
    case 'today':
    case 'yesterday':
      return range.kind;
    case 'last':
      return `last ${range.count} ${range.count === 1 ? range.unit.slice(0, -1) : range.unit}`;
    case 'calendar':
      return `${range.which} ${range.unit}`;
    case 'since_last':
      return 'since last export';
    case 'since':
      return `since ${printDateOrTime(range.from)}`;
    case 'dates': {
      const [from, to] = [printDateOrTime(range.from), printDateOrTime(range.to)];
      return from === to ? from : `${from} to ${to}`;
    }
    default:
      return range satisfies never;
  }
}

export function printDateOrTime({ date, time }: LocalDateOrTime): string {
  return time === undefined ? date : `${date} ${time}`;
}

const channelWords = {
  chat: 'live chat',
  social: 'social messaging',
  email: 'email',
  voice: 'voice calls',
  digital: 'all digital channels',
  all: 'all channels',
} as const satisfies Record<Channel, string>;

const formatWords = { csv: 'CSV', jsonl: 'JSON lines' } as const;

/** What an export holds, in plain words: `live chat, queue "Support"`, `all channels, by end time`. */
export function describeFilters(
  request: ExportRequest,
  masked: readonly RedactionClass[] = [],
): string {
  const { channel, queues, through, agents, customer, containing } = request;
  const { by, withContact, format } = request;
  const parts: string[] = [channelWords[channel]];
  if (queues === 'all') parts.push('all queues');
  else if (queues !== 'default')
    parts.push(`${queues.length > 1 ? 'queues' : 'queue'} ${list(queues)}`);
  if (through.length > 0) parts.push(`through ${either(through)} at any time`);
  if (agents.length > 0) parts.push(`last agent ${either(agents)}`);
  if (customer !== undefined) parts.push(`customer ${customer}`);
  if (containing.length > 0) parts.push(`containing ${either(containing)}`);
  if (by === 'ended') parts.push('by end time');
  if (withContact) parts.push('with contact details of the customers');
  if (masked.length > 0) parts.push(`${plainList(masked.map((one) => maskedWords[one]))} masked`);
  if (format !== 'xlsx') parts.push(`as ${formatWords[format]}`);
  return parts.join(', ');
}

const maskedWords = {
  card: 'card numbers',
  iban: 'IBANs',
  email: 'e-mail addresses',
  phone: 'phone numbers',
} as const satisfies Record<RedactionClass, string>;

function list(names: readonly string[]): string {
  return plainList(names.map((name) => `"${name}"`));
}

function either(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(' or ');
}

function plainList(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), words.at(-1)].filter((part) => part !== '').join(' and ');
}
