/**
 * Numbers as texts that nothing remembers. V8 keeps the texts of the numbers it was asked for last, and what
 * was kept when it tidies up stays for long: with two new numbers a row, the process that wrote a million
 * rows was 15 MB larger for them.
 */

/** Seventeen digits name every double exactly. */
export function fractionDigits(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(17);
}

const group = 1_000;
/** `000` to `999`. */
const groupDigits = Array.from({ length: group }, (_, index) => String(index).padStart(3, '0'));

/** The digits of numbers that come in ascending order, as those of rows do. */
export class AscendingDigits {
  #groups = 0;
  #groupsDigits = '';

  of(value: number): string {
    const groups = Math.floor(value / group);
    if (groups === 0) return String(value);
    if (groups !== this.#groups) {
      this.#groups = groups;
      this.#groupsDigits = String(groups);
    }
    return this.#groupsDigits + groupDigits[value - groups * group];
  }
}
