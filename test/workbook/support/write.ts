import { join } from 'node:path';
import type { Row, TableSheet } from '../../../src/workbook/sheet.ts';
import {
  type WorkbookOptions,
  type WrittenWorkbook,
  writeWorkbook,
} from '../../../src/workbook/write-workbook.ts';
import { makeTempFolder } from '../../helpers/temp.ts';

export const properties = {
  title: 'Chats 13–20 Nov',
  creator: 'wxcc-export-bot',
  createdMs: Date.UTC(2026, 10, 20, 9, 42),
};

/** Writes sheets to a file in a folder of its own. */
export async function writeSheets(
  sheets: WorkbookOptions['sheets'],
  options: Partial<WorkbookOptions> = {},
): Promise<WrittenWorkbook & { path: string }> {
  const path = join(await makeTempFolder(), 'chats.xlsx');
  return { ...(await writeWorkbook({ ...properties, path, sheets, ...options })), path };
}

/** A table of one text column. */
export function textTable(texts: readonly string[], more: Partial<TableSheet> = {}): TableSheet {
  return {
    kind: 'table',
    name: 'Messages',
    columns: [{ header: 'message', type: 'text' }],
    rows: texts.map((text): Row => [text]),
    ...more,
  };
}
