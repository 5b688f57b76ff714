/**
 * The SDK behind the framework loads an old polyfill that replaces these with implementations of its own,
 * for the whole process: its `trim` is a regular expression, and every part of the bot would pay for it.
 */
const replaced: readonly (readonly [owner: object, name: string])[] = [
  [globalThis, 'parseInt'],
  [globalThis, 'parseFloat'],
  [Number, 'parseInt'],
  [Number, 'parseFloat'],
  [Math, 'sinh'],
  [Function.prototype, 'toString'],
  ...['trim', 'trimStart', 'trimEnd', 'trimLeft', 'trimRight'].map(
    (name) => [String.prototype, name] as const,
  ),
];

/** Runs an import, and puts back what it replaced of the language. */
export async function keepBuiltins<T>(load: () => Promise<T>): Promise<T> {
  const before = replaced.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  try {
    return await load();
  } finally {
    for (const [index, [owner, name]] of replaced.entries()) {
      const original = before[index];
      if (original) Object.defineProperty(owner, name, original);
    }
  }
}
