import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** What is said instead of showing the page. */
  readonly say: readonly string[];
  readonly outDir: string;
  readonly seed: number;
  /** Of the page; 0 takes a free one. */
  readonly port: number;
}

export const usage = `Usage: npm run demo [-- OPTIONS]

Starts a Webex, a contact center and a file host on this machine, and the real bot
against them. Without options it prints the address of a page with a Webex-like space.

  --say TEXT   say this to the bot instead of showing the page; may be repeated
  --out DIR    where posted files are written with --say (default: data/demo)
  --seed N     other conversations in the contact center (default: 1)
  --port N     port of the page (default: a free one)
  --help       show this
`;

const texts = {
  say: { type: 'string', multiple: true },
  out: { type: 'string' },
  seed: { type: 'string' },
  port: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** @throws {Error} with a sentence about the first option that is not understood */
export function readDemoOptions(args: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({ args: [...args], options: texts, strict: true });
  if (values.help) return 'help';
  const say = values.say ?? [];
  if (say.some((text) => text.trim() === '')) throw new Error('--say needs a text.');
  if (values.out !== undefined && say.length === 0) throw new Error('--out goes with --say.');
  return {
    say,
    outDir: values.out?.trim() || 'data/demo',
    seed: wholeNumber('--seed', values.seed ?? '1', 0xffff_ffff),
    port: wholeNumber('--port', values.port ?? '0', 65_535),
  };
}

function wholeNumber(name: string, text: string, max: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= max) return number;
  throw new Error(`${name} needs a whole number from 0 to ${max}.`);
}
