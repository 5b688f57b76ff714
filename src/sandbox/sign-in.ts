import { Browser, type Page } from './browser.ts';
import { cardButtons } from './webex/cards.ts';
import type { Person } from './webex/directory.ts';
import type { Message } from './webex/message.ts';

/** The address behind the button of a login card. */
export function loginLinkIn(message: Message): string | undefined {
  if (!message.card) return undefined;
  return cardButtons(message.card).find(({ type }) => type === 'Action.OpenUrl')?.url;
}

/** Follows a login link as a person does: start page, sign-in page, back to the callback. @returns the last page */
export async function signInThrough(
  link: string,
  person: Pick<Person, 'id'>,
  browser: Browser = new Browser(),
): Promise<Page> {
  const startPage = await browser.open(link);
  const signInPage = await browser.submit(startPage, { answer: 'continue' });
  return browser.submit(signInPage, { person: person.id, answer: 'approve' });
}
