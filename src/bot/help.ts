import { button, cardOf, commandLine, heading, line, unfold } from './card-parts.ts';
import { exportForm } from './export-form.ts';
import { commandTable, rangeTable } from './grammar/table.ts';

/** Three real examples first, then every command; made from the grammar's own tables. */
export function helpText(roomType: 'group' | 'direct'): string {
  const mention = roomType === 'group' ? ' In a space, mention me first.' : '';
  const examples = threeExamples();
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

/** What most people need of it, and a form for those who would rather not type. */
export function helpCard(at: Parameters<typeof exportForm>[0], buttonId: string): unknown {
  const mention = at.roomType === 'group' ? ', mentioning me,' : '';
  return cardOf(
    [
      heading('Export conversations of Webex Contact Center'),
      line(`Write a command${mention} for example:`),
      ...threeExamples().map(commandLine),
      line('Or fill this in:'),
      ...exportForm(at),
    ],
    [
      button('Start the export', buttonId),
      unfold('All commands', commandTable.flatMap(describeCommand)),
    ],
  );
}

function describeCommand({ usage, summary }: (typeof commandTable)[number]) {
  return [commandLine(usage), line(summary)];
}

/** To begin with. */
export function threeExamples(): string[] {
  return commandTable.flatMap((entry) => entry.examples).slice(0, 3);
}
