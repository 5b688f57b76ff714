import { describeWindow, wallClockMs } from '../time.ts';
import type { ReportCell, ReportRow, ReportSheet } from '../workbook/sheet.ts';
import { type Balance, type Bucket, buckets, type CountCheck } from './ledger.ts';
import type { ExportOrder } from './order.ts';
import { type RedactionClass, type RedactionCounts, redactionClasses } from './redaction.ts';
import type { JobReport } from './report.ts';
import type { Statistics } from './statistics.ts';
import {
  type Block,
  below,
  beside,
  groupBlock,
  tableWidths,
  weekBlock,
} from './statistics-rows.ts';

export interface SummaryFacts {
  readonly statistics: Statistics;
  /** Where something was masked. */
  readonly masked: RedactionCounts | undefined;
  readonly order: ExportOrder;
  readonly contactCenterOrgUuid: string;
  readonly queueNames: readonly string[];
  readonly balance: Balance;
  readonly addendum?: JobReport['addendum'];
  readonly fromEarlier?: JobReport['fromEarlier'];
  readonly count: CountCheck;
  readonly entries: number;
  readonly searchBroke: string | undefined;
  readonly refusedHosts: readonly string[];
  readonly finishedMs: number;
  readonly version: string;
  readonly part: { readonly number: number; readonly of: number };
}

const bucketWords = {
  exported: 'exported',
  no_transcript: 'without transcript',
  still_open: 'still open',
  filtered_out: 'filtered out',
  failed: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<Bucket, string>;

/** Between what stands side by side. */
const gutter = 3;

const periodHeadings = { day: 'By day', week: 'By week', month: 'By month' } as const;

/**
 * One page: the receipt (who asked for what, what came of it, whether it adds up), and a picture of the
 * exported conversations.
 */
export function summarySheet(facts: SummaryFacts): ReportSheet {
  const { statistics, order } = facts;
  const { zone } = order.window;
  const { unit, groups } = statistics.periods;
  const account: Block = {
    rows: [
      ...receipt(facts),
      [],
      [{ style: 'heading', value: 'Balance', span: tableWidths.length }],
      ...balanceRows(facts),
    ],
    formats: [],
  };
  const columns = tableWidths.length + 1;
  const page = below(
    {
      rows: [[{ style: 'title', value: 'Webex Contact Center conversations', span: columns }]],
      formats: [],
    },
    beside(account, weekBlock(statistics, zone), columns),
    beside(
      groupBlock(`${periodHeadings[unit]} (${zone})`, groups),
      below(
        groupBlock('By channel', statistics.channels),
        groupBlock('By queue', statistics.queues),
        groupBlock('By agent', statistics.agents),
      ),
      columns,
    ),
  );
  return {
    kind: 'report',
    name: 'Summary',
    columnWidths: [...tableWidths, gutter, ...tableWidths],
    ...page,
  };
}

function receipt({ order, ...facts }: SummaryFacts): ReportRow[] {
  const { zone } = order.window;
  const hours = (order.window.toMs - order.window.fromMs) / 3_600_000;
  const { number, of } = facts.part;
  return [
    line('Ref', words(order.ref)),
    ...(facts.addendum ? [line('Addendum to', words(facts.addendum.to))] : []),
    line('Asked by', words(`${order.requester.displayName} (${order.requester.email})`)),
    line('Contact-center organization', words(facts.contactCenterOrgUuid)),
    ...(order.continues === undefined ? [] : [line('Continues export', words(order.continues))]),
    line('Command', words(order.command)),
    line('Window', words(describeWindow(order.window))),
    line('Hours in the window', { style: 'number', value: Math.round(hours * 100) / 100 }),
    line('Conversations belong to it by', words(`the time they were ${order.by}`)),
    line('Filters', words(order.filters)),
    ...(facts.masked ? [line('Masked', words(describeMasked(facts.masked)))] : []),
    ...(facts.queueNames.length > 0 ? [line('Queues', words(facts.queueNames.join(', ')))] : []),
    line(`Finished at (${zone})`, {
      style: 'dateTime',
      value: wallClockMs(facts.finishedMs, zone),
      span: 2,
    }),
    line('Took', { style: 'duration', value: facts.finishedMs - order.orderedAtMs }),
    ...(of > 1 ? [line('Part', words(`part ${number} of ${of}`))] : []),
    line('Version', words(`wxcc-export-bot ${facts.version}`)),
  ];
}

const maskedWords = {
  card: 'card numbers',
  iban: 'IBANs',
  email: 'e-mail addresses',
  phone: 'phone numbers',
} as const satisfies Record<RedactionClass, string>;

function describeMasked(masked: RedactionCounts): string {
  return redactionClasses
    .flatMap((one) => (masked[one] === undefined ? [] : [`${masked[one]} ${maskedWords[one]}`]))
    .join(', ');
}

function balanceRows(facts: SummaryFacts): ReportRow[] {
  const { balance, count, addendum } = facts;
  return [
    ...(addendum
      ? [
          line('Looked at again', whole(addendum.balance.found)),
          ...buckets.map((bucket) =>
            line(`  now ${bucketWords[bucket]}`, whole(addendum.balance[bucket])),
          ),
          note(`Of export ${addendum.to} as a whole, with what is in its other files:`),
        ]
      : []),
    line('Conversations found', whole(balance.found)),
    ...(facts.fromEarlier
      ? [line(`  of which from export ${facts.fromEarlier.ref}`, whole(facts.fromEarlier.count))]
      : []),
    ...buckets.map((bucket) => line(`  ${bucketWords[bucket]}`, whole(balance[bucket]))),
    line('Entries in the file', whole(facts.entries)),
    line("The contact center's own count", countCell(count)),
    ...(facts.searchBroke === undefined
      ? []
      : [line('The search broke off', words(facts.searchBroke))]),
    ...(facts.refusedHosts.length === 0
      ? []
      : [line('Refused transcript hosts', words(facts.refusedHosts.join(', ')))]),
  ];
}

function countCell(count: CountCheck): ReportCell {
  switch (count.kind) {
    case 'equal':
      return whole(count.counted);
    case 'changed_meanwhile':
      return words(`${count.counted} before the search, ${count.recounted} after it`);
    case 'listed_again':
      return words(`${count.counted}, of which ${count.again} were listed a second time`);
    case 'different':
      return words(`${count.recounted}, which differs from what was found`);
    case 'unknown':
      return words('not available');
    default:
      return count satisfies never;
  }
}

const line = (label: string, cell: ReportCell): ReportRow => [
  { style: 'label', value: label },
  cell,
];
const note = (value: string): ReportRow => [{ style: 'text', value, span: tableWidths.length }];
const words = (value: string): ReportCell => ({
  style: 'text',
  value,
  span: tableWidths.length - 1,
});
const whole = (value: number): ReportCell => ({ style: 'integer', value });
