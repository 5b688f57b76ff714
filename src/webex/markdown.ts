const loneSurrogates = /\p{Cs}/gu;
const controls = /[\p{Cc}\u2028\u2029]+/gu;
/** Characters that turn the direction of everything after them, in somebody else's sentence too. */
const directionOverrides = /[\u202a-\u202e\u2066-\u2069]/g;

/** Notifies that person; Webex shows the name that stands here. */
export function mentionOf(person: {
  readonly personId: string;
  readonly displayName: string;
}): string {
  return `<@personId:${person.personId}|${person.displayName.replace(/[<>|\p{Cc}]+/gu, ' ').trim()}>`;
}

/**
 * Makes text of people or of an API harmless inside a line of Markdown: it reads as it was written and
 * formats, links and mentions nothing. Line breaks become spaces, so it cannot begin a list either.
 *
 * The angle bracket becomes an entity, not `\<`: whoever looks for `<@all>` before reading Markdown
 * would still find a mention behind a backslash.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(loneSurrogates, '\ufffd')
    .replace(controls, ' ')
    .replace(directionOverrides, '')
    .trim()
    .replace(/[\\`*_~[\]]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/^(?:[-+#=]|\d{1,9}(?=[.)]))/, (start) =>
      /\d/.test(start) ? `${start}\\` : `\\${start}`,
    );
}
