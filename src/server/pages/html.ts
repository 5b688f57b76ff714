/** Text that is markup already: made by `html` only. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** Markup with every value escaped, safe in text and in quoted attributes; markup in it stays markup. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | Markup | readonly Markup[])[]
): Markup {
  const rendered = values.map((value) => {
    if (typeof value === 'string') return escapeText(value);
    return value instanceof Markup ? value.text : value.map(({ text }) => text).join('');
  });
  return new Markup(String.raw({ raw: parts }, ...rendered));
}

/** Line breaks and their like, half characters, and marks that change the direction of what follows. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * A name or title somebody chose: without characters that steer the text around it, and not longer
 * than a reader needs to recognise it.
 */
export function foreignText(text: string, mostCharacters = 120): Markup {
  const [...characters] = text.replace(steering, ' ').trim();
  const shown =
    characters.length > mostCharacters
      ? [...characters.slice(0, mostCharacters - 1), '…']
      : characters;
  return html`<bdi>${shown.join('')}</bdi>`;
}
