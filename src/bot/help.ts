import { commandTable } from './grammar/table.ts';

/** Three real examples first, then every command; made from the grammar's own table. */
export function helpText(roomType: 'group' | 'direct'): string {
  const mention =
    roomType === 'group' ? 'In a space, mention me first; in our direct space you need not.' : '';
  const examples = commandTable.flatMap(({ examples }) => examples).slice(0, 3);
  const commands = commandTable.map(({ usage, summary }) => `- \`${usage}\` – ${summary}`);
  return [
    `I export conversations of Webex Contact Center to a workbook. ${mention}`.trim(),
    `For example:\n${examples.map((example) => `- \`${example}\``).join('\n')}`,
    `Everything I understand:\n${commands.join('\n')}`,
  ].join('\n\n');
}
