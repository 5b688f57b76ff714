import { describeWindow, formatInstant, type Window } from '../time.ts';
import { escapeMarkdown } from '../webex/markdown.ts';

/** Adaptive Cards 1.3, the newest that Webex draws; texts in cards are plain, not Markdown. */

export interface LoginCardFacts {
  readonly loginUrl: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
  readonly zone: string;
  /** What goes on after the sign-in; absent for a bare `login`, as what follows. */
  readonly job?:
    | { readonly ref: string; readonly window: Window; readonly where: string }
    | undefined;
  readonly schedule?:
    | { readonly ref: string; readonly what: string; readonly where: string }
    | undefined;
}

/** Says who asked, what happens next, which access is wanted and why, whose link it is, until when. */
export function loginCard(facts: LoginCardFacts): { card: unknown; fallback: string } {
  const next = nextIn(facts);
  const until = formatInstant(facts.expiresAtMs, facts.zone);
  const lines = [
    `${facts.name}, please sign in with your own Webex account.`,
    next,
    `Access: ${facts.scopes.join(', ')}, to read conversations and to see that it is you.`,
    `Only you can use this link. It works until ${until} (${facts.zone}).`,
  ];
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.3',
    body: [
      {
        type: 'TextBlock',
        text: 'Sign in to Webex Contact Center',
        weight: 'Bolder',
        size: 'Medium',
        wrap: true,
      },
      ...lines.map((text) => ({ type: 'TextBlock', text: asPlainCardText(text), wrap: true })),
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Sign in', url: facts.loginUrl }],
  };
  return { card, fallback: `${lines.map(escapeMarkdown).join(' ')} ${facts.loginUrl}` };
}

function nextIn({ job, schedule }: LoginCardFacts): string {
  if (job) {
    return `Then export ${job.ref} (${describeWindow(job.window)}) continues by itself; it was asked for in ${job.where}.`;
  }
  if (!schedule) return 'Nothing is exported by signing in.';
  const { ref, what, where } = schedule;
  return `Schedule ${ref} is due and waits for it: ${what}. Then it runs by itself; it was made in ${where}.`;
}

/**
 * TextBlocks understand a little Markdown, and apps make links of what looks like one; the name of a
 * person or a space must be neither in a card that asks to sign in.
 */
function asPlainCardText(text: string): string {
  return text
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069[\]*`<>\\]+/gu, ' ')
    .replace(/:(?=\/\/)/g, ': ');
}
