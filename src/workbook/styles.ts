import type { Style } from 'exceljs';
import type { Look } from './cell.ts';
import type { ReportStyle } from './sheet.ts';

export type CellStyle = Readonly<Partial<Style>>;

const dateTimeFormat = 'yyyy-mm-dd hh:mm:ss.000';
const durationFormat = '[h]:mm:ss';

/**
 * exceljs cannot write Excel's quote prefix. Protection that asks for what is the default anyway makes the
 * style a record of its own, and `PackageWriter` turns its mark in the styles part into the quote prefix.
 */
const quoteMark: CellStyle = { protection: { locked: true } };

const bandFill: CellStyle = { fill: solid('F2F5FA') };
/** As every program shows what can be clicked; colour 10 of the theme is that of links. */
const linkFont: CellStyle = { font: font({ underline: true, color: { theme: 10 } }) };

interface TableLook {
  readonly wrap: boolean;
  /** The background of every second group of rows. */
  readonly band: boolean;
  readonly link: boolean;
}

/** The style for each look of one column. */
export function tableStyles({ wrap, band, link }: TableLook): Record<Look, CellStyle> {
  // Rows of different height read best from the top.
  const common: CellStyle = {
    alignment: { vertical: 'top', ...(wrap && { wrapText: true }) },
    ...(band && bandFill),
    ...(link && linkFont),
  };
  // As format "Text" an id stays an id when somebody edits it. Not for prose: some versions of Excel show
  // `####` for more than 255 characters of that format.
  const text: CellStyle = wrap ? common : { ...common, numFmt: '@' };
  return {
    text,
    quoted: { ...text, ...quoteMark },
    integer: { ...common, numFmt: '0' },
    number: common,
    dateTime: { ...common, numFmt: dateTimeFormat },
    duration: { ...common, numFmt: durationFormat },
    boolean: common,
    empty: common,
  };
}

export const tableHeader: CellStyle = {
  font: font({ bold: true }),
  fill: solid('D6E0F0'),
  border: { bottom: { style: 'thin', color: { argb: 'FF7A8CA8' } } },
  alignment: { vertical: 'middle' },
};

const right: CellStyle = { alignment: { vertical: 'top', horizontal: 'right' } };

export const reportStyles: Record<ReportStyle, CellStyle> = {
  title: { font: font({ bold: true, size: 16 }), alignment: { vertical: 'middle' } },
  heading: {
    font: font({ bold: true, size: 12 }),
    border: { bottom: { style: 'thin', color: { argb: 'FF7A8CA8' } } },
  },
  header: {
    font: font({ bold: true }),
    fill: solid('D6E0F0'),
    // Like the numbers below.
    alignment: { vertical: 'middle', horizontal: 'right' },
  },
  label: {
    font: font({ color: { argb: 'FF44546A' } }),
    // Names are written from either side, and stand in one column all the same.
    alignment: { vertical: 'top', horizontal: 'left' },
  },
  text: { alignment: { vertical: 'top', wrapText: true } },
  integer: { numFmt: '#,##0', ...right },
  number: { numFmt: '#,##0.00', ...right },
  percent: { numFmt: '0.0%', ...right },
  dateTime: { numFmt: 'yyyy-mm-dd hh:mm:ss', alignment: { vertical: 'top', horizontal: 'left' } },
  duration: { numFmt: durationFormat, ...right },
};

/** The quoted twin of each report style, for a text that begins like a formula. */
export const quotedReportStyles: Record<ReportStyle, CellStyle> = mapStyles((style) => ({
  ...style,
  ...quoteMark,
}));

function mapStyles(change: (style: CellStyle) => CellStyle): Record<ReportStyle, CellStyle> {
  const entries = Object.entries(reportStyles).map(([name, style]) => [name, change(style)]);
  // Object.fromEntries forgets the names; they are those of reportStyles.
  return Object.fromEntries(entries) as Record<ReportStyle, CellStyle>;
}

function solid(color: string): Style['fill'] {
  return { type: 'pattern', pattern: 'solid', fgColor: { argb: `FF${color}` } };
}

/** The default font of the file with a difference; without its name programs take one of their own. */
function font(difference: Partial<Style['font']>): Partial<Style['font']> {
  return {
    name: 'Calibri',
    family: 2,
    scheme: 'minor',
    size: 11,
    color: { theme: 1 },
    ...difference,
  };
}
