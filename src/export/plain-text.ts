/** Units of ASCII need no second look. */
const others = /[^\0-\x7f]/gu;

/**
 * A text as ASCII as far as digits, separators and e-mail addresses go, unit for unit: what is found in it
 * stands at the same place in the text itself. Letters of other alphabets stay.
 */
export function plainText(text: string): string {
  return text.replace(others, (character) => {
    const plain = plainCharacter(character);
    // Astral ones take two units.
    return plain === undefined ? character : plain.padEnd(character.length, ' ');
  });
}

const known = new Map<string, string | undefined>();
const mostKnown = 4_096;

function plainCharacter(character: string): string | undefined {
  if (known.has(character)) return known.get(character);
  const plain = findPlain(character);
  if (known.size < mostKnown) known.set(character, plain);
  return plain;
}

function findPlain(character: string): string | undefined {
  if (/\p{Nd}/u.test(character)) return digitOf(character);
  // Also what nobody sees: it parts digits as well as a space does.
  if (/\p{Z}|\p{Cf}|\ufe0f/u.test(character)) return ' ';
  if (/\p{Pd}|[\u2212\u30fb\u00b7\u2022]/u.test(character)) return '-';
  const compatible = character.normalize('NFKC');
  return /^[\x21-\x7e]$/.test(compatible) ? compatible : undefined;
}

/** Digits stand in rows of ten, those of mathematics in five such rows one after the other. */
function digitOf(character: string): string {
  const compatible = character.normalize('NFKC');
  if (/^\d$/.test(compatible)) return compatible;
  const code = character.codePointAt(0) ?? 0;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String(code - zero);
}
