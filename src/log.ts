import { type DestinationStream, destination, type Logger, multistream, pino } from 'pino';
import { describeError } from './errors.ts';

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

/** One JSON line each, on stdout and, when a file is named, in that file too (0600). */
export function createLog(options: {
  level: LogLevel;
  file?: string | undefined;
  stdout?: DestinationStream;
}): Log {
  const stdout = options.stdout ?? destination({ fd: 1, sync: true });
  const file = options.file
    ? destination({ dest: options.file, mkdir: true, sync: true, mode: 0o600 })
    : undefined;
  const streams = [stdout, ...(file ? [file] : [])].map((stream) => ({
    stream,
    level: options.level,
  }));
  return pino(
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
}
