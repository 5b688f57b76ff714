import { describeWindow, formatInstant, type Window } from '../time.ts';
import { escapeMarkdown } from '../webex/markdown.ts';
import { cardOf, heading, line } from './card-parts.ts';

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
  const card = cardOf(
    [heading('Sign in to Webex Contact Center'), ...lines.map(line)],
    [{ type: 'Action.OpenUrl', title: 'Sign in', url: facts.loginUrl }],
  );
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
