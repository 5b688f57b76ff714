import { readZip, type ZipParts } from './zip-parts.ts';

const workbookPart = 'xl/workbook.xml';
const relationshipsPart = 'xl/_rels/workbook.xml.rels';
/** Both small parts are read whole; ours have a few hundred bytes. */
const maxPartBytes = 1_048_576;

/**
 * Opens a finished workbook again and counts the rows of each sheet in the inflated XML, in flat memory:
 * the number that `writeWorkbook` returned for it, header included.
 *
 * @returns rows by sheet name, in the order of the tabs
 * @throws {WorkbookError} the file is cut, damaged (each part's checksum is compared) or not a workbook
 */
export async function countRows(path: string): Promise<Map<string, number>> {
  return readZip(path, async (parts) => {
    const targets = readTargets(await readPart(parts, relationshipsPart));
    const counts = new Map<string, number>();
    for (const { name, id } of readSheets(await readPart(parts, workbookPart))) {
      counts.set(name, await countPart(parts, targets.get(id)));
    }
    return counts;
  });
}

async function readPart(parts: ZipParts, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of parts.inflate(name)) {
    size += chunk.length;
    if (size > maxPartBytes) throw new Error(`the part ${name} is too large`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Sheet parts by relationship id. */
function readTargets(xml: string): Map<string, string> {
  const relationships = tags(xml, 'Relationship');
  return new Map(
    relationships.map((tag) => [attribute(tag, 'Id'), `xl/${attribute(tag, 'Target')}`]),
  );
}

function readSheets(xml: string): { name: string; id: string }[] {
  return tags(xml, 'sheet').map((tag) => ({
    name: attribute(tag, 'name'),
    id: attribute(tag, 'r:id'),
  }));
}

function tags(xml: string, name: string): string[] {
  return xml.match(new RegExp(`<${name}\\s[^>]*>`, 'g')) ?? [];
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  if (value === undefined) throw new Error(`a tag has no ${name}`);
  return value.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => entities[entity] ?? '');
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

const rowTag = Buffer.from('<row');
const sheetEnd = Buffer.from('</worksheet>');

async function countPart(parts: ZipParts, name: string | undefined): Promise<number> {
  if (name === undefined) throw new Error('a sheet has no part');
  let rows = 0;
  let start: Buffer = Buffer.alloc(0);
  let end: Buffer = Buffer.alloc(0);
  for await (const chunk of parts.inflate(name)) {
    const data = Buffer.concat([start, chunk]);
    rows += countRowTags(data);
    // A tag and the byte after it make five: four kept ones are never counted twice.
    start = data.subarray(-rowTag.length);
    end = Buffer.concat([end, chunk.subarray(-sheetEnd.length)]).subarray(-sheetEnd.length);
  }
  if (!end.equals(sheetEnd)) throw new Error(`the part ${name} is cut off`);
  return rows;
}

/** `<row …>`, `<row>` or `<row/>`, not `<rowBreaks>`; in texts the bracket is escaped. */
function countRowTags(data: Buffer): number {
  let rows = 0;
  for (let at = data.indexOf(rowTag); at !== -1; at = data.indexOf(rowTag, at + rowTag.length)) {
    const next = data[at + rowTag.length];
    if (next === 0x20 || next === 0x3e || next === 0x2f) rows++;
  }
  return rows;
}
