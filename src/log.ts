import { renameSync, statSync } from 'node:fs';
import { type DestinationStream, destination, type Logger, multistream, pino } from 'pino';
import pretty from 'pino-pretty';
import { ConfigError, describeError } from './errors.ts';

export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];
export type Log = Logger;

/**
 * Members that never reach a log line, wherever a caller puts them. The first defence is that callers
 * log ids and counts only; this list is the second one.
 */
const redactedPaths = [
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'code',
  'state',
  'secret',
  'filePath',
  'text',
  'message_text',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** What waits for a full disk to have room again; more is lost, and is on stdout all the same. */
const maxUnwrittenBytes = 1_048_576;

/** A file of this size becomes `<name>.1`, that one `<name>.2`, and so on; the last one is removed. */
export interface LogRotation {
  readonly maxBytes: number;
  readonly kept: number;
}

const defaultRotation: LogRotation = { maxBytes: 10_000_000, kept: 5 };

/**
 * One JSON line each, on stdout and, when a file is named, in that file too (0600).
 *
 * @throws {ConfigError} the file cannot be opened
 */
export function createLog(options: {
  level: LogLevel;
  file?: string | undefined;
  rotation?: LogRotation;
  stdout?: DestinationStream;
  /** On stdout lines for people instead, with the time of day and colours. */
  readable?: boolean;
}): Log {
  const plain = options.stdout ?? destination({ fd: 1, sync: true });
  const stdout = options.readable ? forPeople(plain) : plain;
  const file = options.file === undefined ? undefined : openFile(options.file);
  const rotated = file && rotating(file, options.rotation ?? defaultRotation);
  const streams = [stdout, ...(rotated ? [rotated] : [])].map((stream) => ({
    stream,
    level: options.level,
  }));
  const log = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths, censor: '[redacted]' },
      serializers: { err: describeError },
    },
    multistream(streams),
  );
  let failing = false;
  // Without a listener one line that finds no room would end the whole bot.
  file?.stream.on('error', (err: unknown) => {
    if (failing) return;
    failing = true;
    log.error({ err }, 'LOG_FILE cannot be written');
  });
  file?.stream.on('drain', () => {
    failing = false;
  });
  return log;
}

function forPeople(to: DestinationStream): DestinationStream {
  const format = pretty.prettyFactory({
    colorize: true,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
  });
  // A terminal obeys what the JSON had made harmless; stacks need their line breaks.
  const harmless = (_key: string, value: unknown) =>
    typeof value === 'string' ? value.replace(controls, '\uFFFD') : value;
  return { write: (line) => void to.write(format(JSON.parse(line, harmless))) };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is for.
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

function openFile(path: string): LogFile {
  try {
    const maxLength = maxUnwrittenBytes;
    const stream = destination({ dest: path, mkdir: true, sync: true, mode: 0o600, maxLength });
    return { path, stream };
  } catch (error) {
    throw new ConfigError([`LOG_FILE ${path} cannot be written (${codeOf(error)})`]);
  }
}

interface LogFile {
  readonly path: string;
  readonly stream: ReturnType<typeof destination>;
}

function rotating({ path, stream }: LogFile, { maxBytes, kept }: LogRotation): DestinationStream {
  const { size, isRegular } = measure(path);
  let bytes = size;
  return {
    write(line) {
      const length = Buffer.byteLength(line);
      if (isRegular && bytes > 0 && bytes + length > maxBytes) {
        moveOn(path, kept);
        stream.reopen();
        bytes = 0;
      }
      bytes += length;
      stream.write(line);
    },
  };
}

/** Devices and pipes are never full, and not ours to rename. */
function measure(path: string) {
  const stats = statSync(path);
  return { size: stats.size, isRegular: stats.isFile() };
}

/** Where a file cannot be moved the log goes on in it: a long file is better than none. */
function moveOn(path: string, kept: number): void {
  for (let number = kept; number >= 1; number--) {
    try {
      renameSync(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`);
    } catch {
      // Not there yet, or not ours to move.
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}
