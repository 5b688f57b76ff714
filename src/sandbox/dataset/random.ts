/** Everything in the data set comes from numbers of this file, so the same seed makes the same year. */

/** Scrambles 32 bits; neighbouring inputs give unrelated outputs. */
export function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}

export function hashText(text: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    bits = mix(bits ^ text.charCodeAt(index));
  }
  return bits;
}

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** The value whose share the dice hit; shares need not sum to 1. */
  weighted<T>(shares: readonly [Share<T>, ...Share<T>[]]): T;
}

export type Share<T> = readonly [value: T, weight: number];

export function createRandom(seed: number): Random {
  let state = mix(seed);
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state) / 0x1_0000_0000;
  };
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    weighted(shares) {
      let total = 0;
      for (const [, weight] of shares) total += weight;
      let rest = next() * total;
      for (const [value, weight] of shares) {
        rest -= weight;
        if (rest < 0) return value;
      }
      return shares[0][0];
    },
  };
}

const step = 0x9e3779b1;
const stepBack = inverse(step);

/** The factor that undoes a multiplication by an odd number in 32 bits; each round doubles the right bits. */
function inverse(odd: number): number {
  let result = odd;
  for (let round = 0; round < 5; round++) {
    result = Math.imul(result, 2 - Math.imul(odd, result));
  }
  return result;
}

/** A version 4 UUID that knows its number, so that a quarter of a million ids need no table. */
export function uuidOf(space: number, number: number): string {
  const first = (Math.imul(number, step) + space) >>> 0;
  const second = mix(first ^ mix(space));
  const third = mix(second ^ space);
  const fourth = mix(third ^ number);
  const middle = hex(second);
  const end = hex(third);
  const variant = '89ab'[third & 3];
  return `${hex(first)}-${middle.slice(0, 4)}-4${middle.slice(5)}-${variant}${end.slice(1, 4)}-${end.slice(4)}${hex(fourth)}`;
}

/** The number inside an id of this space, or `undefined` for every other text. */
export function numberIn(space: number, uuid: string): number | undefined {
  const first = Number.parseInt(uuid.slice(0, 8), 16);
  if (Number.isNaN(first)) return undefined;
  const number = Math.imul(first - space, stepBack) >>> 0;
  return uuidOf(space, number) === uuid ? number : undefined;
}

const byteTexts = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex(bits: number): string {
  return `${byteTexts[bits >>> 24]}${byteTexts[(bits >>> 16) & 255]}${byteTexts[(bits >>> 8) & 255]}${byteTexts[bits & 255]}`;
}
