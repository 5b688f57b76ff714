/**
 * Why a command is refused: one sentence for each mistake. Arguments named `written` come quoted
 * already. The corrected command is shown after the sentence, so it is not repeated here.
 */

interface Reading {
  readonly meaning: string;
  readonly command: string;
}

const either = (choices: readonly string[]) =>
  [choices.slice(0, -1).join(', '), choices.at(-1)].filter(Boolean).join(' or ');

export const tooLong = (most: number) => `That is longer than the ${most} characters I read.`;

// The first word.
export const unknownVerb = (written: string) => `I don't know ${written}.`;
export const verbFirst = (written: string) =>
  `A command starts with a word such as "export" or "help", not with ${written}.`;
export const verbMissing = () => 'An export starts with the word "export".';
export const oneCommand = () => 'I take one command in a message.';
export const didYouMean = (written: string, meant: string) =>
  `I don't know ${written} here. Did you mean "${meant}"?`;
export const unknownWord = (written: string) => `I don't know what to do with ${written} here.`;
export const nothingAfter = (command: string) => `Nothing can follow "${command}".`;
export const missingRef = (verb: string) =>
  `After "${verb}" I expect the reference of an export, such as E7K2; it stands beside the file.`;
export const missingRunRef = () =>
  'After "run" I expect the reference of the export that waits for your answer; it stands in my question.';
export const onlyToMe = (ref: string) => `After "run ${ref}" only "to me" can follow.`;
export const noRef = (written: string) =>
  `${written} is not the reference of an export: those are four letters and digits, such as E7K2.`;
export const missingScheduleRef = () =>
  'After "unschedule" I expect the reference of a schedule; "schedules" lists yours.';
export const noScheduleRef = (written: string) =>
  `${written} is not the reference of a schedule: those are four letters and digits, such as K7Q2.`;
export const historyCount = (written: string, most: number) =>
  `After "history" I expect how many exports to show, up to ${most}, not ${written}.`;

// Quotes, names and commas.
export const unclosedQuote = (written: string | undefined) =>
  written === undefined
    ? 'There is a quotation mark too many.'
    : `The quote that starts with ${written} is never closed.`;
export const strayComma = () => 'There is a comma with nothing to separate.';
export const strayName = () => 'A name in quotes belongs after the word "queue".';
export const missingQueue = () => 'After "queue" I expect a name in quotes, or the word all.';
export const emptyName = () => 'The name between the quotes is empty.';
const whatIsNamed = {
  queue: 'The name of a queue stands',
  through: 'The name of a queue stands',
  agent: 'The name of an agent stands',
  containing: 'Words to look for stand',
} as const;
export const missingName = (clause: string) => `After "${clause}" I expect something in quotes.`;
export const unquotedName = (clause: keyof typeof whatIsNamed, name: string) =>
  `${whatIsNamed[clause]} in double quotes: "${name}".`;
export const commaBetweenNames = () => 'The names of several queues are separated by commas.';

// Clauses.
export const secondClause = (clause: string) => `"${clause}" can stand only once in a command.`;
export const missingChoice = (clause: string, choices: readonly string[]) =>
  `After "${clause}" I expect ${either(choices)}.`;
export const unknownChoice = (clause: string, written: string, choices: readonly string[]) =>
  `After "${clause}" I expect ${either(choices)}, not ${written}.`;
export const withoutQuotes = (clause: string) => `What follows "${clause}" stands without quotes.`;
export const oneChannel = () =>
  'I take one channel at a time; digital is everything but voice, all is everything.';
export const noAddress = (written: string | undefined) =>
  `After "customer" I expect an e-mail address${written === undefined ? '' : `, not ${written}`}.`;
export const missingZone = () => 'After "in" I expect a time zone such as Europe/Berlin.';
export const unknownZone = (written: string, near: string | undefined) =>
  near === undefined
    ? `I don't know the time zone ${written}; zones have names such as Europe/Berlin.`
    : `I don't know the time zone ${written}. Did you mean ${near}?`;
export const offsetIsNoZone = (written: string) =>
  `${written} is an offset, which doesn't say when the clocks change; a time zone is a name such as Europe/Berlin.`;

// Schedules.
export const scheduleMissing = () =>
  'What is to run again and again starts with the word "schedule".';
export const everyWhen = (written: string | undefined) =>
  `After "schedule" I expect when, such as every monday 08:00${written === undefined ? '' : `, not ${written}`}.`;
