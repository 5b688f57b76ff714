import { z } from 'zod';
import { BadCommandError } from '../errors.ts';
import { choices, textInput, toggle } from './card-parts.ts';
import { type Command, formats } from './grammar/command.ts';
import { parseCommand } from './grammar/parse.ts';
import { quote } from './grammar/tokens.ts';

/** The ranges of the form, as one types them; all others are typed. */
const ranges = [
  'last 7 days',
  'today',
  'yesterday',
  'this week',
  'last week',
  'this month',
  'last month',
  'last 30 days',
] as const;

const formatTitles = {
  xlsx: 'Workbook',
  csv: 'CSV files',
  jsonl: 'JSON lines',
} as const satisfies Record<(typeof formats)[number], string>;

const labels = {
  range: 'Range',
  queue: 'Queue',
  zone: 'Time zone',
  format: 'Format',
  redact: 'Personal data',
  toMe: 'Who gets the file',
} as const;

const mostLetters = 100;
const typed = z.string().trim().max(mostLetters).default('');
const ticked = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');

/** What Webex sends of the form: all of it as text, and nothing of it to be trusted. */
const Inputs = z.object({
  range: z.enum(ranges),
  queue: typed,
  zone: typed,
  format: z.enum(formats),
  redact: ticked,
  toMe: ticked,
} satisfies Record<keyof typeof labels, z.ZodType>);

/** The inputs of the form, as elements of a card. */
export function exportForm(at: {
  readonly zone: string;
  readonly roomType: 'group' | 'direct';
  readonly defaultQueue: string | undefined;
}) {
  const usual = at.defaultQueue === undefined ? 'all queues' : 'the usual queue';
  return [
    choices({
      ...{ id: 'range', label: labels.range, value: ranges[0] },
      choices: ranges.map((range) => ({ title: range, value: range })),
    }),
    textInput({
      ...{ id: 'queue', label: labels.queue, maxLength: mostLetters },
      placeholder: `name of a queue, nothing for ${usual}`,
    }),
    textInput({
      ...{ id: 'zone', label: labels.zone, value: at.zone, maxLength: mostLetters },
      placeholder: 'Europe/Berlin',
    }),
    choices({
      ...{ id: 'format', label: labels.format, value: 'xlsx' },
      choices: formats.map((format) => ({ title: formatTitles[format], value: format })),
    }),
    toggle({
      ...{ id: 'redact', label: labels.redact },
      title: 'mask card numbers, IBANs, e-mail addresses and phone numbers',
    }),
    ...(at.roomType === 'group'
      ? [toggle({ id: 'toMe', label: labels.toMe, title: 'send it to me alone' })]
      : []),
  ];
}

/**
 * The command that somebody would have typed instead of filling in the form: it goes the way of a typed one.
 *
 * @throws {BadCommandError} an input is not what the form offers, or the grammar refuses what was typed
 */
export function readExportForm(inputs: Readonly<Record<string, unknown>>): Command {
  const read = Inputs.safeParse(inputs);
  if (!read.success) {
    const names = new Set(read.error.issues.map(({ path: [name] }) => name));
    const bad = Object.entries(labels).flatMap(([name, label]) => (names.has(name) ? [label] : []));
    throw new BadCommandError(
      `I cannot read ${bad.join(' and ')} on this card, so nothing was started.`,
      'export last 7 days',
    );
  }
  const { range, queue, zone, format, redact, toMe } = read.data;
  const words = ['export', range];
  if (queue !== '') words.push('queue', quote(queue));
  if (zone !== '') words.push('in', zone);
  words.push('as', format);
  if (redact) words.push('redact');
  if (toMe) words.push('to me');
  return parseCommand(words.join(' '));
}
