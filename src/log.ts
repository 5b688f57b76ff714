import { type DestinationStream, destination, type Logger, multistream, pino } from 'pino';
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

/**
 * One JSON line each, on stdout and, when a file is named, in that file too (0600).
 *
 * @throws {ConfigError} the file cannot be opened
 */
export function createLog(options: {
  level: LogLevel;
  file?: string | undefined;
  stdout?: DestinationStream;
}): Log {
  const stdout = options.stdout ?? destination({ fd: 1, sync: true });
  const file = options.file === undefined ? undefined : openFile(options.file);
  const streams = [stdout, ...(file ? [file] : [])].map((stream) => ({
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
  file?.on('error', (err: unknown) => {
    if (failing) return;
    failing = true;
    log.error({ err }, 'LOG_FILE cannot be written');
  });
  file?.on('drain', () => {
    failing = false;
  });
  return log;
}

function openFile(path: string) {
  try {
    const maxLength = maxUnwrittenBytes;
    return destination({ dest: path, mkdir: true, sync: true, mode: 0o600, maxLength });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown reason';
    throw new ConfigError([`LOG_FILE ${path} cannot be written (${code})`]);
  }
}
