import { awkwardTexts, emojiTexts, formulaTexts, longText } from './curiosities.ts';
import type { Language } from './languages.ts';
import type { Role, TaskPlan } from './plan.ts';
import { type Random, uuidOf } from './random.ts';
import type { TaskRecord } from './task.ts';

/** One member of a digital transcript: developer.webex.com/webex-contact-center/docs/guide-for-digital-transcripts. Absent members are really absent. */
export interface Entry {
  readonly id: string;
  readonly timestamp: string;
  readonly aliasId?: string;
  readonly direction?: 'inbound' | 'outbound';
  readonly message?: string;
  readonly participant?: {
    readonly name?: string;
    readonly role: string;
    readonly userId?: string;
  };
  readonly redacted?: boolean;
  readonly attachments?: readonly {
    readonly url: string;
    readonly mimeType: string;
    readonly fileName: string;
  }[];
  readonly workItemData?: Readonly<Record<string, unknown>>;
}

type Side = 'customer' | 'agent' | 'bot';
/** With welcome, opening and goodbye these make the twenty messages that measurements count in. */
const plainTurns = 8;

type Line = readonly [side: Side, text: string];

/** The conversation of a task as the transcript tells it. */
export function conversation(plan: TaskPlan, task: TaskRecord, random: Random): Entry[] {
  const lines = plan.channel === 'email' ? letters(plan, task, random) : chat(plan, task, random);
  const lastMs = (task.endedTime ?? task.createdTime + 60_000) - task.createdTime - 2_000;
  const step = Math.max(1, Math.floor(lastMs / lines.length));
  // Role names differ between tenants; nobody documents their case.
  const shout = !plan.plain && random.chance(0.1);
  const space = plan.captureSeed;
  const entries = lines.map(([side, message], index): Entry => {
    const atMs = task.createdTime + step * index + random.between(0, step - 1);
    return {
      id: uuidOf(space, index),
      aliasId: `${side}-${(space + index) % 100_000}`,
      direction: side === 'customer' ? 'inbound' : 'outbound',
      message,
      timestamp: new Date(atMs).toISOString(),
      participant: participant(side, task, shout),
      redacted: false,
    };
  });
  return plan.role === undefined ? entries : withPeculiarity(plan.role, entries, space);
}

function participant(side: Side, task: TaskRecord, shout: boolean) {
  const role = shout ? side.toUpperCase() : side;
  if (side === 'bot') return { name: 'Cumulus Bot', role, userId: 'virtual-agent' };
  if (side === 'agent') {
    const { name, signInId } = task.lastAgent ?? { name: null, signInId: null };
    return { name: name ?? 'Agent', role, userId: signInId ?? '' };
  }
  const { name, email, phoneNumber } = task.customer ?? {
    name: null,
    email: null,
    phoneNumber: null,
  };
  const userId = [email, phoneNumber].find((value) => value !== null && value !== 'NA');
  return {
    role,
    ...(name !== null && name !== 'NA' && { name }),
    ...(userId !== null && userId !== undefined && { userId }),
  };
}

function chat(plan: TaskPlan, task: TaskRecord, random: Random): Line[] {
  const { language } = plan;
  const fill = filler(task, random);
  const lines: Line[] = [
    ['bot', language.welcome],
    ['customer', fill(random.pick(language.asks))],
  ];
  if (task.lastAgent === null) return lines;
  lines.push(['agent', fill(language.answers[0])]);
  const turns = plan.plain ? plainTurns : random.between(1, 9);
  for (let turn = 1; turn < turns; turn++) {
    lines.push(['customer', fill(random.pick(language.asks))]);
    lines.push(['agent', fill(random.pick(language.answers))]);
  }
  if (plan.plain) lines.push(['customer', fill(language.asks[0])]);
  for (const text of peculiarTexts(plan.role, language)) lines.push(['customer', text]);
  lines.push(['customer', language.goodbye[0]], ['agent', language.goodbye[1]]);
  return lines;
}

function letters({ language }: TaskPlan, task: TaskRecord, random: Random): Line[] {
  const fill = filler(task, random);
  const letter = (texts: readonly string[], closing: string) =>
    `${texts.map(fill).join('\n\n')}\n\n${closing}`;
  return [
    ['customer', letter(language.asks.slice(0, 3), language.goodbye[0])],
    ['agent', letter(language.answers.slice(0, 3), language.goodbye[1])],
  ];
}

function filler(task: TaskRecord, random: Random) {
  const order = `#${random.between(100_000, 999_999)}`;
  const agent = task.lastAgent?.name ?? 'Cumulus';
  return (text: string) => text.replaceAll('{order}', order).replaceAll('{agent}', agent);
}

function peculiarTexts(role: Role | undefined, language: Language): readonly string[] {
  switch (role) {
    case 'emoji':
      return emojiTexts;
    case 'formulas':
      return formulaTexts;
    case 'awkward':
      return awkwardTexts;
    case 'very long':
      return [longText(language.goodbye[0]), language.asks[0]];
    default:
      return [];
  }
}

function withPeculiarity(role: Role, entries: Entry[], space: number): Entry[] {
  switch (role) {
    case 'anonymous':
      return entries.map((entry, index) => (index % 3 === 0 ? withoutPerson(entry) : entry));
    case 'redacted':
      return entries.map((entry, index) =>
        index % 4 === 1
          ? { ...entry, message: 'My card is XXXX XXXX XXXX XXXX', redacted: true }
          : entry,
      );
    case 'attachments':
      return entries.map((entry, index) => (index === 1 ? withFiles(entry, space) : entry));
    default:
      return entries;
  }
}

/** Older entries lack the participant and with it the alias; some are events without any text. */
function withoutPerson({ id, timestamp, direction, message }: Entry): Entry {
  return {
    id,
    timestamp,
    ...(direction && { direction }),
    ...(message !== undefined && direction === 'inbound' && { message }),
  };
}

function withFiles(entry: Entry, space: number): Entry {
  const file = (fileName: string, mimeType: string) => ({
    url: `https://files.cumulus.example/${uuidOf(space, 77)}/${encodeURIComponent(fileName)}`,
    mimeType,
    fileName,
  });
  return {
    ...entry,
    attachments: [
      file('Rechnung März.pdf', 'application/pdf'),
      file('IMG_2041.jpeg', 'image/jpeg'),
    ],
  };
}
