/** What a sentence of the bot says about an export, read from its plain text. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly ref: string }
  | {
      readonly kind: 'finished';
      readonly ref: string;
      readonly found: number;
      /** The other numbers by their words: `exported`, `still open`, … */
      readonly parts: ReadonlyMap<string, number>;
      /** What the bot added about the result, if anything. */
      readonly notes: string;
    }
  | { readonly kind: 'empty' }
  | { readonly kind: 'ended'; readonly sentence: string };

const number = '\\d[\\d,]*';
const words = '[a-z]+(?: [a-z]+)*';
const finishedSentence = new RegExp(
  `(?<found>${number}) found(?<parts>(?: · ${number} ${words})*)(?: \\([^)]*\\))? · ref (?<ref>\\w+) · [^.]*?(?:\\.\\d [a-z]+)?\\.(?<notes>.*)`,
  's',
);

/** @returns nothing for sentences that decide nothing: a request to sign in, progress, a notice */
export function readVerdict(text: string): Verdict | undefined {
  const { ref, found, parts, notes } = finishedSentence.exec(text)?.groups ?? {};
  if (ref !== undefined && found !== undefined) {
    return {
      kind: 'finished',
      ref,
      found: toNumber(found),
      parts: toParts(parts),
      notes: notes?.trim() ?? '',
    };
  }
  if (/\bNo conversations in /.test(text)) return { kind: 'empty' };
  if (/\bexport \w+ (failed|is cancelled|has ended)|^Something went wrong/i.test(text)) {
    return { kind: 'ended', sentence: text };
  }
  const accepted = /\bRef (\w+) · cancel \1 stops it/.exec(text)?.[1];
  return accepted === undefined ? undefined : { kind: 'accepted', ref: accepted };
}

/** @returns why an export that ended this way is not a success, as a sentence */
export function problemWith(verdict: Exclude<Verdict, { kind: 'accepted' }>): string | undefined {
  switch (verdict.kind) {
    case 'empty':
      return undefined;
    case 'ended':
      return `The export did not succeed: ${verdict.sentence}`;
    case 'finished':
      return problemWithBalance(verdict);
    default:
      return verdict satisfies never;
  }
}

/** Remarks that leave the result whole. */
const harmless =
  /I look again by myself until [^.]+ and post what has come\.|Of these, [\d,]+ had not been ready in export \w+\.|The contact center counted [\d,]+ at first and [\d,]+ at the end; conversations came or went while I searched\.|The contact center counts [\d,]+: it listed [\d,]+ a second time\.|The contact center's own count was not available\./g;

/** Behind everything else stands the name of the person who is called. */
const mention = /(?:^|\s)\p{Lu}[\p{L}'’-]*(?:\s\p{Lu}[\p{L}'’-]*){0,3}$/u;

function problemWithBalance({
  ref,
  found,
  parts,
  notes,
}: Extract<Verdict, { kind: 'finished' }>): string | undefined {
  const sum = [...parts.values()].reduce((total, part) => total + part, 0);
  if (sum !== found) {
    return `The balance of ${ref} does not add up: ${found} found, but the parts make ${sum}.`;
  }
  for (const bad of ['failed', 'cancelled']) {
    const count = parts.get(bad);
    if (count) return `Export ${ref} is only partial: ${count} ${bad}.`;
  }
  const rest = notes.replaceAll(harmless, '').trim().replace(mention, '');
  return rest === '' ? undefined : `Export ${ref} is only partial: ${rest}`;
}

function toNumber(digits: string): number {
  return Number(digits.replaceAll(',', ''));
}

function toParts(text = ''): Map<string, number> {
  const parts = text.matchAll(new RegExp(` · (${number}) (${words})`, 'g'));
  return new Map([...parts].map(([, digits = '', name = '']) => [name, toNumber(digits)]));
}
