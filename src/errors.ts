/**
 * The family of expected errors. `message` is for the log and may name ids; `userMessage` is for the
 * chat: what happened and what the person can do, without ids, tokens, links or stack.
 */

const errorCodes = [
  'config_invalid',
  'command_bad',
  'forbidden',
  'not_signed_in',
  'api_refused',
  'api_unavailable',
  'answer_invalid',
  'rate_limited',
  'host_refused',
  'too_large',
  'unreadable',
  'store_corrupt',
  'storage_full',
  'workbook_invalid',
  'cancelled',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export abstract class AppError extends Error {
  abstract readonly code: ErrorCode;
  readonly userMessage: string;

  constructor(message: string, userMessage: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.userMessage = userMessage;
  }
}

/** Every bad setting at once, each with its remedy. */
export class ConfigError extends AppError {
  readonly code = 'config_invalid';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const list = problems.map((problem) => `  - ${problem}`).join('\n');
    super(`The configuration is not usable:\n${list}`, 'The bot is not configured correctly.');
    this.problems = problems;
  }
}

/** A command that the grammar refuses; `suggestion` is the nearest command that is valid. */
export class BadCommandError extends AppError {
  readonly code = 'command_bad';
  readonly suggestion: string | undefined;

  constructor(userMessage: string, suggestion?: string) {
    super('the command was refused by the grammar', userMessage);
    this.suggestion = suggestion;
  }
}

/** The person may not do this here. */
export class ForbiddenError extends AppError {
  readonly code = 'forbidden';
}

/** There is no usable grant: signing in again is the only remedy. */
export class NotSignedInError extends AppError {
  readonly code = 'not_signed_in';
}

/** The work was stopped on purpose: by the person, by an operator, by a shutdown. */
export class CancelledError extends AppError {
  readonly code = 'cancelled';

  constructor(message = 'cancelled') {
    super(message, 'This was cancelled.');
  }
}

/** A file of ours cannot be read; it is left untouched for the operator. */
export class StoreCorruptError extends AppError {
  readonly code = 'store_corrupt';
  readonly file: string;

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(
      `${file} cannot be read: ${reason}. It was left untouched. Restore it from a backup, or move it away to start empty.`,
      'My storage is damaged; the operator has to repair it.',
      options,
    );
    this.file = file;
  }
}

/** The disk is full or refuses to be written; nothing good was lost. */
export class StorageFullError extends AppError {
  readonly code = 'storage_full';

  constructor(message: string, options?: ErrorOptions) {
    super(message, 'My storage is full; the operator has to make room.', options);
  }
}

/** The finished file does not hold what was written into it. */
export class WorkbookError extends AppError {
  readonly code = 'workbook_invalid';

  constructor(message: string, options?: ErrorOptions) {
    super(message, 'The file could not be written correctly, so I did not post it.', options);
  }
}

/** What an operator may read about any thrown value: no bodies, no headers, no query strings. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  return {
    type: error.name,
    // Not as `code`, which is the name of an OAuth secret and never printed.
    ...(error instanceof AppError && { kind: error.code }),
    message: withoutQueries(error.message),
    ...(error.stack !== undefined && { stack: withoutQueries(stackFrames(error.stack)) }),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}

function stackFrames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .join('\n');
}

/** Signed links carry their secret in the query, OAuth answers in query or fragment. */
export function withoutQueries(text: string): string {
  return text.replace(/(https?:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi, '$1?…');
}
