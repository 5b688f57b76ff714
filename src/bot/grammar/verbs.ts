import { closest } from './closest.ts';
import { type Command, historyCounts, refPattern } from './command.ts';
import { readExport } from './export.ts';
import { clauseNamed, clauseWords, type Verb, verbNamed, verbs } from './keywords.ts';
import { startsRange } from './range.ts';
import { type Reader, Refusal } from './reader.ts';
import { startsRecurrence } from './recurrence.ts';
import { readSchedule } from './schedule.ts';
import * as sentences from './sentences.ts';
import { type Token, tokenise } from './tokens.ts';

const verbReaders = {
  export: (reader) => ({ kind: 'export', request: readExport(reader) }),
  run: (reader) => readRun(reader),
  cancel: (reader) => ({ kind: 'cancel', ref: readRef(reader, 'cancel') }),
  history: (reader) => ({ kind: 'history', count: readHistoryCount(reader) }),
  retry: (reader) => ({ kind: 'retry', ref: needRef(reader, 'retry') }),
  recall: (reader) => ({ kind: 'recall', ref: needRef(reader, 'recall') }),
  schedule: (reader) => ({ kind: 'schedule', ...readSchedule(reader) }),
  schedules: (reader) => alone(reader, 'schedules'),
  unschedule: (reader) => ({ kind: 'unschedule', ref: needRef(reader, 'unschedule') }),
  help: () => ({ kind: 'help' }),
  login: (reader) => alone(reader, 'login'),
  logout: (reader) => alone(reader, 'logout'),
  whoami: (reader) => alone(reader, 'whoami'),
  status: (reader) => alone(reader, 'status'),
} as const satisfies { [V in Verb]: (reader: Reader) => Extract<Command, { kind: V }> };

export function readCommand(reader: Reader): Command {
  const verb = verbNamed(reader.word());
  // Help is never refused, whatever it is asked about.
  if (reader.done || verb === 'help') return { kind: 'help' };
  refuseUnclosed(reader);
  if (verb === undefined) return readOtherVerb(reader);
  reader.skip();
  return verbReaders[verb](reader);
}

function alone<K extends Verb>(reader: Reader, kind: K): { kind: K } {
  if (reader.done) return { kind };
  reader.refuse(sentences.nothingAfter(kind), { remove: reader.left });
}

function readHistoryCount(reader: Reader): number {
  const { usual, most } = historyCounts;
  if (reader.done) return usual;
  const word = reader.word() ?? '';
  const isCount = /^[1-9]\d*$/.test(word);
  if (!isCount || Number(word) > most) {
    const insert = isCount ? String(most) : '';
    reader.refuse(sentences.historyCount(reader.written(1), most), { remove: reader.left, insert });
  }
  reader.skip();
  if (!reader.done) {
    reader.refuse(sentences.nothingAfter(`history ${word}`), { remove: reader.left });
  }
  return Number(word);
}

function readRun(reader: Reader): Extract<Command, { kind: 'run' }> {
  const ref = readRefWord(reader, 'run');
  if (ref === undefined) throw new Refusal(sentences.missingRunRef(), []);
  const toMe = reader.take('to me');
  if (!reader.done) {
    reader.refuse(sentences.onlyToMe(ref), { remove: reader.left });
  }
  return { kind: 'run', ref, toMe };
}

function needRef(reader: Reader, verb: Verb): string {
  const ref = readRef(reader, verb);
  if (ref !== undefined) return ref;
  if (verb !== 'unschedule') throw new Refusal(sentences.missingRef(verb), []);
  throw new Refusal(sentences.missingScheduleRef(), [tokenise('schedules')]);
}

function readRef(reader: Reader, verb: Verb): string | undefined {
  const ref = readRefWord(reader, verb);
  if (ref !== undefined && !reader.done)
    reader.refuse(sentences.nothingAfter(`${verb} ${ref}`), { remove: reader.left });
  return ref;
}

function readRefWord(reader: Reader, verb: Verb): string | undefined {
  const token = reader.peek();
  if (token === undefined) return undefined;
  const ref = token.kind === 'word' ? token.text.toUpperCase() : '';
  if (!refPattern.test(ref)) return refuseRef(reader, verb);
  reader.skip();
  return ref;
}

