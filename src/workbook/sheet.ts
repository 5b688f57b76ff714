/**
 * Plain sheets: what the rest of the program hands over and gets back. Nothing here knows exceljs, and
 * nothing in this folder knows what a conversation is.
 */

export type CellValue = string | number | boolean | undefined;

/** A row of the finished file: the name as it stands on the tab, the row counted from 1 as programs show it. */
export interface RowPlace {
  readonly sheet: string;
  readonly row: number;
}

/** A text that leads to a row of the same file, in a sheet that is written already or being written. */
export interface LinkedText {
  readonly text: string;
  readonly to: RowPlace;
}

type TableCell = CellValue | LinkedText;
export type Row = readonly TableCell[];

/** Where rows with one value of the band column begin. */
export interface GroupStart extends RowPlace {
  readonly value: CellValue;
}

/**
 * - `dateTime` is epoch milliseconds already shifted to wall clock: its UTC fields are what people read.
 * - `duration` is milliseconds.
 * - `boolean` is TRUE or FALSE; LibreOffice holds it as the formula `=TRUE()`, which is harmless.
 * - `continuation` is filled by the writer: "2 of 4" where a text needed several rows, else empty.
 */
export type ColumnType =
  | 'text'
  | 'integer'
  | 'number'
  | 'dateTime'
  | 'duration'
  | 'boolean'
  | 'continuation';

export interface Column {
  readonly header: string;
  readonly type: ColumnType;
  /** In characters; estimated from the first rows where it is left out. */
  readonly width?: number;
  /** Long texts break into lines instead of running into the next cell. */
  readonly wrap?: boolean;
}

interface RowBatches {
  readonly batches: AsyncIterable<readonly Row[]>;
}

/** Many rows under one frozen header with a filter. */
export interface TableSheet {
  readonly kind: 'table';
  readonly name: string;
  readonly columns: readonly Column[];
  /** Many at a time where there are very many: a step of an async iterable costs as much as a row. */
  readonly rows: AsyncIterable<Row> | Iterable<Row> | RowBatches;
  /** Index of a column: the background alternates whenever its value changes. */
  readonly bandBy?: number;
  /**
   * Told of each group in the order of the rows, when its place is certain: further rows of long texts and
   * successors of full sheets are counted in. Some rows later than the row was taken from `rows`.
   */
  readonly onGroup?: (start: GroupStart) => void;
}

export type ReportStyle =
  | 'title'
  | 'heading'
  | 'header'
  | 'label'
  | 'text'
  | 'integer'
  | 'number'
  | 'percent'
  | 'dateTime'
  | 'duration';

export interface ReportCell {
  readonly style: ReportStyle;
  readonly value: CellValue;
  /** Columns that this cell covers, itself included; in the row the others are `undefined` or left out. */
  readonly span?: number;
}

/** `undefined` is an empty cell, `[]` an empty row. */
export type ReportRow = readonly (ReportCell | undefined)[];

/** Counted from 0 like the arrays they point into, both ends included. */
export interface CellRange {
  readonly fromRow: number;
  readonly toRow: number;
  readonly fromColumn: number;
  readonly toColumn: number;
}

/** Drawn by the program that shows the sheet, from the values of the cells. Colours are `RRGGBB`. */
export type ReportFormat =
  | { readonly kind: 'colorScale'; readonly range: CellRange; readonly color?: string }
  | { readonly kind: 'dataBar'; readonly range: CellRange; readonly color?: string };

/** A page to read and print: labels, values, small tables. Fits on one A4 page in landscape. */
export interface ReportSheet {
  readonly kind: 'report';
  readonly name: string;
  readonly columnWidths: readonly number[];
  readonly rows: readonly ReportRow[];
  readonly formats?: readonly ReportFormat[];
}

export type Sheet = TableSheet | ReportSheet;

export interface WrittenSheet {
  /** As it stands on the tab: a name that programs would refuse was changed, a sheet that was full got a successor. */
  readonly name: string;
  /** Rows in the file, the header included: the number that `countRows` must find. */
  readonly rows: number;
  /** Rows taken from the caller: without header, a text continued in further rows counted once. */
  readonly records: number;
}

export interface Limits {
  readonly rowsPerSheet: number;
  /** UTF-16 code units, as Excel counts them. */
  readonly unitsPerCell: number;
  /** Of XML, in the worst case of escaping: a part of 4 GiB or more makes a corrupt file (exceljs issue 2947). */
  readonly bytesPerSheet: number;
  /** A text whose link is one too many stays as it is, without the link. */
  readonly linksPerSheet: number;
}

/** Source: https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3 */
export const excelLimits: Limits = {
  rowsPerSheet: 1_048_576,
  unitsPerCell: 32_767,
  bytesPerSheet: 4_200_000_000,
  linksPerSheet: 65_530,
};

export const maxColumns = 16_384;
