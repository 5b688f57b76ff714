import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { loadSome } from '../config.ts';
import { AppError } from '../errors.ts';
import { createLog } from '../log.ts';
import { lockFolder } from '../store/folder-lock.ts';

const usage = `backup save <folder>      copies DATA_DIR into a new folder; the bot must be stopped
backup verify <folder>    says whether a copy is whole and unchanged
backup restore <folder>   puts a copy into DATA_DIR, which must be empty or not exist
`;

const manifestName = 'backup.json';

/** What every file of a copy must be: paths are relative, with `/` between their parts. */
const Manifest = z.object({
  version: z.literal(1),
  savedAtMs: z.number(),
  files: z.array(
    z.object({
      path: z.string().refine((path) => !path.split('/').includes('..') && !path.startsWith('/')),
      bytes: z.number(),
      sha256: z.string(),
    }),
  ),
});
type Manifest = z.infer<typeof Manifest>;

process.umask(0o077);
process.exitCode = await main(process.argv.slice(2));

async function main([command, folder, ...rest]: readonly string[]): Promise<number> {
  if (folder === undefined || rest.length > 0) return refuse();
  try {
    switch (command) {
      case 'save':
        return await save(folder);
      case 'verify':
        return report(await problemsOf(folder), folder);
      case 'restore':
        return await restore(folder);
      default:
        return refuse();
    }
  } catch (error) {
    process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
    return 2;
  }
}

function refuse(): number {
  process.stderr.write(usage);
  return 2;
}

function dataDir(): string {
  return loadSome(process.env, ['DATA_DIR']).DATA_DIR;
}

async function save(folder: string): Promise<number> {
  const source = dataDir();
  await mustBeEmpty(folder);
  // A copy of files that a running bot changes would hold a half of two states.
  const lock = await lockFolder(source, createLog({ level: 'fatal' }));
  try {
    const files = await copyAll(source, folder, await filesIn(source));
    const manifest: Manifest = { version: 1, savedAtMs: Date.now(), files };
    // At the end: a copy that was cut off has none, and is not taken for a whole one.
    await writeFile(join(folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
    process.stdout.write(
      `Saved ${files.length} files. Keep STORE_KEYS in another place: the copy is worth nothing without.\n`,
    );
    return 0;
  } finally {
    await lock.release();
  }
}

async function restore(folder: string): Promise<number> {
  const target = dataDir();
  const problems = await problemsOf(folder);
  if (problems.length > 0) return report(problems, folder);
  await mustBeEmpty(target);
  const { files } = await readManifest(folder);
  await copyAll(
    folder,
    target,
    files.map(({ path }) => path),
  );
  process.stdout.write(`Restored ${files.length} files to ${target}.\n`);
  return 0;
}

function report(problems: readonly string[], folder: string): number {
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  if (problems.length === 0) process.stdout.write(`${folder} is whole and unchanged.\n`);
  return problems.length === 0 ? 0 : 1;
}

async function problemsOf(folder: string): Promise<string[]> {
  const { files } = await readManifest(folder);
  const problems: string[] = [];
  for (const { path, bytes, sha256 } of files) {
    const found = await describe(folder, path).catch(() => undefined);
    if (!found) problems.push(`${path} is missing`);
    else if (found.bytes !== bytes || found.sha256 !== sha256) problems.push(`${path} has changed`);
  }
  return problems;
}

async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, manifestName), 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new Error(`${folder} is no copy, or one that was cut off: it has no ${manifestName}.`);
  }
  return Manifest.parse(JSON.parse(text));
}

async function copyAll(from: string, to: string, paths: readonly string[]) {
  const copied: Manifest['files'] = [];
  for (const path of paths) {
    const target = join(to, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(join(from, path), target);
    copied.push(await describe(to, path));
  }
  return copied;
}

async function describe(folder: string, path: string): Promise<Manifest['files'][number]> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(folder, path)), hash);
  const { size: bytes } = await lstat(join(folder, path));
  return { path, bytes, sha256: hash.digest('hex') };
}

/** Plain files only: the socket that holds the folder belongs to a process. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

async function mustBeEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length > 0)
    throw new Error(`${folder} is not empty. Name a folder that does not exist yet.`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
}
