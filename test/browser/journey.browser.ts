import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { readSheets } from '../helpers/workbook.ts';
import { phone, useBrowser, visit } from './rig.ts';
import { answers, become, exportAll, openLoginCard, openSpace, send, signInAs } from './steps.ts';

useBrowser();

describe('a person in the demo', () => {
  it('gets from the command to the workbook by clicking', async () => {
    await visit({ show: { seed: 1 }, viewport: { width: 1440, height: 980 } }, async (visitor) => {
      const { page } = visitor;
      await page.getByRole('button', { name: 'export last 7 days' }).click();
      await page.getByRole('button', { name: 'Send' }).click();
      const tab = await openLoginCard(visitor);
      const told = await signInAs(tab, 'Ana Petrova');
      await openSpace(page, 'CC reports');
      const file = page.locator('.file');
      await file.waitFor();
      const said = await answers(page).allInnerTexts();

      // The preview of a file that has just come opens by itself.
      const tabs = file.getByRole('tab');
      await tabs.first().waitFor();
      const names = await tabs.allInnerTexts();
      const colours = await file
        .locator('.sheet td')
        .evaluateAll((cells) => new Set(cells.map(({ style }) => style.backgroundColor)).size);
      // The hours of the week, in their colours.
      await file
        .locator('.sheet tbody tr')
        .nth(3)
        .evaluate((row) => {
          const sheet = row.closest('.sheet');
          sheet?.scrollTo(sheet.scrollWidth, row.offsetTop - row.offsetHeight);
        });
      await visitor.pictureForReadme();
      await file.getByRole('tab', { name: 'Messages' }).click();
      const header = await file.locator('.sheet tbody tr').first().locator('td').allInnerTexts();
      const rows = await file.locator('.sheet tbody tr').count();

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        file.getByRole('link', { name: 'Download' }).click(),
      ]);
      const sheets = await readSheets(await readFile(await download.path()));

      expect(told).toBe('You are signed in');
      expect(said.join('\n')).toMatch(
        /Exporting live chat.*I need you to sign in first.*found · .*exported/s,
      );
      expect(names).toEqual(['Summary', 'Conversations', 'Messages', 'Not exported']);
      expect(colours).toBeGreaterThan(10);
      expect(header.slice(0, 4)).toEqual(['task_id', 'timestamp', 'direction', 'message']);
      expect(rows).toBe(120);
      expect(download.suggestedFilename()).toMatch(/^wxcc-conversations_.*\.xlsx$/);
      expect([...sheets.keys()]).toEqual(names);
    });
  });

  it('sees the balance of the export beside it, and that it adds up', async () => {
    await visit({}, async (visitor) => {
      const { page } = visitor;
      const last = await exportAll(visitor);
      const [, found] = /([\d,]+) found/.exec(await last.innerText()) ?? [];
      const panel = page.getByRole('complementary', { name: 'Behind the scenes' });
      await panel.getByText(`= ${found}`).waitFor();
      const sum = await panel.locator('#balance tfoot').innerText();
      expect(sum).toMatch(new RegExp(`^✓ \\d.* = ${found}$`));
    });
  });

  it('stores nothing when somebody else signs in through the link', async () => {
    await visit({}, async (visitor) => {
      const { page } = visitor;
      await send(page, 'export last 7 days');
      const told = await signInAs(await openLoginCard(visitor), 'Ben Okafor');
      const answer = page
        .locator('#messages')
        .getByText(/Someone else .* signed in through your link/);
      await answer.first().waitFor();
      await send(page, 'whoami');
      const sign = page.locator('#messages').getByText(/Sign-in: none/);
      await sign.waitFor();
      expect(told).toBe('This is not the account that asked');
      expect(await sign.count()).toBe(1);
    });
  });

  it('stops an export that waits by typing `cancel`', async () => {
    await visit({}, async ({ page }) => {
      await send(page, 'export last 7 days');
      await page.locator('#elsewhere').waitFor();
      await send(page, 'cancel');
      await page
        .locator('#balance')
        .getByText(/is ended/)
        .waitFor();
      const answer = await answers(page).first().innerText();
      expect(answer).toMatch(/Stopping \w{4}\. Nothing is posted\./);
    });
  });

  it('exports by filling in the form of the help, and stops it by a button', async () => {
    await visit({}, async ({ page, picture }) => {
      await send(page, 'help');
      const form = page.locator('#messages').getByRole('button', { name: 'Start the export' });
      await form.waitFor();
      await picture('form');
      await page.locator('#messages').getByRole('combobox').first().selectOption({ index: 1 });
      await form.click();
      const accepted = answers(page).getByText(/Exporting live chat/);
      const words = await accepted.innerText();
      await form.waitFor({ state: 'detached' });
      await send(page, 'status');
      await page
        .locator('#messages')
        .getByRole('button', { name: /^Cancel \w{4}$/ })
        .click();
      await answers(page)
        .getByText(/Stopping \w{4}\. Nothing is posted\./)
        .waitFor();
      expect(words).toMatch(
        /Exporting live chat, all queues: .+ Ref \w{4} · cancel \w{4} stops it\./,
      );
    });
  });

  it('is told no without permission, and sees the space only after being invited', async () => {
    await visit({}, async ({ page, picture }) => {
      await become(page, 'Nora Lind');
      await send(page, 'export last 7 days');
      const refusal = answers(page).getByText(/not on this bot's list of administrators/);
      await refusal.waitFor();
      await become(page, 'Otto Weiss');
      const spaces = page.getByRole('navigation').getByRole('button');
      await page.getByRole('button', { name: 'Join CC reports' }).waitFor();
      const before = await spaces.allInnerTexts();
      await become(page, 'Ana Petrova');
      await page.getByRole('button', { name: 'Members' }).click();
      const dialog = page.getByRole('dialog');
      await picture('members');
      await dialog.getByRole('button', { name: 'Invite Otto Weiss' }).click();
      await page.getByText('4 people and the bot').waitFor();
      await become(page, 'Otto Weiss');
      await page.getByRole('heading', { level: 2, name: 'CC reports' }).waitFor();
      const seen = page.locator('#messages').getByText('export last 7 days');
      await seen.waitFor();
      expect(before.map((text) => text.trim())).toEqual(['Exporter', 'Join CC reports']);
      expect(await seen.count()).toBe(1);
    });
  });

  it('does all of it with the keyboard alone', async () => {
    await visit({}, async (visitor) => {
      const { page, context } = visitor;
      const { keyboard } = page;
      const focused = page.locator(':focus');
      await keyboard.press('Tab');
      const first = await focused.innerText();
      await keyboard.press('Enter');
      await keyboard.type('export last 7 days');
      await keyboard.press('Enter');
      await page.locator('#elsewhere').waitFor();
      await reach(page, 'Open', 'Shift+Tab');
      await keyboard.press('Enter');
      await page.getByRole('link', { name: 'Sign in' }).waitFor();
      const afterOpening = await focused.getAttribute('id');
      await reach(page, 'Sign in', 'Tab');
      const [tab] = await Promise.all([context.waitForEvent('page'), keyboard.press('Enter')]);
      await tab.getByRole('button', { name: 'Continue to Webex' }).waitFor();
      await tab.keyboard.press('Tab');
      await tab.keyboard.press('Enter');
      await tab.getByRole('radio').first().waitFor();
      await tab.keyboard.press('Tab');
      await tab.keyboard.press('Space');
      await tab.keyboard.press('Tab');
      await tab.keyboard.press('Enter');
      await tab.getByRole('heading', { name: 'You are signed in' }).waitFor();
      await tab.close();
      await page
        .locator('#messages')
        .getByText(/Export \w+ continues/)
        .waitFor();
      await reach(page, 'CC reports', 'Shift+Tab');
      await keyboard.press('Enter');
      await page.locator('.file').waitFor();
      await reach(page, 'Preview', 'Tab');
      await page.getByRole('tab').first().waitFor();
      await reach(page, 'Summary', 'Tab');
      await keyboard.press('ArrowRight');
      const chosen = await page.getByRole('tab', { selected: true }).innerText();
      expect(first).toBe('Go to the message box');
      expect(afterOpening).toBe('scroll');
      expect(chosen).toBe('Conversations');
    });
  });

  it('has all of it on a phone', async () => {
    await visit({ viewport: phone, colorScheme: 'dark' }, async (visitor) => {
      const { page, picture } = visitor;
      await picture('phone-start');
      await exportAll(visitor);
      await page.getByRole('tab', { name: 'Summary' }).waitFor();
      await picture('phone-file');
      const overflow = await page
        .locator('html')
        .evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
      await page.getByRole('button', { name: 'Enlarge' }).click();
      await picture('phone-workbook');
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
      await page.getByRole('button', { name: 'Faults' }).click();
      await picture('phone-faults');
      await page.keyboard.press('Escape');
      const focused = await page.locator(':focus').getAttribute('id');
      expect(overflow).toBe(0);
      expect(focused).toBe('show-panel');
      expect(await page.getByRole('tab', { name: 'Summary' }).isVisible()).toBe(true);
    });
  });
});

/** Presses the key until the focus is on what is called like this. */
async function reach(page: Page, name: string, key: string) {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press(key);
    const focused = page.locator(':focus');
    if ((await focused.count()) === 0) continue;
    const label = (await focused.getAttribute('aria-label')) ?? (await focused.innerText());
    if (label.replace(/^#\s*/, '').startsWith(name)) return;
  }
  throw new Error(`${key} does not lead to ${name}`);
}
