import { cardButtons, cardTexts } from './webex/cards.ts';
import type { Message, StoredFile } from './webex/message.ts';
import type { MessageEvent } from './webex/webex.ts';

interface Scene {
  /** What the space is called. */
  readonly space: string;
  /** Where the message's file was written. */
  readonly savedAs?: string | undefined;
}

const marks = { created: '', edited: ' (edited)', deleted: ' (removed)' } as const;

/** One line for who speaks where, one for each line of what is said. */
export function narrate({ kind, message }: MessageEvent, { space, savedAs }: Scene): string[] {
  const thread = message.parentId === undefined ? '' : ', in the thread';
  const head = `${message.author.displayName} in ${space}${thread}${marks[kind]}:`;
  const lines =
    kind === 'deleted' ? [] : [...saidLines(message), ...fileLines(message.file, savedAs)];
  return [head, ...lines.map((line) => `    ${line}`)];
}

function saidLines({ text, card }: Message): string[] {
  if (!card) return text === '' ? [] : text.split('\n');
  const buttons = cardButtons(card).map(({ title }) => `[${title}]`);
  return [...cardTexts(card).map((line) => `| ${line}`), `| ${buttons.join(' ')}`];
}

function fileLines(file: StoredFile | undefined, savedAs: string | undefined): string[] {
  if (!file) return [];
  const to = savedAs === undefined ? '' : ` -> ${savedAs}`;
  return [`file: ${file.name} (${sizeWords(file.bytes.length)})${to}`];
}

function sizeWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1_000, 'kB'] : [bytes / 1_000_000, 'MB'];
  return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}