/** The first word that is a reference once the misread letters are set right. */
function refuseRef(reader: Reader, verb: Verb): never {
  const refs = reader.tokens
    .slice(reader.at)
    .flatMap((candidate) => (candidate.kind === 'comma' ? [] : [candidate.text.toUpperCase()]))
    .map((text) => text.replace(/[IL]/g, '1').replace(/O/g, '0').replace(/U/g, 'V'))
    .filter((text) => refPattern.test(text) && /\d/.test(text));
  const sentence = verb === 'unschedule' ? sentences.noScheduleRef : sentences.noRef;
  reader.refuse(sentence(reader.written(1)), { remove: reader.left, insert: refs[0] ?? '' });
}

/** A first word that is no verb: a misspelt one, another word for one, or a range with nothing before it. */
function readOtherVerb(reader: Reader): Command {
  const token = reader.peek();
  if (token?.kind !== 'word') return refuseFirstName(reader, token);
  const meant = closest(token.text, verbs);
  // Showing the help starts nothing, so a misspelt "help" may simply work.
  if (meant === 'help' || otherVerbs.get(token.text) === 'help') return { kind: 'help' };
  refuseVerbInPieces(reader);
  const verb = otherVerbs.get(token.text) ?? meant;
  if (verb !== undefined) {
    reader.refuse(sentences.didYouMean(reader.written(1), verb), { remove: 1, insert: verb });
  }
  // An export is named in it, too, but further on.
  if (startsRecurrence(reader)) reader.refuse(sentences.scheduleMissing(), { insert: 'schedule' });
  const verbAt = reader.tokens.findIndex((one) => one.kind === 'word' && verbNamed(one.text));
  if (verbAt > 0) reader.refuse(sentences.verbFirst(reader.written(1)), { remove: verbAt });
  if (startsRequest(reader)) reader.refuse(sentences.verbMissing(), { insert: 'export' });
  throw new Refusal(sentences.unknownVerb(reader.written(1)), []);
}

function startsRequest(reader: Reader): boolean {
  const word = reader.word() ?? '';
  if (startsRange(reader) || clauseNamed(word) !== undefined) return true;
  return /^\d+$/.test(word) || ['past', 'previous', 'from'].includes(word);
}

/** The whole command in quotes, or a name where a verb belongs. */
function refuseFirstName(reader: Reader, token: Token | undefined): never {
  const insert = token?.kind === 'quoted' ? tokenise(token.text) : [];
  reader.refuse(sentences.verbFirst(reader.written(1)), { remove: 1, insert });
}

/** `log in`, `sign out`, `who am i`. */
function refuseVerbInPieces(reader: Reader): void {
  for (const remove of [2, 3]) {
    const words = reader.words(remove);
    const joined = words.join('');
    const insert = verbNamed(joined) ?? otherVerbs.get(joined);
    if (words.length < remove || insert === undefined) continue;
    reader.refuse(sentences.didYouMean(reader.written(remove), insert), { remove, insert });
  }
}

const otherVerbs: ReadonlyMap<string, Verb> = new Map([
  ['abort', 'cancel'],
  ['again', 'retry'],
  ['delete', 'recall'],
  ['remove', 'recall'],
  ['revoke', 'recall'],
  ['undo', 'recall'],
  ['commands', 'help'],
  ['download', 'export'],
  ['get', 'export'],
  ['hello', 'help'],
  ['hi', 'help'],
  ['logoff', 'logout'],
  ['list', 'history'],
  ['progress', 'status'],
  ['redo', 'retry'],
  ['rerun', 'retry'],
  ['signin', 'login'],
  ['signout', 'logout'],
  ['stop', 'cancel'],
  ['?', 'help'],
]);

const nextClause = new RegExp(` (?:${clauseWords.join('|')})(?: .*)?$`, 'i');

/** A quote that nobody closed: proposes to close it before what looks like the next clause. */
function refuseUnclosed(reader: Reader): void {
  const last = reader.tokens.at(-1);
  if (last?.kind !== 'unclosed') return;
  const clause = nextClause.exec(last.text);
  const name = clause ? last.text.slice(0, clause.index) : last.text;
  const insert: Token[] = name.trim() === '' ? [] : [{ kind: 'quoted', text: name.trim() }];
  reader.skip(reader.left - 1);
  reader.refuse(sentences.unclosedQuote(name === '' ? undefined : reader.written(1)), {
    remove: 1,
    insert: [...insert, ...tokenise(clause?.[0] ?? '')],
  });
}
