import { type FSWatcher, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** As much of a record as the soak looks at; the rest is the bot's own affair. */
const Line = z.object({ kind: z.string(), tasks: z.array(z.unknown()).optional() });
export type Line = z.infer<typeof Line>;
const Order = z.object({ ref: z.string(), place: z.object({ messageId: z.string() }) });

export interface JobOnDisk {
  readonly ref: string;
  readonly lines: readonly Line[];
}

/** The job that a command led to, as the disk knows it. */
export function jobOrderedBy(dataDir: string, messageId: string): JobOnDisk | undefined {
  for (const name of refsIn(dataDir)) {
    const folder = join(dataDir, 'jobs', name);
    const order = Order.safeParse(parse(readOrNothing(join(folder, 'order.json'))));
    if (order.success && order.data.place.messageId === messageId) {
      return { ref: order.data.ref, lines: linesIn(folder) };
    }
  }
  return undefined;
}

/**
 * Tells how many records the journal of the next new job has, whenever it grows.
 *
 * @returns the function that ends it
 */
export function watchNextJournal(
  dataDir: string,
  onGrowth: (lines: readonly Line[]) => void,
): () => void {
  const known = new Set(refsIn(dataDir));
  const watchers: FSWatcher[] = [];
  const follow = (folder: string) => {
    let length = 0;
    const look = () => {
      const lines = linesIn(folder);
      if (lines.length === length) return;
      length = lines.length;
      onGrowth(lines);
    };
    watchers.push(watch(folder, look));
    look();
  };
  watchers.push(
    watch(join(dataDir, 'jobs'), (_, name) => {
      if (name === null || known.has(name)) return;
      known.add(name);
      follow(join(dataDir, 'jobs', name));
    }),
  );
  return () => {
    for (const watcher of watchers) watcher.close();
  };
}

function refsIn(dataDir: string): string[] {
  return readdirSync(join(dataDir, 'jobs'));
}

/** A torn last line is none yet. */
function linesIn(folder: string): Line[] {
  const text = readOrNothing(join(folder, 'journal.ndjson'));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => Line.parse(JSON.parse(line)));
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
