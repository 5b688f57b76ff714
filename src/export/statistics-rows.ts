import type { ReportCell, ReportFormat, ReportRow } from '../workbook/sheet.ts';
import type { Group, Statistics } from './statistics.ts';

/** Some rows of a page with what is drawn over them, before it has a place on the page. */
export interface Block {
  readonly rows: readonly ReportRow[];
  readonly formats: readonly ReportFormat[];
}

/** Of one table: its names, then eight columns of numbers. The grid of hours fits into the same. */
export const tableWidths: readonly number[] = [30, 14, 9, 10, 10, 10, 10, 10, 8];

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

const whole = (value: number): ReportCell => ({ style: 'integer', value });
const header = (value: string | undefined, span = 1): ReportCell => ({
  style: 'header',
  value,
  ...(span > 1 && { span }),
});

/** Conversations by hour and weekday, darker where there are more. */
export function weekBlock({ week }: Pick<Statistics, 'week'>, zone: string): Block {
  const hours = Array.from({ length: 24 }, (_, hour) => {
    const counts = week.map((day) => day[hour] ?? 0);
    const label = `${String(hour).padStart(2, '0')}:00`;
    return [
      { style: 'label', value: label } as const,
      // Empty where there was nothing: the eye finds the pattern.
      ...counts.map((count): ReportCell => ({ style: 'integer', value: count || undefined })),
      whole(counts.reduce((total, count) => total + count, 0)),
    ];
  });
  return {
    rows: [
      [{ style: 'heading', value: `By hour and weekday (${zone})`, span: 9 }],
      [header(undefined), ...weekdays.map((day) => header(day)), header('all')],
      ...hours,
    ],
    formats: [
      { kind: 'colorScale', range: { fromRow: 2, toRow: 25, fromColumn: 1, toColumn: 7 } },
      { kind: 'dataBar', range: { fromRow: 2, toRow: 25, fromColumn: 8, toColumn: 8 } },
    ],
  };
}

/** One row for each group; a bar behind the number of its conversations. */
export function groupBlock(heading: string, groups: readonly Group[]): Block {
  const last = groups.length + 2;
  return {
    rows: [
      [{ style: 'heading', value: heading, span: 9 }],
      [
        header(undefined),
        header(undefined),
        header(undefined),
        header('duration', 2),
        undefined,
        header('first response', 2),
        undefined,
        header(undefined),
        header(undefined),
      ],
      [
        header(undefined),
        header('conversations'),
        header('entries'),
        header('median'),
        header('90 %'),
        header('median'),
        header('90 %'),
        header('transfers'),
        header('CSAT'),
      ],
      ...groups.map(groupRow),
    ],
    formats:
      groups.length === 0
        ? []
        : [{ kind: 'dataBar', range: { fromRow: 3, toRow: last, fromColumn: 1, toColumn: 1 } }],
  };
}

function groupRow(group: Group): ReportRow {
  const { duration, firstResponse } = group;
  return [
    { style: 'label', value: group.name },
    whole(group.conversations),
    whole(group.entries),
    ...[duration?.medianMs, duration?.p90Ms, firstResponse?.medianMs, firstResponse?.p90Ms].map(
      (value): ReportCell => ({ style: 'duration', value }),
    ),
    whole(group.transfers),
    { style: 'number', value: group.csat },
  ];
}

const empty: Block = { rows: [], formats: [] };

/** One below the other, with an empty row in between. */
export function below(...blocks: readonly Block[]): Block {
  return blocks.reduce((above, block) => {
    if (above.rows.length === 0) return block;
    const at = above.rows.length + 1;
    return {
      rows: [...above.rows, [], ...block.rows],
      formats: [...above.formats, ...block.formats.map((format) => moved(format, at, 0))],
    };
  }, empty);
}

/** The second one right of the first, which is so many columns wide. */
export function beside(left: Block, right: Block, columns: number): Block {
  const height = Math.max(left.rows.length, right.rows.length);
  const rows = Array.from({ length: height }, (_, index): ReportRow => {
    const [own, other] = [left.rows[index] ?? [], right.rows[index] ?? []];
    if (other.length === 0) return own;
    const gap = Array<undefined>(Math.max(0, columns - own.length)).fill(undefined);
    return [...own, ...gap, ...other];
  });
  return {
    rows,
    formats: [...left.formats, ...right.formats.map((format) => moved(format, 0, columns))],
  };
}

function moved(format: ReportFormat, rows: number, columns: number): ReportFormat {
  const { fromRow, toRow, fromColumn, toColumn } = format.range;
  const range = {
    fromRow: fromRow + rows,
    toRow: toRow + rows,
    fromColumn: fromColumn + columns,
    toColumn: toColumn + columns,
  };
  return { ...format, range };
}
