import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Show, startShow } from '../../src/sandbox/demo.ts';
import { launchBrowser } from './chromium.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
/** Where pictures are written; the folder is no part of the repository. */
const pictureFolder = join(repository, 'coverage', 'browser');
/** The one picture that is: README shows it. Run with `README_PICTURE=write` to take it anew. */
const readmePicture = join(repository, '.github', 'demo.png');
const largestPictureBytes = 300_000;

/** How long something may take that involves the bot: much, on a machine that is busy. */
const patienceMs = 30_000;

const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly show: Show;
  /** Serious findings of axe-core in what is shown, as sentences. */
  findings(page?: Page): Promise<string[]>;
  picture(name: string): Promise<void>;
  /** Takes the picture that README shows. */
  pictureForReadme(): Promise<void>;
}

type VisitOptions = Pick<BrowserContextOptions, 'colorScheme' | 'viewport'> & {
  readonly show?: Parameters<typeof startShow>[0];
};

/** Small and near: what is tested with it is not how an export looks while it runs. */
const quick = { seed: 1, perDay: 40, contactCenterMs: 0, filesMs: 0 };

let browser: Browser;

/** For every file of tests: one browser, and for each visit a demo and a profile of its own. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await launchBrowser();
    await mkdir(pictureFolder, { recursive: true });
  });
  afterAll(() => browser.close());
}

/**
 * Opens the demo in a fresh profile. Whatever the test is about, no script may fail, nothing may be
 * written to the console, and nothing may be asked of another host.
 */
export async function visit(
  { show: options = quick, ...contextOptions }: VisitOptions,
  act: (visit: Visit) => Promise<void>,
): Promise<void> {
  const show = await startShow(options);
  try {
    const context = await browser.newContext({
      viewport: desktop,
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
      ...contextOptions,
    });
    context.setDefaultTimeout(patienceMs);
    const complaints = await watch(context);
    try {
      const page = await context.newPage();
      await page.goto(show.page.url);
      await page.getByRole('heading', { level: 2, name: 'CC reports' }).waitFor();
      await act({
        page,
        context,
        show,
        findings: (shown = page) => findings(shown),
        picture: (name) => takePicture(page, name).then(() => undefined),
        pictureForReadme: async () => {
          const path = await takePicture(page, 'readme');
          expect((await stat(path)).size).toBeLessThan(largestPictureBytes);
          if (process.env['README_PICTURE'] === 'write') await copyFile(path, readmePicture);
        },
      });
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  } finally {
    await show.close();
  }
}

async function takePicture(page: Page, name: string): Promise<string> {
  const path = join(pictureFolder, `${name}.png`);
  await page.screenshot({ path });
  return path;
}

async function watch(context: BrowserContext): Promise<string[]> {
  const complaints: string[] = [];
  context.on('console', (message) => {
    complaints.push(`console ${message.type()}: ${message.text()} at ${message.page()?.url()}`);
  });
  context.on('weberror', (error) => complaints.push(`error: ${error.error()}`));
  await context.route(
    ({ hostname }) => hostname !== '127.0.0.1',
    async (route) => {
      complaints.push(`asked elsewhere: ${route.request().url()}`);
      await route.abort();
    },
  );
  return complaints;
}

async function findings(page: Page): Promise<string[]> {
  // Evaluated by the tools of the browser, so that the policy of the page need not allow it.
  await page.evaluate(axe.source);
  const found: unknown = await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) =>
          id + ': ' + help + ' at ' + target.join(' ') + ' ' + failureSummary)))`,
  );
  if (!Array.isArray(found)) throw new Error('axe-core gave no list');
  return found.map(String);
}
