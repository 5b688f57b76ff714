import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** Asks whoever sits at the terminal, or takes the next line of what was piped in. */
export interface Asker {
  /** Whether a bad answer can be asked for again. */
  readonly isPerson: boolean;
  /** @returns nothing where the input has ended */
  ask(prompt: string, options?: { readonly isSecret?: boolean }): Promise<string | undefined>;
  close(): void;
}

export async function createAsker(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
): Promise<Asker> {
  return input.isTTY ? atTerminal(input, output) : ofLines((await text(input)).split(/\r?\n/));
}

function ofLines(lines: string[]): Asker {
  // What follows the last line break is no line.
  if (lines.at(-1) === '') lines.pop();
  return { isPerson: false, ask: async () => lines.shift()?.trim(), close: () => {} };
}

function atTerminal(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Asker {
  let isHidden = false;
  const visible = new Writable({
    write(chunk, _encoding, done) {
      if (!isHidden) output.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input, output: visible, terminal: true });
  const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  return {
    isPerson: true,
    async ask(prompt, { isSecret = false } = {}) {
      // What is typed would be painted together with the prompt, so that one is hidden as well.
      if (isSecret) output.write(prompt);
      isHidden = isSecret;
      const answer = await Promise.race([lines.question(prompt), ended]);
      isHidden = false;
      if (isSecret) output.write('\n');
      return answer?.trim();
    },
    close: () => lines.close(),
  };
}
