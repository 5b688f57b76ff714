import type { AddWorksheetOptions, PageSetup } from 'exceljs';

// Seen in many a printed export: what page is this, of which sheet, of how many.
const headerFooter: AddWorksheetOptions['headerFooter'] = { oddFooter: '&L&A&RPage &P of &N' };

const a4Landscape: Partial<PageSetup> = {
  paperSize: 9,
  orientation: 'landscape',
  margins: { left: 0.4, right: 0.4, top: 0.5, bottom: 0.6, header: 0.3, footer: 0.3 },
};

/** The header stays while one scrolls; as many pages as it takes, all columns on each, the header repeated. */
export const tablePage: Partial<AddWorksheetOptions> = {
  views: [{ state: 'frozen', ySplit: 1 }],
  headerFooter,
  pageSetup: {
    ...a4Landscape,
    fitToPage: true,
    fitToWidth: 1,
    fitToHeight: 0,
    printTitlesRow: '1:1',
  },
};

export const reportPage: Partial<AddWorksheetOptions> = {
  views: [{ state: 'normal', showGridLines: false }],
  headerFooter,
  pageSetup: { ...a4Landscape, fitToPage: true, fitToWidth: 1, fitToHeight: 1 },
};
