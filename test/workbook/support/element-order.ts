import type { XmlElement } from './xml.ts';

/**
 * The order of children that ECMA-376 part 1 (transitional schema `sml.xsd`) prescribes. Excel repairs or
 * refuses a file in any other order; most other programs do not care, so only a table can tell.
 */
const sequences: Readonly<Record<string, readonly string[]>> = {
  worksheet: [
    'sheetPr',
    'dimension',
    'sheetViews',
    'sheetFormatPr',
    'cols',
    'sheetData',
    'sheetCalcPr',
    'sheetProtection',
    'protectedRanges',
    'scenarios',
    'autoFilter',
    'sortState',
    'dataConsolidate',
    'customSheetViews',
    'mergeCells',
    'phoneticPr',
    'conditionalFormatting',
    'dataValidations',
    'hyperlinks',
    'printOptions',
    'pageMargins',
    'pageSetup',
    'headerFooter',
    'rowBreaks',
    'colBreaks',
    'customProperties',
    'cellWatches',
    'ignoredErrors',
    'smartTags',
    'drawing',
    'legacyDrawing',
    'legacyDrawingHF',
    'picture',
    'oleObjects',
    'controls',
    'webPublishItems',
    'tableParts',
    'extLst',
  ],
  sheetPr: ['tabColor', 'outlinePr', 'pageSetUpPr'],
  sheetViews: ['sheetView', 'extLst'],
  sheetView: ['pane', 'selection', 'pivotSelection', 'extLst'],
  cols: ['col'],
  sheetData: ['row'],
  row: ['c', 'extLst'],
  c: ['f', 'v', 'is', 'extLst'],
  is: ['t', 'r', 'rPh', 'phoneticPr'],
  si: ['t', 'r', 'rPh', 'phoneticPr'],
  r: ['rPr', 't'],
  mergeCells: ['mergeCell'],
  conditionalFormatting: ['cfRule', 'extLst'],
  cfRule: ['formula', 'colorScale', 'dataBar', 'iconSet', 'extLst'],
  colorScale: ['cfvo', 'color'],
  dataBar: ['cfvo', 'color'],
  hyperlinks: ['hyperlink'],
  headerFooter: [
    'oddHeader',
    'oddFooter',
    'evenHeader',
    'evenFooter',
    'firstHeader',
    'firstFooter',
  ],
  workbook: [
    'fileVersion',
    'fileSharing',
    'workbookPr',
    'workbookProtection',
    'bookViews',
    'sheets',
    'functionGroups',
    'externalReferences',
    'definedNames',
    'calcPr',
    'extLst',
  ],
  styleSheet: [
    'numFmts',
    'fonts',
    'fills',
    'borders',
    'cellStyleXfs',
    'cellXfs',
    'cellStyles',
    'dxfs',
    'tableStyles',
    'colors',
    'extLst',
  ],
  xf: ['alignment', 'protection', 'extLst'],
  fill: ['patternFill', 'gradientFill'],
  patternFill: ['fgColor', 'bgColor'],
  border: ['start', 'end', 'left', 'right', 'top', 'bottom', 'diagonal', 'vertical', 'horizontal'],
  sst: ['si', 'extLst'],
};

/** @returns one sentence for each child that is unknown or too late, wherever it is in the tree */
export function orderProblems(element: XmlElement): string[] {
  const sequence = sequences[element.name];
  const problems: string[] = [];
  let last = 0;
  for (const child of element.children) {
    const place = sequence?.indexOf(child.name) ?? last;
    if (place === -1) problems.push(`<${child.name}> is unknown in <${element.name}>`);
    else if (place < last) problems.push(`<${child.name}> is too late in <${element.name}>`);
    else last = place;
    problems.push(...orderProblems(child));
  }
  return problems;
}
