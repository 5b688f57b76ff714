import { describe, expect, it } from 'vitest';
import { commandHandlers } from '../../src/bot/commands.ts';
import { parseCommand } from '../../src/bot/grammar/parse.ts';
import { helpText } from '../../src/bot/help.ts';
import { createRenderer } from '../../src/sandbox/webex/text.ts';

const render = createRenderer(() => undefined);

/** What stands in the help as code, in its order. */
function codesIn(markdown: string): string[] {
  return [...markdown.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

describe('the help', () => {
  it('begins with three examples that work as they stand', () => {
    const examples = codesIn(helpText('group')).slice(0, 3);
    expect(examples.map((example) => parseCommand(example).kind)).toEqual([
      'export',
      'export',
      'export',
    ]);
  });

  it('names every command the bot has, once', () => {
    const [, commands = ''] = helpText('group').split('Everything I understand:');
    const names = codesIn(commands.split('A range is')[0] ?? '').map(
      (usage) => usage.split(' ')[0] ?? '',
    );
    expect(names.toSorted()).toEqual(Object.keys(commandHandlers).toSorted());
  });

  it('speaks of mentions only where they are needed', () => {
    expect(helpText('group')).toContain('In a space, mention me first.');
    expect(helpText('direct')).not.toContain('mention');
  });

  it('is one message of plain lists, with nothing that Webex would swallow', () => {
    const markdown = helpText('group');
    const { html } = render(markdown);
    expect(Buffer.byteLength(markdown)).toBeLessThan(7_439);
    expect(html.match(/<ul>/g)).toHaveLength(3);
    expect(html).not.toMatch(/<(?!\/?(?:p|ul|li|code|strong)>)/);
    expect(html).toContain('&lt;IANA zone&gt;');
  });
});
