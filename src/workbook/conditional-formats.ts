import { cellRef } from './cell-ref.ts';
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
  return `${cellRef(fromRow + 1, fromColumn)}:${cellRef(toRow + 1, toColumn)}`;
}
