import { isMembers, type Members } from '../values.ts';
import { readDigitalEntries } from './digital.ts';
import { type Entry, UnreadableTranscriptError } from './entry.ts';
import { word } from './raw.ts';
import { readRecognition } from './recognition.ts';
import { isVcon, readVcon } from './vcon.ts';

/** What the Captures answer says about a file, where the file itself does not. */
export interface TranscriptContext {
  readonly startMs?: number | undefined;
  readonly languageCode?: string | undefined;
}

/**
 * Reads a transcript file of whichever format its content shows; names of files and sources say too
 * little. Nobody said anything: no entries.
 *
 * @throws {UnreadableTranscriptError} no text, no JSON, a form we do not know, or one broken entry: part of
 *   a conversation must not pass for the whole
 */
export function parseTranscript(body: Buffer, context: TranscriptContext = {}): Entry[] {
  const root = parseJson(decode(body));
  try {
    return readRoot(root, context, 0);
  } catch (error) {
    // JSON of a hundred thousand levels can be parsed, but not printed.
    if (error instanceof RangeError) throw new UnreadableTranscriptError('it is nested too deeply');
    throw error;
  }
}

/** Members under which a list of entries may be wrapped. */
const wrappers = [
  'messages',
  'entries',
  'conversation',
  'conversations',
  'transcript',
  'transcripts',
  'transcription',
  'items',
  'events',
  'data',
];

const maxWrapping = 3;

function readRoot(root: unknown, context: TranscriptContext, depth: number): Entry[] {
  if (Array.isArray(root)) return readDigitalEntries(root, context.languageCode);
  if (!isMembers(root)) throw new UnreadableTranscriptError(`it is a bare ${typeof root}`);
  const languageCode = word(root['languageCode']) ?? context.languageCode;
  if (isVcon(root)) return readVcon(root, languageCode);
  const results = root['responseContents'];
  if (Array.isArray(results)) return readRecognition(results, context.startMs, languageCode);
  const wrapped = wrappers.map((name) => root[name]).filter(isContainer);
  if (wrapped.length === 0 || depth === maxWrapping) throw unknownShape(root);
  const inside = { ...context, languageCode };
  return wrapped.flatMap((part) => readRoot(part, inside, depth + 1));
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Names of members tell the form. Only those that look like names of members are repeated. */
function unknownShape(root: Members): UnreadableTranscriptError {
  const names = Object.keys(root).filter((name) => /^[a-z][A-Za-z0-9_]{0,30}$/.test(name));
  const shown = names.slice(0, 6).join(', ');
  return new UnreadableTranscriptError(
    shown === '' ? 'an object without any known member' : `an object of unknown form (${shown})`,
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new UnreadableTranscriptError('it is not UTF-8 text');
  }
}

function parseJson(text: string): unknown {
  const [first = ''] = /\S/.exec(text) ?? [];
  if (first === '') throw new UnreadableTranscriptError('the file is empty');
  if (first === '<') throw new UnreadableTranscriptError('it is HTML or XML, not JSON');
  if (first !== '{' && first !== '[') throw new UnreadableTranscriptError('it is not JSON');
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes what it stumbled over.
    throw new UnreadableTranscriptError('its JSON is broken');
  }
}
