import { answerWithinMs, type Estimate, type Share } from '../export/estimate.ts';
import type { ExportOrder } from '../export/order.ts';
import { describeWindow, formatInstant } from '../time.ts';
import { escapeMarkdown } from '../webex/markdown.ts';
import type { CardDraft } from './card-desk.ts';
import { button, cardOf, heading, line } from './card-parts.ts';
import type { Command } from './grammar/command.ts';
import { printCommand } from './grammar/print.ts';

type Button = 'run' | 'runToMe' | 'cancel';

const titles: Readonly<Record<Button, string>> = {
  run: 'Run',
  runToMe: 'Send to me only',
  cancel: 'Cancel',
};

/**
 * What a large export comes to, and whether it is to run. To whom its file goes is asked only where that is
 * not decided: in a space, by an order that does not say so.
 */
export function estimateCard(
  order: ExportOrder,
  estimate: Estimate,
  untilMs: number,
): CardDraft<Button> {
  const { ref, requester, place, toMe = false } = order;
  const choosesPlace = place.roomType === 'group' && !toMe;
  const shown: Button[] = choosesPlace ? ['run', 'runToMe', 'cancel'] : ['run', 'cancel'];
  const commands: Readonly<Record<Button, Command>> = {
    run: { kind: 'run', ref, toMe: false },
    runToMe: { kind: 'run', ref, toMe: true },
    cancel: { kind: 'cancel', ref },
  };
  const typed = (name: Button) => printCommand(commands[name]);
  const deed = (name: Button) => ({ kind: 'command', command: typed(name) }) as const;
  const lines = [
    `${order.filters}: ${describeWindow(order.window)}.`,
    ...factsOf(estimate),
    `Nothing is exported before you answer. Without an answer it is cancelled at ${formatInstant(untilMs, order.window.zone)}.`,
  ];
  return {
    ...{ owner: requester, place, topic: 'estimate', refs: [ref], lifeMs: answerWithinMs },
    buttons: { run: deed('run'), runToMe: deed('runToMe'), cancel: deed('cancel') },
    draw: (ids) => ({
      card: cardOf(
        [
          heading(`Export ${ref} is large. Shall it run?`),
          ...lines.map(line),
          line(`You can also type ${shown.map(typed).join(', or ')}.`),
        ],
        shown.map((name) => button(titles[name], ids[name])),
      ),
      fallback: [
        `Export ${ref} is large. Shall it run?`,
        ...lines.map(escapeMarkdown),
        `Send ${shown.map((name) => `\`${typed(name)}\``).join(', or ')}.`,
      ].join('\n\n'),
    }),
  };
}

const numbers = new Intl.NumberFormat('en');
const count = (value: number) => numbers.format(value);
const counted = (value: number, one: string, many = `${one}s`) =>
  `${count(value)} ${value === 1 ? one : many}`;

function factsOf({ conversations, byChannel, byQueue, work, budget }: Estimate): string[] {
  return [
    conversations === undefined
      ? 'How many conversations that are the contact center does not tell.'
      : `Conversations: ${count(conversations)}.`,
    ...sharesLine('By channel', byChannel, channelName),
    ...sharesLine('By queue', byQueue, (name) => name ?? 'without a queue'),
    ...(work ? [workLine(work, budget), sizeLine(work)] : []),
  ];
}

/** As many as fit into a line or two. */
const mostShares = 5;
const longestName = 60;

function sharesLine(
  title: string,
  shares: readonly Share[],
  nameOf: (name: string | undefined) => string,
): string[] {
  if (shares.length === 0) return [];
  const rest = shares.slice(mostShares);
  const parts = shares
    .slice(0, mostShares)
    .map((share) => `${shortened(nameOf(share.name))} ${count(share.count)}`);
  if (rest.length > 0) {
    const sum = rest.reduce((total, share) => total + share.count, 0);
    parts.push(`${counted(rest.length, 'other')} ${count(sum)}`);
  }
  return [`${title}: ${parts.join(' · ')}.`];
}

function shortened(name: string): string {
  const letters = [...name];
  return letters.length > longestName ? `${letters.slice(0, longestName).join('')}…` : name;
}

const channelNames: ReadonlyMap<string, string> = new Map([
  ['chat', 'live chat'],
  ['telephony', 'voice calls'],
  ['email', 'email'],
  ['social', 'social messaging'],
  ['social_channel', 'social messaging'],
]);

/** The contact center's own word where it is one we do not know. */
function channelName(name: string | undefined): string {
  return name === undefined ? 'without a channel' : (channelNames.get(name.toLowerCase()) ?? name);
}

type Work = NonNullable<Estimate['work']>;

function workLine({ calls, durationMs }: Work, { perMinute, sharedWith }: Estimate['budget']) {
  const shared =
    sharedWith === 0 ? '' : `, shared with ${counted(sharedWith, 'other export')} running now`;
  return `Calls to the contact center: ${count(calls)}, ${durationWords(durationMs)} at ${count(perMinute)} a minute${shared}.`;
}

function durationWords(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes < 1) return 'less than a minute';
  return minutes < 120
    ? `about ${counted(minutes, 'minute')}`
    : `about ${(ms / 3_600_000).toFixed(1)} hours`;
}

function sizeLine({ sizeBytes, files }: Work): string {
  const megabytes = Math.round(sizeBytes / 1_000_000);
  const size = megabytes < 1 ? 'less than 1 MB' : `about ${count(megabytes)} MB`;
  return `Expected size: ${size}, in ${counted(files, 'file')}.`;
}
