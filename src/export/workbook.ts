import type { Sheet } from '../workbook/sheet.ts';
import {
  conversationsSheet,
  MessagePlaces,
  messagesSheet,
  notExportedSheet,
  type SheetInput,
} from './sheets.ts';
import { type SummaryFacts, summarySheet } from './summary.ts';

/** As people see them; a contract, because scripts open sheets by name. */
export const tabs = ['Summary', 'Conversations', 'Messages', 'Not exported'] as const;

/** In the order of writing: what is linked to comes first. */
export function* workbookSheets(input: SheetInput, facts: SummaryFacts): Generator<Sheet> {
  const places = new MessagePlaces();
  yield messagesSheet(input, places);
  yield conversationsSheet(input, places);
  yield notExportedSheet(input);
  yield summarySheet(facts);
}
