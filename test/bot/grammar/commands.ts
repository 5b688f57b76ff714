import fc from 'fast-check';
import {
  type Command,
  channels,
  type ExportRequest,
  formats,
  type LocalDateOrTime,
  moments,
  type Range,
} from '../../../src/bot/grammar/command.ts';
import { type Recurrence, weekdayNames } from '../../../src/export/recurrence.ts';
import { canonicalZone } from '../../../src/time.ts';

/** Every command that can be valid, for properties that hold for all of them. */

const localDay = fc
  .date({
    min: new Date('2000-01-01'),
    max: new Date('2099-12-31'),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString().slice(0, 10));

const localTime = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));

const dateOrTime: fc.Arbitrary<LocalDateOrTime> = fc.record({
  date: localDay,
  time: fc.option(localTime, { nil: undefined }),
});

const dates = fc
  .tuple(dateOrTime, dateOrTime)
  .filter(
    ([from, to]) => `${from.date} ${from.time ?? '00:00'}` < `${to.date} ${to.time ?? '24:00'}`,
  )
  .map(([from, to]): Range => ({ kind: 'dates', from, to }));

const range: fc.Arbitrary<Range> = fc.oneof(
  fc.constantFrom<Range>({ kind: 'today' }, { kind: 'yesterday' }, { kind: 'since_last' }),
  fc.record({
    kind: fc.constant('last' as const),
    count: fc.integer({ min: 1, max: 36 }),
    unit: fc.constantFrom('days', 'weeks', 'months'),
  }),
  fc.record({
    kind: fc.constant('calendar' as const),
    which: fc.constantFrom('this', 'last'),
    unit: fc.constantFrom('week', 'month'),
  }),
  fc.record({ kind: fc.constant('since' as const), from: dateOrTime }),
  dates,
);

const awkward = fc.constantFrom(
  '"',
  '“',
  '”',
  '«',
  ',',
  '`',
  "'",
  ' ',
  'in',
  'queue',
  '❤️',
  '👩‍💻',
  'é',
);
const name = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc
      .array(fc.oneof(awkward, fc.string({ maxLength: 3 })), { maxLength: 6 })
      .map((all) => all.join('')),
  )
  // Names hold no characters that cannot be seen, and are in the form that keyboards produce.
  .map((text) => text.replace(/(?!\u200c|\u200d)[\p{Cf}\p{Cc}\u2028\u2029]/gu, ''))
  .map((text) => text.replace(/\s/gu, ' ').normalize('NFC').trim())
  .filter((text) => text !== '');

const queues = fc.oneof(
  fc.constantFrom('default' as const, 'all' as const),
  fc.uniqueArray(name, {
    minLength: 1,
    maxLength: 4,
    selector: (text) => text.toLowerCase(),
  }),
);

const names = fc.uniqueArray(name, { maxLength: 3, selector: (text) => text.toLowerCase() });

const zones = Intl.supportedValuesOf('timeZone').flatMap((zone) => canonicalZone(zone) ?? []);

export const request: fc.Arbitrary<ExportRequest> = fc.record({
  range,
  queues,
  through: names,
  agents: names,
  channel: fc.constantFrom(...channels),
  customer: fc.option(
    fc.emailAddress().map((address) => address.toLowerCase()),
    { nil: undefined },
  ),
  containing: names,
  by: fc.constantFrom(...moments),
  zone: fc.option(fc.constantFrom(...zones), { nil: undefined }),
  withContact: fc.boolean(),
  format: fc.constantFrom(...formats),
  redact: fc.boolean(),
  toMe: fc.boolean(),
});

const time = localTime;
const recurrence: fc.Arbitrary<Recurrence> = fc.oneof(
  fc.record({ kind: fc.constant('daily' as const), time }),
  fc.record({ kind: fc.constant('weekdays' as const), time }),
  fc.record({
    kind: fc.constant('weekly' as const),
    day: fc.constantFrom(...weekdayNames),
    time,
  }),
  fc.record({
    kind: fc.constant('monthly' as const),
    day: fc.integer({ min: 1, max: 31 }),
    time,
  }),
);
/** Fixed dates would be the same at every run. */
const movingRequest = request.filter(({ range: { kind } }) => kind !== 'dates');

const ref = fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{4}$/);

export const command: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>(
    { kind: 'help' },
    { kind: 'login' },
    { kind: 'logout' },
    { kind: 'whoami' },
    { kind: 'status' },
  ),
  fc.record({ kind: fc.constant('cancel' as const), ref: fc.option(ref, { nil: undefined }) }),
  fc.record({ kind: fc.constant('run' as const), ref, toMe: fc.boolean() }),
  fc.record({ kind: fc.constant('recall' as const), ref }),
  fc.record({ kind: fc.constant('retry' as const), ref }),
  fc.record({ kind: fc.constant('history' as const), count: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ kind: fc.constant('export' as const), request }),
  fc.record({ kind: fc.constant('schedule' as const), recurrence, request: movingRequest }),
  fc.constant<Command>({ kind: 'schedules' }),
  fc.record({ kind: fc.constant('unschedule' as const), ref }),
);
