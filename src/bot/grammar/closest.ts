/**
 * The candidate a misspelt word most likely stands for, or undefined when none is near. Two
 * neighbouring letters swapped count as one mistake, as one letter too many, too few or wrong does
 * (Damerau-Levenshtein in its restricted form). One mistake in three letters is allowed, four in all.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = fold(word);
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const known = fold(candidate);
    const allowed = Math.min(4, Math.floor(Math.max(wanted.length, known.length) / 3));
    // Lengths that differ by more cannot be near; this also keeps very long words cheap.
    if (Math.abs(wanted.length - known.length) > allowed) continue;
    const mistakes = distance(wanted, known);
    if (mistakes <= allowed && mistakes < fewest) {
      best = candidate;
      fewest = mistakes;
    }
  }
  return best;
}

function fold(text: string): string[] {
  return [...text.normalize('NFC').toLowerCase()];
}

function distance(a: readonly string[], b: readonly string[]): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of a.entries()) {
    const current = [row + 1];
    for (const [column, other] of b.entries()) {
      const replaced = at(last, column) + (letter === other ? 0 : 1);
      const swapped =
        letter === b[column - 1] && other === a[row - 1]
          ? at(beforeLast, column - 1) + 1
          : replaced;
      current.push(Math.min(replaced, swapped, at(last, column + 1) + 1, at(current, column) + 1));
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

/** A cell outside the matrix is never the smallest. */
function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
