import fc from 'fast-check';

/** Small pieces that parsers stumble over. */
const nasty = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\\',
    '\n',
    '\0',
    '\ufeff',
    '\ud800',
    '\\u0000',
    '\\ud800',
  ],
  ...[
    'null',
    'true',
    '-0',
    '1e999',
    '1e-7',
    '99999999999999999999',
    '"__proto__":{}',
    '""',
    '[]',
    '{}',
  ],
  ...['"constructor"', '\u202e', '\u{1f600}', "'", '“', '=1+1', '<script>', '../', '%00'],
];

const edit = fc.record({
  at: fc.nat(),
  remove: fc.oneof(fc.constant(0), fc.nat({ max: 3 }), fc.nat({ max: 200 })),
  insert: fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 5 })),
});

/** Good texts with some things cut out and put in, so that most get past the first look. */
export function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(edit, { maxLength: 4 }))
    .map(([text, edits]) =>
      edits.reduce((all, { at, remove, insert }) => {
        const place = at % (all.length + 1);
        return all.slice(0, place) + insert + all.slice(place + remove);
      }, text),
    );
}

/** Whatever JSON can say, and what looks like it. */
export const anyJson = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.json({ maxDepth: 1, noUnicodeString: false }),
  fc.string({ unit: 'binary' }),
);

/** A JSON text in which one member, wherever it stands, is another value. */
export function withOtherMember(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...texts), fc.nat(), fc.jsonValue({ maxDepth: 2 }))
    .map(([text, number, value]) => {
      const paths = pathsIn(JSON.parse(text));
      const whole: unknown = JSON.parse(text);
      const path = paths[number % paths.length] ?? [];
      return JSON.stringify(put(whole, path, value));
    });
}

type Path = readonly string[];

function pathsIn(value: unknown, before: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [before];
  const inner = Object.entries(value).flatMap(([name, member]) =>
    pathsIn(member, [...before, name]),
  );
  return [before, ...inner];
}

function put(whole: unknown, [name, ...rest]: Path, value: unknown): unknown {
  if (name === undefined || typeof whole !== 'object' || whole === null) return value;
  const changed = Object.entries(whole).map(([key, member]) => [
    key,
    key === name ? put(member, rest, value) : member,
  ]);
  return Array.isArray(whole) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}