export const everyWhat = (written: string | undefined) =>
  `After "every" I expect day, weekday, month or a day of the week${written === undefined ? '' : `, not ${written}`}.`;
export const whichDayOfMonth = () =>
  'Which day of the month? I expect "on day 1", or "on the 1st".';
export const noSuchDayOfMonth = (written: string) =>
  `No month has a day ${written}; the days go from 1 to 31.`;
export const lastDayOfMonth = () =>
  'The last day of the month is day 31: a shorter month counts with its last day.';
export const missingClock = () => 'At what time? I expect HH:MM before the word "export".';
export const zoneAtTheEnd = () => 'The time zone stands behind the export.';
export const scheduleWhat = (written: string | undefined) =>
  `After the time I expect a whole export, such as export last week${written === undefined ? '' : `, not ${written}`}.`;
export const fixedDates = () =>
  'With fixed dates every run would be the same; a schedule needs a range that moves on.';

// Ranges.
export const rangeFirst = () => 'The range comes right after "export".';
export const secondRange = () => 'There can be only one range in a command.';
export const liesInFuture = (written: string) =>
  `${written} lies in the future, and an export holds what has happened.`;
export const lastWhat = () => 'After "last" I expect a count and a unit, such as 7 days.';
export const lastExport = () => 'What is new since your last export begins with "since".';
export const missingCount = (unit: string) => `How many ${unit}? The count is missing.`;
export const unknownUnit = (written: string | undefined) =>
  written === undefined
    ? 'The unit is missing: I count in days, weeks or months.'
    : `I count in days, weeks or months; I don't know ${written}.`;
export const gluedCount = (written: string) => `There is a space missing in ${written}.`;
export const countInDigits = (written: string) => `I read counts in digits only, not ${written}.`;
export const countTooSmall = (written: string) =>
  `A count starts at 1, so ${written} is too small.`;
export const countNotWhole = (written: string) =>
  `A count is a whole number, which ${written} is not.`;
export const countTooLarge = (unit: string) =>
  `That is too many ${unit}: the contact center reaches back 36 months.`;
export const thisWhat = (written: string | undefined) =>
  `After "this" I expect week or month${written === undefined ? '' : `, not ${written}`}.`;
export const sinceWhat = (written: string | undefined) =>
  `After "since" I expect a date, written YYYY-MM-DD, or "last export"${written === undefined ? '' : `, not ${written}`}.`;
export const noLastExport = () =>
  'I know no export of yours in this space with these filters that I could continue.';
export const lastExportEndsLater = (end: string) =>
  `Your last export with these filters reaches until ${end}, so nothing is new since.`;
export const sinceHasNoEnd = () => 'A range with "since" runs until now and has no end of its own.';

// Dates and times.
export const datesAreWritten = (written: string) =>
  `I read dates as YYYY-MM-DD only, not ${written}.`;
export const ambiguousDate = (written: string, [first, second]: readonly [Reading, Reading]) =>
  `${written} can be read in two ways: for ${first.meaning} send “${first.command}”, for ${second.meaning} send “${second.command}”.`;
export const noSuchDay = (day: string, days: number) =>
  `${day} does not exist; that month has ${days} days.`;
export const noSuchMonth = (date: string, month: number) =>
  `There is no month ${month} in "${date}"; a date is written YYYY-MM-DD.`;
export const noSuchTime = (time: string) => `${time} is not a time of day.`;
export const midnight = () => '24:00 is written as 00:00 of the next day.';
export const timesAreWritten = (written: string) =>
  `I read times as HH:MM on the 24-hour clock only, not ${written}.`;
export const toJoinsDates = () => 'Two dates are joined by the word "to".';
export const toWhat = () => 'After "to" I expect a date, written YYYY-MM-DD.';
export const endNeedsDay = () => 'The end needs its date before the time.';
export const untilNow = () => 'A range until now is written with "since".';
export const timeNeedsEnd = () =>
  'A start with a time needs an end as well; until now is written with "since".';
export const reversed = () => 'The start lies after the end.';
export const noLength = () => 'Start and end are the same moment, so nothing lies between them.';

// Windows.
export const startsInFuture = (start: string) => `That starts in the future, at ${start}.`;
export const justBegun = () => 'That window begins just now, so there is nothing in it yet.';
export const tooOld = (start: string, earliest: string) =>
  `The contact center reaches back 36 months, and that starts at ${start}; the earliest day is ${earliest}.`;
export const skippedByClocks = (zone: string) =>
  `The clocks of ${zone} skipped all of that time, so nothing lies between start and end.`;
