import { type Command, channels, formats, moments } from './command.ts';

interface CommandEntry {
  readonly name: Command['kind'];
  readonly usage: string;
  readonly summary: string;
  /** Ready to copy; every one is a valid command. */
  readonly examples: readonly string[];
}

/** What the bot understands: the help, the README and the tests are made from it. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'export',
    usage: [
      'export [range]',
      '[queue "A"[, "B"] | queue all]',
      '[through "A"]',
      '[agent "A"]',
      `[channel ${channels.join('|')}]`,
      '[customer a@b.c]',
      '[containing "A"]',
      `[by ${moments.join('|')}]`,
      '[in <IANA zone>]',
      '[with contact]',
      `[as ${formats.join('|')}]`,
      '[redact]',
      '[to me]',
    ].join(' '),
    summary:
      'exports the conversations of a range to a workbook; live chat of the last 7 days unless you say more',
    examples: [
      'export last 7 days',
      'export yesterday queue "Support", "Sales"',
      'export last month channel all by ended in Europe/Berlin',
      'export yesterday as csv',
      'export last week agent "Maria Lopez" customer ava@shop.example',
      'export last 2 weeks through "Support" containing "refund", "money back"',
    ],
  },
  {
    name: 'status',
    usage: 'status',
    summary: 'shows how far your export is',
    examples: ['status'],
  },
  {
    name: 'run',
    usage: 'run <ref> [to me]',
    summary: 'lets a large export run that waits for your answer, or with its file for you alone',
    examples: ['run E7K2', 'run E7K2 to me'],
  },
  {
    name: 'cancel',
    usage: 'cancel [ref]',
    summary: 'stops your export, or the one with that reference',
    examples: ['cancel', 'cancel E7K2'],
  },
  {
    name: 'history',
    usage: 'history [n]',
    summary: 'shows your last exports, what came of each and where its file is',
    examples: ['history', 'history 3'],
  },
  {
    name: 'retry',
    usage: 'retry <ref>',
    summary: 'looks again at what failed or was not ready in that export, and posts an addendum',
    examples: ['retry E7K2'],
  },
  {
    name: 'recall',
    usage: 'recall <ref>',
    summary: 'removes the files of that export from Webex',
    examples: ['recall E7K2'],
  },
  {
    name: 'schedule',
    usage: 'schedule every day|weekday|monday|…|month on day N HH:MM <export …>',
    summary: 'runs an export again and again at that time of its zone',
    examples: [
      'schedule every monday 08:00 export last week queue "Sales"',
      'schedule every weekday 07:30 export yesterday in Europe/Berlin',
      'schedule every month on day 1 08:00 export last month channel all',
    ],
  },
  {
    name: 'schedules',
    usage: 'schedules',
    summary: 'lists your schedules with the next three times of each',
    examples: ['schedules'],
  },
  {
    name: 'unschedule',
    usage: 'unschedule <ref>',
    summary: 'removes that schedule',
    examples: ['unschedule K7Q2'],
  },
  {
    name: 'login',
    usage: 'login',
    summary: 'sends you a card to sign in with Webex',
    examples: ['login'],
  },
  {
    name: 'logout',
    usage: 'logout',
    summary: 'deletes your sign-in and stops your exports',
    examples: ['logout'],
  },
  {
    name: 'whoami',
    usage: 'whoami',
    summary: 'shows your account, organization, sign-in and time zone',
    examples: ['whoami'],
  },
  { name: 'help', usage: 'help', summary: 'shows this', examples: ['help'] },
];

interface RangeEntry {
  readonly form: string;
  readonly meaning: string;
  readonly examples: readonly string[];
}

/** The forms of `[range]`; all are counted in whole local days of the zone. */
export const rangeTable: readonly RangeEntry[] = [
  { form: 'today', meaning: 'since midnight', examples: ['today'] },
  { form: 'yesterday', meaning: 'the whole day', examples: ['yesterday'] },
  {
    form: 'last N days|weeks|months',
    meaning: 'from the start of the day that long ago until now',
    examples: ['last 1 day', 'last 2 weeks', 'last 3 months'],
  },
  {
    form: 'this week|month',
    meaning: 'from its first day until now; weeks start on Monday',
    examples: ['this week', 'this month'],
  },
  {
    form: 'last week|month',
    meaning: 'the whole week or month before this one',
    examples: ['last week', 'last month'],
  },
  { form: 'YYYY-MM-DD', meaning: 'that day', examples: ['2026-11-13'] },
  {
    form: 'YYYY-MM-DD to YYYY-MM-DD',
    meaning: 'both days included',
    examples: ['2026-11-01 to 2026-11-15'],
  },
  {
    form: 'YYYY-MM-DD HH:MM to YYYY-MM-DD HH:MM',
    meaning: 'to the minute, the end not included; either time can be left out',
    examples: ['2026-11-13 08:00 to 2026-11-13 18:00', '2026-11-13 to 2026-11-14 12:00'],
  },
  {
    form: 'since YYYY-MM-DD [HH:MM]',
    meaning: 'from then until now',
    examples: ['since 2026-11-01', 'since 2026-11-13 08:00'],
  },
  {
    form: 'since last export',
    meaning:
      'from where your last export with these filters in this space ended until now, with what was not ready then',
    examples: ['since last export'],
  },
];
