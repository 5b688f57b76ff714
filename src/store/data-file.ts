import { readFile } from 'node:fs/promises';
import type { Adapter } from 'lowdb';
import { z } from 'zod';
import { StoreCorruptError } from '../errors.ts';
import { removeLeftovers, replaceFile } from './durable.ts';

export interface DataFormat<T> {
  readonly schema: z.ZodType<T>;
  readonly version: number;
  /** From the version of the key to the one after it; the schema reads what the last one returns. */
  readonly migrations: Readonly<Record<number, (data: unknown) => unknown>>;
  /** Another process may be writing the file just now: what it has not finished stays. */
  readonly isOthers?: boolean | undefined;
}

const Envelope = z.object({ version: z.int().min(1), data: z.unknown() });

/** What lowdb reads from and writes to: `{ "version": …, "data": … }`, flushed to the disk. */
export class DataFile<T> implements Adapter<T> {
  readonly #path: string;
  readonly #format: DataFormat<T>;

  constructor(path: string, format: DataFormat<T>) {
    this.#path = path;
    this.#format = format;
  }

  /** @throws {StoreCorruptError} the file is there and not exactly what we would have written */
  async read(): Promise<T | null> {
    if (!this.#format.isOthers) await removeLeftovers(this.#path);
    const text = await this.#readText();
    if (text === undefined) return null;
    const { version, data } = this.#parseEnvelope(text);
    return this.#parseData(this.#migrate(data, version));
  }

  async write(data: T): Promise<void> {
    const text = `${JSON.stringify({ version: this.#format.version, data })}\n`;
    await replaceFile(this.#path, text, { keepPrevious: true });
  }

  async #readText(): Promise<string | undefined> {
    try {
      return await readFile(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw this.#corrupt('the system refuses to read it', error);
    }
  }

  #parseEnvelope(text: string): z.infer<typeof Envelope> {
    if (text.trim() === '') throw this.#corrupt('it is empty');
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw this.#corrupt('it is not JSON, or cut off');
    }
    const envelope = Envelope.safeParse(json);
    if (!envelope.success) throw this.#corrupt('it does not have the form of a data file');
    return envelope.data;
  }

  #migrate(data: unknown, version: number): unknown {
    if (version > this.#format.version) {
      throw this.#corrupt(
        `a newer version of this program wrote it (format ${version}, this one knows ${this.#format.version})`,
      );
    }
    let migrated = data;
    for (let from = version; from < this.#format.version; from++) {
      const step = this.#format.migrations[from];
      if (!step) throw this.#corrupt(`its format ${from} is no longer known`);
      migrated = step(migrated);
    }
    return migrated;
  }

  #parseData(data: unknown): T {
    const read = this.#format.schema.safeParse(data);
    if (read.success) return read.data;
    // Where it is wrong, not what stands there: the content may be secret.
    const where = read.error.issues.map(({ path }) => path.join('.') || 'data');
    throw this.#corrupt(`it has the wrong shape at ${where.slice(0, 5).join(', ')}`);
  }

  #corrupt(reason: string, cause?: unknown): StoreCorruptError {
    return new StoreCorruptError(this.#path, reason, { ...(cause !== undefined && { cause }) });
  }
}
