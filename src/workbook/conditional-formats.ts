import type { CellRange, ReportFormat } from './sheet.ts';

const scaleColor = 'F28E5B';
const barColor = '8FB4E3';

/**
 * Colour scales and data bars as every program knows them since 2007: no extension, no macro. A bar begins
 * at zero and fills the cell at the largest value; without the lengths Excel draws 10 % for a zero.
 */
export function conditionalFormatsXml(formats: readonly ReportFormat[]): string {
  return formats
    .map((format, index) => {
      const rule = `<cfRule type="${format.kind}" priority="${index + 1}">${ruleXml(format)}</cfRule>`;
      return `<conditionalFormatting sqref="${rangeRef(format.range)}">${rule}</conditionalFormatting>`;
    })
    .join('');
}

function ruleXml(format: ReportFormat): string {
  switch (format.kind) {
    case 'colorScale':
      return `<colorScale><cfvo type="min"/><cfvo type="max"/><color rgb="FFFFFFFF"/><color rgb="FF${format.color ?? scaleColor}"/></colorScale>`;
    case 'dataBar':
      return `<dataBar minLength="0" maxLength="100"><cfvo type="num" val="0"/><cfvo type="max"/><color rgb="FF${format.color ?? barColor}"/></dataBar>`;
    default:
      return format satisfies never;
  }
}

function rangeRef({ fromRow, toRow, fromColumn, toColumn }: CellRange): string {
  return `${columnLetters(fromColumn)}${fromRow + 1}:${columnLetters(toColumn)}${toRow + 1}`;
}

/** 0 is A, 25 is Z, 26 is AA. */
function columnLetters(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : columnLetters(Math.floor(index / 26) - 1) + letter;
}
