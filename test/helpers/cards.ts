import { createRequire } from 'node:module';
import type * as AdaptiveCards from 'adaptivecards';
import { cardButtons, readCard } from '../../src/sandbox/webex/cards.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';

// The package's own entry needs a bundler; this file is the same in one piece.
const { AdaptiveCard, SerializationContext, Versions }: typeof AdaptiveCards = createRequire(
  import.meta.url,
)('adaptivecards/dist/adaptivecards.js');

/** What Microsoft's parser has to say about a card at the version that Webex draws. */
export function complaintsAbout(content: unknown): string[] {
  const context = new SerializationContext(Versions.v1_3);
  const card = new AdaptiveCard();
  card.parse(content, context);
  const parsing = Array.from(
    { length: context.eventCount },
    (_, index) => context.getEventAt(index).message,
  );
  const { validationEvents } = card.validateProperties();
  return [...parsing, ...validationEvents.map(({ message }) => message)];
}

/** As Webex takes it, or refuses it. */
export function asPosted(content: unknown) {
  return readCard([{ contentType: 'application/vnd.microsoft.card.adaptive', content }]);
}

interface Drawn {
  readonly card: unknown;
  readonly fallback: string;
}

/** Buttons beyond these are hidden by desktop clients. */
const mostActions = 5;
const mostFallbackBytes = 7_439;
/** The limit of Webex is not documented; this is far below all that anybody reports. */
const mostCardBytes = 12_000;

/** What a card has that Microsoft permits and Webex does not draw, or that not everybody can use. */
export function webexComplaintsAbout({ card, fallback }: Drawn): string[] {
  const complaints: string[] = [];
  const complain = (isBad: boolean, what: string) => {
    if (isBad) complaints.push(what);
  };
  const ids: unknown[] = [];
  const bytes = Buffer.byteLength(JSON.stringify(card));
  complain(bytes > mostCardBytes, `${bytes} bytes`);
  complain(fallback.trim() === '', 'no fallback');
  complain(Buffer.byteLength(fallback) > mostFallbackBytes, 'a fallback that is cut off');
  for (const part of objectsIn(card)) {
    const type = String(part['type'] ?? '');
    const { actions } = part;
    complain(Array.isArray(actions) && actions.length > mostActions, 'more than five actions');
    complain(/^Media$|^Action\.Execute$|^Table/.test(type), `${type} is not drawn`);
    complain(type === 'AdaptiveCard' && part['version'] !== '1.3', 'another version');
    for (const name of ['refresh', 'authentication', 'rtl', 'selectAction', 'backgroundImage']) {
      complain(name in part, `${name} is not drawn`);
    }
    if (type.startsWith('Input.')) {
      ids.push(part['id']);
      complain(!part['label'], `${type} without a label`);
      complain(part['isRequired'] === true && !part['errorMessage'], `${type} without a message`);
    }
    if (type === 'Action.Submit') complain(!isButtonData(part['data']), 'a button without its id');
    complain(type.startsWith('Action.') && !part['title'], `${type} without a title`);
    complain(type === 'TextBlock' && part['wrap'] !== true, 'a text that is cut off');
    complain(type === 'Image' && !part['altText'], 'a picture without words');
  }
  complain(new Set(ids).size < ids.length, 'two inputs with one id');
  return complaints;
}

function isButtonData(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'button' in data;
}

function* objectsIn(value: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const member of Object.values(value)) yield* objectsIn(member);
}

/** What Webex sends when somebody has filled in a card and presses one of its buttons. */
export function inputsOf(
  { card }: Pick<Message, 'card'>,
  title: string,
  typed: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  if (!card) throw new Error('this message has no card');
  const pressed = cardButtons(card).find((button) => button.title === title);
  if (pressed?.type !== 'Action.Submit') throw new Error(`no button "${title}"`);
  const filledIn: Record<string, unknown> = {};
  for (const part of objectsIn(card)) {
    const { type, id, value } = part;
    if (String(type).startsWith('Input.')) filledIn[String(id)] = value ?? '';
  }
  return { ...filledIn, ...typed, ...(pressed.data as object) };
}
