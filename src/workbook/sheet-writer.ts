import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SheetPart } from './package-writer.ts';

const rowsPerPiece = 50;
const unitsPerPiece = 65_536;

/**
 * Gathers the rows of a sheet to pieces that are worth a call to zlib. After each piece everybody else gets
 * a turn of the event loop, and where the disk is slower than the rows, they wait for it: so memory stays
 * flat, and people are answered.
 */
export class SheetWriter {
  rows = 0;
  readonly #part: SheetPart;
  readonly #signal: AbortSignal;
  #pending = '';
  #pendingRows = 0;
  #writtenBytes = 0;

  constructor(part: SheetPart, signal: AbortSignal) {
    this.#part = part;
    this.#signal = signal;
  }

  /** Of the rows so far; too high by what is still pending, never too low. */
  get bytes(): number {
    return this.#writtenBytes + 3 * this.#pending.length;
  }

  /** @param xml a whole `<row>` element */
  add(xml: string): void {
    this.rows++;
    this.#pending += xml;
    this.#pendingRows++;
  }

  /** @returns what must be waited for before the next row */
  pause(): Promise<void> | undefined {
    if (this.#pendingRows < rowsPerPiece && this.#pending.length < unitsPerPiece) return undefined;
    return this.#writePiece();
  }

  end(rest: Parameters<SheetPart['end']>[0]): void {
    this.#part.rows.write(this.#takePending());
    this.#part.end(rest);
  }

  async #writePiece(): Promise<void> {
    const { rows } = this.#part;
    if (rows.write(this.#takePending())) await nextTurn();
    else await once(rows, 'drain', { signal: this.#signal });
  }

  #takePending(): Buffer {
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    this.#pendingRows = 0;
    this.#writtenBytes += bytes.length;
    return bytes;
  }
}
