/** Where a promise did not hold. */
export interface Trouble {
  /** The options that lead there again, and in brackets what happened there. */
  readonly where: string;
  readonly wrong: readonly string[];
}

/** What one seed has led through. */
export interface Section {
  readonly seed: number;
  /** How often what happened, in words. */
  readonly counts: Readonly<Record<string, number>>;
  readonly troubles: readonly Trouble[];
}

export function tally({ seed, counts, troubles }: Section): string {
  const parts = Object.entries(counts).map(([words, count]) => `${count} ${words}`);
  return [`seed ${seed}`, ...parts, `${troubles.length} violations`].join(' · ');
}
