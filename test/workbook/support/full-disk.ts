import { openPartFile, type PartFile } from '../../../src/workbook/part-file.ts';

/** A real file whose disk is full after some bytes. */
export function fillsUpAfter(bytes: number, code: string): (path: string) => Promise<PartFile> {
  return async (path) => {
    const file = await openPartFile(path);
    let left = bytes;
    const write = file.sink._write.bind(file.sink);
    file.sink._write = (chunk: Buffer, encoding, done) => {
      left -= chunk.length;
      if (left >= 0) write(chunk, encoding, done);
      else done(Object.assign(new Error(`${code}: write`), { code }));
    };
    return file;
  };
}
