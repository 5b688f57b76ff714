/**
 * The one gate for every text of a customer: what leaves it is well-formed Unicode that XML 1.0 can hold.
 * CR LF and lone CR become LF; lone surrogates, control characters, U+FFFE and U+FFFF become U+FFFD, so
 * that one sees where something was. All other text is unchanged.
 *
 * One forgotten vertical tab makes LibreOffice drop its row and every later row without an error. DEL is
 * legal XML, but exceljs drops it in silence.
 */
export function cleanText(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .replace(lineEnds, '\n')
    .replace(forbidden, '\uFFFD')
    .replace(loneSurrogates, '\uFFFD');
}

// Ordinary text passes one look for anything unusual, paired surrogates included: this runs for every cell.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const suspicious = /[\u0000-\u0008\u000B-\u001F\u007F\uD800-\uDFFF\uFFFE\uFFFF]/;
const lineEnds = /\r\n?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const forbidden = /[\u0000-\u0008\u000B-\u001F\u007F\uFFFE\uFFFF]/g;
// With the u flag a surrogate is only seen where it stands alone.
const loneSurrogates = /\p{Surrogate}/gu;
