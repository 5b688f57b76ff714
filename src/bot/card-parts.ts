/** Adaptive Cards 1.3, the newest that Webex draws; https://developer.webex.com/docs/buttons-and-cards */

type Part = Readonly<Record<string, unknown>>;

export function cardOf(body: readonly Part[], actions: readonly Part[]): Part {
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.3',
    body,
    ...(actions.length > 0 && { actions }),
  };
}

export function heading(text: string): Part {
  return { type: 'TextBlock', text: plainText(text), weight: 'Bolder', size: 'Medium', wrap: true };
}

export function line(text: string): Part {
  return { type: 'TextBlock', text: plainText(text), wrap: true };
}

/** A command, to be read and copied. */
export function commandLine(text: string): Part {
  return { type: 'TextBlock', text, fontType: 'Monospace', spacing: 'None', wrap: true };
}

/** @param id what the button carries, and what it is known by when it is pressed */
export function button(title: string, id: string): Part {
  return { type: 'Action.Submit', title, data: { button: id } };
}

/** Opens below the card, without anybody being asked. */
export function unfold(title: string, body: readonly Part[]): Part {
  return { type: 'Action.ShowCard', title, card: cardOf(body, []) };
}

interface Input {
  readonly id: string;
  readonly label: string;
}

export function choices(
  input: Input & {
    readonly value: string;
    readonly choices: readonly { readonly title: string; readonly value: string }[];
  },
): Part {
  const errorMessage = `Please choose: ${input.label}`;
  return { type: 'Input.ChoiceSet', style: 'compact', isRequired: true, errorMessage, ...input };
}

export function textInput(
  input: Input & {
    readonly placeholder: string;
    readonly maxLength: number;
    readonly value?: string;
  },
): Part {
  return { type: 'Input.Text', ...input };
}

export function toggle(input: Input & { readonly title: string }): Part {
  return { type: 'Input.Toggle', value: 'false', wrap: true, ...input };
}

/**
 * TextBlocks understand a little Markdown, and apps make links of what looks like one; what somebody has
 * typed must be neither, least of all in a card that asks for something.
 */
function plainText(text: string): string {
  return text
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069[\]*`<>\\]+/gu, ' ')
    .replace(/:(?=\/\/)/g, ': ');
}
