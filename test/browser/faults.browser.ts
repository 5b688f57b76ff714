import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Door } from '../../src/sandbox/door.ts';
import { useBrowser, visit } from './rig.ts';
import { answers, exportAll, finished, openLoginCard, openSpace, send, signInAs } from './steps.ts';

useBrowser();

const captures = 'POST /v1/captures/query';
/** So far away that an export is still under way when somebody has pressed a button. */
const far = { seed: 1, perDay: 160, contactCenterMs: 400, filesMs: 150 };

const play = (page: Page, fault: string) =>
  page.getByRole('button', { name: `Play ${fault}` }).click();

/** The balance in the panel, by its words. */
async function balance(page: Page): Promise<Record<string, number>> {
  await page.locator('#balance tfoot').getByText('✓').waitFor();
  const rows = await page.locator('#balance tbody tr').allInnerTexts();
  const parts = rows.map((row) => {
    const [name = '', ...rest] = row.split('\t');
    return [name.trim(), Number(rest.at(-1)?.replaceAll(',', ''))];
  });
  return Object.fromEntries(parts);
}

describe('a fault that is played', () => {
  it('makes the bot wait at the rate limit, and the export comes out whole', async () => {
    await visit({}, async (visitor) => {
      const { page, show, picture } = visitor;
      await play(page, 'Rate limit');
      await page.getByRole('button', { name: 'Play Rate limit' }).getByText('2 left').waitFor();
      await exportAll(visitor);
      const row = page.locator('#traffic tr').filter({ hasText: 'Contact center' });
      const limited = await row.locator('td').nth(1).innerText();
      const parts = await balance(page);
      await picture('fault-rate-limit');
      const statuses = show.sandbox.door.requests(captures).map(({ status }) => status);
      expect(limited).toBe('2');
      expect(statuses.filter((status) => status === 429)).toHaveLength(2);
      expect(parts).not.toHaveProperty('failed');
      expect(parts['exported']).toBeGreaterThan(100);
    });
  });

  it('leaves missing transcripts out, says how many, and still adds up', async () => {
    await visit({}, async (visitor) => {
      const { page } = visitor;
      await play(page, 'Missing transcripts');
      const last = await exportAll(visitor);
      const parts = await balance(page);
      expect(await last.innerText()).toContain('8 failed');
      expect(parts['failed']).toBe(8);
    });
  });

  it('ends the life of links while they are used, and loses nothing by it', async () => {
    await visit({ show: far }, async (visitor) => {
      const { page, show } = visitor;
      await send(page, 'export last 7 days');
      await signInAs(await openLoginCard(visitor), 'Ana Petrova');
      await openSpace(page, 'CC reports');
      await firstRequest(show.sandbox.door, 'files');
      await play(page, 'Expired links');
      await finished(page);
      const parts = await balance(page);
      const refused = show.sandbox.door
        .requests('GET /files/:id')
        .filter(({ status }) => status === 403);
      expect(refused.length).toBeGreaterThan(0);
      expect(parts).not.toHaveProperty('failed');
    });
  });

  it('sends the file to the person alone when somebody from outside is in the space', async () => {
    await visit({}, async (visitor) => {
      const { page } = visitor;
      const outside = page.getByRole('switch', { name: 'Somebody from outside' });
      await outside.click();
      await page.getByText('4 people and the bot').waitFor();
      const checked = await outside.getAttribute('aria-checked');
      await send(page, 'export last 7 days');
      await signInAs(await openLoginCard(visitor), 'Ana Petrova');
      await openSpace(page, 'CC reports');
      const moved = answers(page).getByText(/so I sent it to you directly/);
      await moved.waitFor();
      const filesHere = await page.locator('.file').count();
      await openSpace(page, 'Exporter');
      await page.locator('.file').waitFor();
      expect(checked).toBe('true');
      expect(filesHere).toBe(0);
      expect(await page.locator('.file').count()).toBe(1);
    });
  });

  it('kills the bot in the middle of an export, which goes on after the start', async () => {
    await visit({ show: far }, async (visitor) => {
      const { page, show, picture } = visitor;
      await send(page, 'export last 7 days');
      await signInAs(await openLoginCard(visitor), 'Ana Petrova');
      await openSpace(page, 'CC reports');
      await firstRequest(show.sandbox.door, 'files');
      await page.getByRole('button', { name: 'Kill the bot' }).click();
      await page.getByText('Bot stopped').waitFor();
      const killed = await page.locator('.file').count();
      await picture('fault-killed');
      const start = page.getByRole('button', { name: 'Start it again' });
      await start.click();
      await page.getByText('Bot running').waitFor();
      const resumed = page.locator('#messages').getByText(/continues where it stopped/);
      await resumed.waitFor();
      await finished(page);
      const parts = await balance(page);
      expect(killed).toBe(0);
      expect(parts).not.toHaveProperty('failed');
      expect(parts['exported']).toBeGreaterThan(400);
    });
  });
});

/** Resolves when the bot has begun to ask this service. */
function firstRequest(door: Door, service: 'files'): Promise<void> {
  return new Promise((resolve) => {
    const stop = door.onRequest((request) => {
      if (request.service !== service) return;
      stop();
      resolve();
    });
  });
}
