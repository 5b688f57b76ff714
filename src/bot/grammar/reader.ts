import { type Token, tokenise } from './tokens.ts';

/** A text, or one that quotes the commands which the repairs lead to. */
type Sentence = string | ((commands: readonly string[]) => string);

/**
 * Why a command is refused, and the tokens it could have been meant as. The repaired tokens are read
 * again, and may be refused and repaired again, until a valid command is left to suggest.
 */
export class Refusal extends Error {
  readonly sentence: Sentence;
  readonly repairs: readonly (readonly Token[])[];

  constructor(sentence: Sentence, repairs: readonly (readonly Token[])[]) {
    super('refused by the grammar');
    this.sentence = sentence;
    this.repairs = repairs;
  }
}

interface Repair {
  /** How many tokens to take away, from the current one on. */
  readonly remove?: number;
  /** What to write there instead. */
  readonly insert?: string | readonly Token[];
}

/** A place in the tokens of one command. */
export class Reader {
  readonly tokens: readonly Token[];
  at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  /** How many tokens are not read yet. */
  get left(): number {
    return this.tokens.length - this.at;
  }

  peek(offset = 0): Token | undefined {
    return this.tokens[this.at + offset];
  }

  /** The folded text of a word; undefined for names, commas and the end. */
  word(offset = 0): string | undefined {
    const token = this.peek(offset);
    return token?.kind === 'word' ? token.text : undefined;
  }

  /** What was written from here on, for quoting it back. */
  written(count: number): string {
    const tokens = this.tokens.slice(this.at, this.at + count);
    const letters = [...tokens.map(textOf).join(' ')];
    // Shortened, because it may be anything.
    return `"${letters.slice(0, 40).join('')}${letters.length > 40 ? '…' : ''}"`;
  }

  /** The words that follow each other from here, at most so many. */
  words(most: number): string[] {
    const words: string[] = [];
    while (words.length < most) {
      const word = this.word(words.length);
      if (word === undefined) break;
      words.push(word);
    }
    return words;
  }

  skip(count = 1): void {
    this.at += count;
  }

  /** Goes past the word if it is the next one. */
  take(word: string): boolean {
    if (this.word() !== word) return false;
    this.skip();
    return true;
  }

  /** The tokens with some at the current place exchanged. */
  repaired({ remove = 0, insert = [] }: Repair): Token[] {
    const added = typeof insert === 'string' ? tokenise(insert) : insert;
    return [...this.tokens.slice(0, this.at), ...added, ...this.tokens.slice(this.at + remove)];
  }

  refuse(sentence: Sentence, repair: Repair): never {
    throw new Refusal(sentence, [this.repaired(repair)]);
  }
}

function textOf(token: Token): string {
  if (token.kind === 'comma') return ',';
  return token.kind === 'word' ? token.raw : token.text;
}
