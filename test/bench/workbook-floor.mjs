// The floor: what a writer by hand takes that can do nothing but this one sheet. No bands, no heights of
// rows, no limits, no cleaning beyond the three characters of XML, but a file that programs open.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32, createDeflateRaw } from 'node:zlib';
import { columns, makeRow, toSerial } from './workbook-rows.mjs';

const rowsPerPiece = 50;
const special = /[&<>]/;

/** @param level of zlib, the one that the measured writer uses */
export async function writeByHand(path, count, level) {
  const file = createWriteStream(path);
  const directory = [];
  let offset = 0;
  const put = async (bytes) => {
    offset += bytes.length;
    if (!file.write(bytes)) await once(file, 'drain');
  };

  async function putPart(name, chunks) {
    const entry = { name, offset, checksum: 0, size: 0, packedSize: 0 };
    directory.push(entry);
    await put(localHeader(name));
    const deflate = createDeflateRaw({ level, chunkSize: 65_536, highWaterMark: 262_144 });
    const packed = (async () => {
      for await (const chunk of deflate) {
        entry.packedSize += chunk.length;
        await put(chunk);
      }
    })();
    for (const text of chunks) {
      const bytes = Buffer.from(text);
      entry.checksum = crc32(bytes, entry.checksum);
      entry.size += bytes.length;
      if (deflate.write(bytes)) await nextTurn();
      else await once(deflate, 'drain');
    }
    deflate.end();
    await packed;
    await put(dataDescriptor(entry));
  }

  for (const [name, xml] of Object.entries(parts)) await putPart(name, [xml]);
  await putPart('xl/worksheets/sheet1.xml', sheetXml(count));
  const directoryOffset = offset;
  for (const entry of directory) await put(directoryEntry(entry));
  await put(directoryEnd(directory.length, offset - directoryOffset, directoryOffset));
  file.end();
  await once(file, 'close');
}

function* sheetXml(count) {
  const header = columns.map((column) => column.header);
  let piece = `${head}<worksheet ${main}><sheetData>${rowXml(header, 1)}`;
  for (let index = 0; index < count; index++) {
    piece += rowXml(makeRow(index), index + 2);
    if (index % rowsPerPiece === rowsPerPiece - 1) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}</sheetData></worksheet>`;
}

const letters = 'ABCDEFGHIJKLMNOP';

function rowXml(row, number) {
  let xml = `<row r="${number}">`;
  for (let index = 0; index < row.length; index++) {
    const value = row[index];
    if (value === undefined) continue;
    if (typeof value === 'string') {
      xml += `<c r="${letters[index]}${number}" s="1" t="str"><v>${escapeXml(value)}</v></c>`;
    } else {
      xml += `<c r="${letters[index]}${number}" ${numberXml(value, columns[index].kind)}</v></c>`;
    }
  }
  return `${xml}</row>`;
}

function numberXml(value, kind) {
  if (kind === 'dateTime') return `s="2"><v>${toSerial(value)}`;
  if (kind === 'duration') return `s="3"><v>${value / 86_400_000}`;
  return `s="0"><v>${value}`;
}

function escapeXml(text) {
  if (!special.test(text)) return text;
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const packaging = 'http://schemas.openxmlformats.org/package/2006';
const spreadsheet = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

const xf = (format) => `<xf numFmtId="${format}" fontId="0" fillId="0" borderId="0" xfId="0"/>`;

const parts = {
  '[Content_Types].xml': `${head}<Types xmlns="${packaging}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${spreadsheet}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${spreadsheet}.styles+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${spreadsheet}.worksheet+xml"/></Types>`,
  '_rels/.rels': `${head}<Relationships xmlns="${packaging}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/workbook.xml': `${head}<workbook ${main} xmlns:r="${office}"><sheets><sheet name="Messages" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  'xl/_rels/workbook.xml.rels': `${head}<Relationships xmlns="${packaging}/relationships"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
  'xl/styles.xml': `${head}<styleSheet ${main}><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm:ss.000"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/></numFmts><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">${xf(0)}${xf(49)}${xf(164)}${xf(165)}</cellXfs></styleSheet>`,
};

// The zip format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3 and 4.4. Names
// are in UTF-8 (bit 11), sizes follow the data (bit 3). No file here is so large that it needs zip64.
const flags = 0x0808;
const deflated = 8;
const version = 20;
/** 1 January 1980, the first day that the format knows. */
const dosDate = 0x21;

function localHeader(name) {
  const header = Buffer.alloc(30 + name.length);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(version, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(deflated, 8);
  header.writeUInt16LE(dosDate, 12);
  header.writeUInt16LE(name.length, 26);
  header.write(name, 30, 'latin1');
  return header;
}

function dataDescriptor({ checksum, size, packedSize }) {
  const descriptor = Buffer.alloc(16);
  descriptor.writeUInt32LE(0x08074b50, 0);
  descriptor.writeUInt32LE(checksum, 4);
  descriptor.writeUInt32LE(packedSize, 8);
  descriptor.writeUInt32LE(size, 12);
  return descriptor;
}

function directoryEntry({ name, offset, checksum, size, packedSize }) {
  const entry = Buffer.alloc(46 + name.length);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(version, 4);
  entry.writeUInt16LE(version, 6);
  entry.writeUInt16LE(flags, 8);
  entry.writeUInt16LE(deflated, 10);
  entry.writeUInt16LE(dosDate, 14);
  entry.writeUInt32LE(checksum, 16);
  entry.writeUInt32LE(packedSize, 20);
  entry.writeUInt32LE(size, 24);
  entry.writeUInt16LE(name.length, 28);
  entry.writeUInt32LE(offset, 42);
  entry.write(name, 46, 'latin1');
  return entry;
}

function directoryEnd(count, size, offset) {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
