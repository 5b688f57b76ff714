import { cleanText } from './clean-text.ts';
import { splitText } from './split-text.ts';

const maxUnits = 31;

/**
 * Gives every sheet a name that Excel, LibreOffice, Numbers and Google Sheets accept; exceljs checks
 * nothing. At most 31 UTF-16 units, no `[ ] : * ? / \`, not "History" (reserved by Excel), unique
 * whatever the case. Apostrophes become typographic: exceljs does not double them in the print titles.
 */
export class SheetNames {
  readonly #given = new Set<string>();
  readonly #taken = new Set<string>();

  /** Turns a wanted name into one that is valid and not taken yet. */
  give(wanted: string): string {
    const base = acceptable(wanted);
    for (let number = 1; ; number++) {
      const suffix = number === 1 ? '' : ` (${number})`;
      const name = shorten(base, maxUnits - suffix.length) + suffix;
      const key = name.toUpperCase().toLowerCase();
      if (this.#taken.has(key)) continue;
      this.#taken.add(key);
      this.#given.add(name);
      return name;
    }
  }

  /** Whether a sheet has exactly this name. */
  has(name: string): boolean {
    return this.#given.has(name);
  }
}

function acceptable(wanted: string): string {
  const name = cleanText(wanted)
    .replace(/\s+/g, ' ')
    .replace(/[[\]:*?/\\]/g, '-')
    .replace(/'/g, '’')
    // Programs read `_x0041_` in a name as the character it stands for.
    .replace(/_(?=x[0-9a-f]{4}_)/gi, '-')
    .trim();
  if (name === '') return 'Sheet';
  return name.toLowerCase() === 'history' ? `${name} -` : name;
}

function shorten(name: string, units: number): string {
  return (splitText(name, units)[0] ?? name).trimEnd();
}
