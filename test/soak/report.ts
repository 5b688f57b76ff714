/** Where a promise did not hold. */
export interface Trouble {
  /** The options that lead there again, and in brackets what happened there. */
  readonly where: string;
  readonly wrong: readonly string[];
}

/** What one seed has led through. */
export interface Section {
  readonly seed: number;
  /** Where the seed alone does not say what was played. */
  readonly words?: string;
  /** How often what happened, in words. */
  readonly counts: Readonly<Record<string, number>>;
  readonly troubles: readonly Trouble[];
}

export function tally({ seed, words, counts, troubles }: Section): string {
  const parts = Object.entries(counts).map(([words, count]) => `${count} ${words}`);
  return [words ?? `seed ${seed}`, ...parts, `${troubles.length} violations`].join(' · ');
}
