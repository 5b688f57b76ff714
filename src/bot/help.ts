import { commandTable, rangeTable } from './grammar/table.ts';

/** Three real examples first, then every command; made from the grammar's own tables. */
export function helpText(roomType: 'group' | 'direct'): string {
  const mention = roomType === 'group' ? ' In a space, mention me first.' : '';
  const examples = commandTable.flatMap((entry) => entry.examples).slice(0, 3);
  const commands = commandTable.map(({ usage, summary }) => `- \`${usage}\` – ${summary}`);
  const ranges = rangeTable.map(({ form, meaning }) => `- \`${form}\` – ${meaning}`);
  return [
    `I export conversations of Webex Contact Center to a workbook.${mention} For example:`,
    examples.map((example) => `- \`${example}\``).join('\n'),
    'Everything I understand:',
    commands.join('\n'),
    'A range is one of these, in whole days of your time zone:',
    ranges.join('\n'),
  ].join('\n\n');
}
