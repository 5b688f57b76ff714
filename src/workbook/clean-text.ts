/**
 * The one gate for every text of a customer: what leaves it is well-formed Unicode that XML 1.0 can hold.
 * CR LF and lone CR become LF; lone surrogates, control characters, U+FFFE and U+FFFF become U+FFFD, so
 * that one sees where something was. All other text is unchanged.
 *
 * One forgotten vertical tab makes LibreOffice drop its row and every later row without an error. DEL is
 * legal XML, but exceljs drops it in silence.
 */
export function cleanText(text: string): string {
  if (!suspicious.test(text)) return text.toWellFormed();
  return text.replace(lineEnds, '\n').replace(forbidden, '\uFFFD').toWellFormed();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const suspicious = /[\u0000-\u0008\u000B-\u001F\u007F\uFFFE\uFFFF]/;
const lineEnds = /\r\n?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const forbidden = /[\u0000-\u0008\u000B-\u001F\u007F\uFFFE\uFFFF]/g;
