import { z } from 'zod';
import { Refusal } from './refusal.ts';

export type Card = Readonly<Record<string, unknown>>;

/** What a card offers to press. */
export interface CardButton {
  readonly type: 'Action.OpenUrl' | 'Action.Submit';
  readonly title: string;
  readonly url: string | undefined;
  readonly data: unknown;
}

const contentType = 'application/vnd.microsoft.card.adaptive';

// https://developer.webex.com/docs/buttons-and-cards: 1.3 without Media and Action.Execute.
const knownTypes = new Set([
  'AdaptiveCard',
  'ActionSet',
  'Column',
  'ColumnSet',
  'Container',
  'Fact',
  'FactSet',
  'Image',
  'ImageSet',
  'Input.ChoiceSet',
  'Input.Date',
  'Input.Number',
  'Input.Text',
  'Input.Time',
  'Input.Toggle',
  'RichTextBlock',
  'TextBlock',
  'TextRun',
  'Action.OpenUrl',
  'Action.ShowCard',
  'Action.Submit',
  'Action.ToggleVisibility',
]);

const Attachments = z.tuple(
  [
    z.object({
      contentType: z.literal(contentType),
      content: z.looseObject({
        type: z.literal('AdaptiveCard'),
        version: z.enum(['1.0', '1.1', '1.2', '1.3']),
        body: z.array(z.unknown()).optional(),
        actions: z.array(z.unknown()).max(20).optional(),
      }),
    }),
  ],
  'Only one card attachment is allowed per message.',
);

const Button = z.object({
  type: z.enum(['Action.OpenUrl', 'Action.Submit']),
  title: z.string().min(1),
  url: z.string().optional(),
  data: z.unknown().optional(),
});

/** @throws {Refusal} 400 for anything Webex would not draw */
export function readCard(attachments: unknown): Card {
  const read = Attachments.safeParse(attachments);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw invalid(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  const [{ content }] = read.data;
  for (const part of parts(content)) checkPart(part);
  return content;
}

export function cardJson(card: Card) {
  return { contentType, content: card };
}

/** In the order in which a reader meets them, those of nested cards included. */
export function cardButtons(card: Card): CardButton[] {
  return [...parts(card)].flatMap((part) => {
    const { data: button } = Button.safeParse(part);
    return button ? { ...button, url: button.url, data: button.data } : [];
  });
}

/** Every text a reader sees, line by line. */
export function cardTexts(card: Card): string[] {
  return [...parts(card)].flatMap((part) => {
    if (part['type'] === 'TextBlock' || part['type'] === 'TextRun')
      return String(part['text'] ?? '');
    return 'title' in part && 'value' in part && !('type' in part)
      ? `${part['title']}: ${part['value']}`
      : [];
  });
}

function checkPart(part: Card) {
  const { type } = part;
  if (type !== undefined && !(typeof type === 'string' && knownTypes.has(type))) {
    throw invalid(`unsupported type ${type}`);
  }
  if (
    type === 'Action.OpenUrl' &&
    !(typeof part['url'] === 'string' && URL.canParse(part['url']))
  ) {
    throw invalid('Action.OpenUrl needs a url');
  }
  if (String(type).startsWith('Input.') && !part['id']) throw invalid(`${type} needs an id`);
}

/** The card and every object in it, but not what a button carries as its own data. */
function* parts(value: unknown): Generator<Card> {
  if (Array.isArray(value)) {
    for (const item of value) yield* parts(item);
  } else if (isObject(value)) {
    yield value;
    for (const [name, member] of Object.entries(value)) if (name !== 'data') yield* parts(member);
  }
}

function isObject(value: unknown): value is Card {
  return typeof value === 'object' && value !== null;
}

function invalid(what: string): Refusal {
  return new Refusal(400, `invalid_attachments: ${what}`);
}
