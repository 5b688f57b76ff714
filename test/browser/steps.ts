import type { Locator, Page } from 'playwright-core';
import type { Visit } from './rig.ts';

/** Answers in the thread of the latest message, oldest first. */
export const answers = (page: Page): Locator =>
  page.locator('#messages > li').last().locator('.reply');

export async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

export async function become(page: Page, name: string): Promise<void> {
  await page.getByRole('group', { name: 'You are' }).getByText(name, { exact: true }).click();
  await page.getByRole('radio', { name }).and(page.locator(':checked')).waitFor();
}

export async function openSpace(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('button', { name }).click();
  await page.getByRole('heading', { level: 2, name }).waitFor();
}

/** Opens the card that came to the one who is shown, and the page behind its button. */
export async function openLoginCard({ page, context }: Visit): Promise<Page> {
  await page.locator('#elsewhere').getByRole('button', { name: 'Open' }).click();
  const [tab] = await Promise.all([
    context.waitForEvent('page'),
    // The library makes a link of a button that opens an address.
    page.getByRole('link', { name: 'Sign in' }).click(),
  ]);
  await tab.getByRole('heading', { name: 'Sign in to Webex?' }).waitFor();
  return tab;
}

/** Goes on to the sign-in page, and is this person there. @returns what the last page says */
export async function signInAs(tab: Page, name: string): Promise<string> {
  await tab.getByRole('button', { name: 'Continue to Webex' }).click();
  await tab.getByRole('radio', { name }).check();
  await tab.getByRole('button', { name: 'Approve' }).click();
  await tab.getByRole('button', { name: 'Approve' }).waitFor({ state: 'detached' });
  const heading = await tab.getByRole('heading').first().innerText();
  await tab.close();
  return heading;
}

/** An export from the command to the file. @returns the last answer in the thread */
export async function exportAll(visit: Visit, command = 'export last 7 days'): Promise<Locator> {
  const { page } = visit;
  await send(page, command);
  await signInAs(await openLoginCard(visit), 'Ana Petrova');
  await openSpace(page, 'CC reports');
  return finished(page);
}

export async function finished(page: Page): Promise<Locator> {
  const last = answers(page)
    .filter({ hasText: /found ·/ })
    .last();
  await last.waitFor();
  return last;
}
