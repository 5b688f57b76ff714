import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../errors.ts';
import type { Log } from '../log.ts';

const foreignBits = 0o077;
const stickyBit = 0o1000;

/**
 * Makes a folder that only its owner can look into, or closes one that others can; with it the files of
 * ours that it holds already.
 *
 * @throws {ConfigError} it stays open to others, or is not a folder of ours to close
 */
export async function preparePrivateFolder(
  path: string,
  fileNames: readonly string[],
  log: Log,
): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    // Windows has no such bits: everything looks open there and nothing can be closed.
    if (process.platform === 'win32') return;
    await closeToOthers(path, 0o700, log);
    for (const name of fileNames.flatMap((one) => [one, `${one}.prev`])) {
      await closeToOthers(join(path, name), 0o600, log);
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown reason';
    throw new ConfigError([`DATA_DIR ${path} cannot be used (${code})`]);
  }
}

async function closeToOthers(path: string, mode: number, log: Log): Promise<void> {
  const before = await stat(path).catch(ignoreMissing);
  if (!before || (before.mode & foreignBits) === 0) return;
  // Closing /tmp or somebody else's home for everybody would be worse than not starting.
  const ours = before.uid === process.getuid?.() && (before.mode & stickyBit) === 0;
  if (ours) {
    await chmod(path, mode);
    log.warn({ path }, 'others could read this; the permissions were tightened');
  }
  const after = await stat(path);
  if ((after.mode & foreignBits) !== 0) {
    throw new ConfigError([
      `DATA_DIR: ${path} can be read by others; give it to the user of the bot and chmod it to ${mode.toString(8)}`,
    ]);
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
