import { openPromise } from 'yauzl';
import { childrenOf, descendants, parseXml, type XmlElement } from './xml.ts';

/** Every part of a zip as text, by name, in the order of the file. */
export async function readParts(path: string): Promise<Map<string, string>> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  const parts = new Map<string, string>();
  try {
    for await (const entry of zip.eachEntry()) {
      const chunks: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
      parts.set(entry.fileName, Buffer.concat(chunks).toString('utf8'));
    }
  } finally {
    zip.close();
  }
  return parts;
}

interface RawCell {
  readonly ref: string;
  /** `str`, `inlineStr`, `s`, `b`, or `n` where the file says nothing. */
  readonly type: string;
  /** As the standard says to read it: shared strings looked up, `_xHHHH_` decoded. */
  readonly text: string;
  readonly hasFormula: boolean;
  /** Attributes of its style record. */
  readonly style: ReadonlyMap<string, string>;
}

export interface RawSheet {
  readonly name: string;
  readonly root: XmlElement;
  readonly rows: readonly (readonly RawCell[])[];
}

/** Reads a workbook by the letter of the standard, without any library that also writes workbooks. */
export async function readWorkbook(path: string): Promise<RawSheet[]> {
  const parts = await readParts(path);
  const part = (name: string) => parseXml(parts.get(name) ?? '');
  const styles = childrenOf(part('xl/styles.xml'), 'cellXfs').flatMap((list) => list.children);
  const shared = parts.has('xl/sharedStrings.xml')
    ? childrenOf(part('xl/sharedStrings.xml'), 'si').map(runs)
    : [];
  const targets = new Map(
    part('xl/_rels/workbook.xml.rels').children.map(({ attributes }) => [
      attributes.get('Id'),
      attributes.get('Target'),
    ]),
  );
  return descendants(part('xl/workbook.xml'), 'sheet').map(({ attributes }) => {
    const root = part(`xl/${targets.get(attributes.get('r:id'))}`);
    const rows = descendants(root, 'row').map((row) =>
      childrenOf(row, 'c').map((cell) => readCell(cell, shared, styles)),
    );
    return { name: attributes.get('name') ?? '', root, rows };
  });
}

function readCell(
  cell: XmlElement,
  shared: readonly string[],
  styles: readonly XmlElement[],
): RawCell {
  const type = cell.attributes.get('t') ?? 'n';
  const value = childrenOf(cell, 'v')[0]?.text ?? '';
  const inline = childrenOf(cell, 'is')[0];
  return {
    ref: cell.attributes.get('r') ?? '',
    type,
    text: type === 's' ? (shared[Number(value)] ?? '') : inline ? runs(inline) : plain(value),
    hasFormula: childrenOf(cell, 'f').length > 0,
    style: styles[Number(cell.attributes.get('s') ?? 0)]?.attributes ?? new Map(),
  };
}

/** Rich or plain text: where nothing asks to keep them, programs may drop spaces at its ends. */
function runs(element: XmlElement): string {
  return descendants(element, 't')
    .map((t) => decode(t.attributes.get('xml:space') === 'preserve' ? t.text : t.text.trim()))
    .join('');
}

/** Of a value that stands alone LibreOffice drops these at both ends (seen in 7.4). */
function plain(text: string): string {
  return decode(text.replace(/^[\s\u200B]+|[\s\u200B]+$/g, ''));
}

function decode(text: string): string {
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
