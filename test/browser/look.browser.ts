import { describe, expect, it } from 'vitest';
import { phone, useBrowser, type Visit, visit } from './rig.ts';
import { openLoginCard, send } from './steps.ts';

useBrowser();

const looks = [
  { name: 'light', options: { colorScheme: 'light' } },
  { name: 'dark', options: { colorScheme: 'dark' } },
  { name: 'phone', options: { colorScheme: 'light', viewport: phone } },
] as const;

describe.each(looks)('in the look $name', ({ name, options }) => {
  it('has nothing that keeps people out, from the empty space to the open workbook', async () => {
    await visit(options, async (visitor) => {
      const { page, picture, findings } = visitor;
      const found: string[] = [];
      const check = async (state: string, shown = page) => {
        if (shown === page) await picture(`${name}-${state}`);
        found.push(...(await findings(shown)).map((finding) => `${state}: ${finding}`));
      };
      await check('start');
      await send(page, 'export last 7 days');
      await page.locator('#elsewhere').waitFor();
      await check('elsewhere');
      const tab = await openLoginCard(visitor);
      await check('card');
      await check('start page', tab);
      await tab.getByRole('button', { name: 'Continue to Webex' }).click();
      await tab.getByRole('radio').first().waitFor();
      await check('sign-in page', tab);
      await tab.getByRole('button', { name: 'Approve' }).click();
      await tab.getByRole('heading', { name: 'You are signed in' }).waitFor();
      await check('done page', tab);
      await tab.close();
      await page.getByRole('navigation').getByRole('button', { name: 'CC reports' }).click();
      await page.getByRole('tab', { name: 'Summary' }).waitFor();
      await check('workbook');
      await page.getByRole('button', { name: 'Enlarge' }).click();
      await check('enlarged');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Members' }).click();
      await check('people');
      await page.keyboard.press('Escape');
      if (name === 'phone') {
        await page.getByRole('button', { name: 'Faults' }).click();
        await check('faults');
      }
      expect(found).toEqual([]);
    });
  });
});

describe('what others typed', () => {
  const hostile = '<img src=x onerror=alert(1)> [a](javascript:alert(1)) <b>bold</b>';

  it('is text and no markup, in messages, cards and names of sheets', async () => {
    await visit({}, async ({ page, show }) => {
      const { webex } = show.sandbox;
      await send(page, hostile);
      webex.say({
        person: webex.people.secondAdmin,
        markdown: `**hi** ${hostile}`,
        mention: false,
      });
      await postCard(show, {
        type: 'AdaptiveCard',
        version: '1.3',
        body: [{ type: 'TextBlock', text: `**Card** ${hostile}`, wrap: true }],
      });
      const messages = page.locator('#messages');
      await messages.locator('.card').waitFor();
      await messages.getByText('hi', { exact: true }).waitFor();
      const texts = await messages.innerText();
      expect(await messages.locator('img, b, script').count()).toBe(0);
      expect(await messages.locator('a[href^="javascript"]').count()).toBe(0);
      expect(texts.match(/<img src=x onerror=alert\(1\)>/g)?.length).toBe(3);
    });
  });

  it('comes back to the bot from the fields of a card, as the one who pressed', async () => {
    await visit({}, async ({ page, show, picture, findings }) => {
      const id = await postCard(show, form);
      const card = page.locator('.card');
      await card.getByRole('button', { name: 'Run' }).waitFor();
      await card.getByRole('button', { name: 'Run' }).click();
      const missing = card.getByText('Say which queue');
      await missing.waitFor();
      const before = show.sandbox.webex.deliveries().filter(isPress).length;
      await card.getByLabel('Queue').fill('"Gold" <b>');
      await card.getByLabel('Range').selectOption('last 30 days');
      await card.getByLabel('With contacts').check();
      await picture('form');
      const found = await findings();
      await card.getByRole('button', { name: 'Run' }).click();
      await expect
        .poll(() => show.sandbox.webex.deliveries().filter(isPress).length, { timeout: 20_000 })
        .toBe(1);
      const [press] = show.sandbox.webex.deliveries().filter(isPress);
      const { data } = JSON.parse(press?.body ?? '{}');
      const action = await asBot(show, `/attachment/actions/${data.id}`);
      expect(before).toBe(0);
      expect(found).toEqual([]);
      expect(action).toMatchObject({
        messageId: id,
        personId: show.sandbox.webex.people.admin.id,
        inputs: { kind: 'form', queue: '"Gold" <b>', range: 'last 30 days', contact: 'true' },
      });
    });
  });

  it('changes and goes as it is edited and deleted, while a card being filled in stays', async () => {
    await visit({}, async ({ page, show }) => {
      const { webex } = show.sandbox;
      await postCard(show, form);
      const roomId = webex.space.id;
      const { id } = await asBot(show, '/messages', { roomId, text: 'ten of forty' });
      await page.getByLabel('Queue').fill('Sales');
      const said = page.locator('#messages').getByText('ten of forty');
      await said.waitFor();
      await asBot(show, `/messages/${id}`, { roomId, text: 'forty of forty' }, 'PUT');
      const changed = page.locator('#messages').getByText('forty of forty');
      await changed.waitFor();
      const edited = await page.getByText('edited', { exact: true }).count();
      webex.deleteMessage(id);
      await changed.waitFor({ state: 'detached' });
      expect(edited).toBe(1);
      expect(await page.getByLabel('Queue').inputValue()).toBe('Sales');
    });
  });
});

type Show = Visit['show'];

const isPress = ({ body }: { readonly body: string }) => body.includes('"attachmentActions"');

const form = {
  type: 'AdaptiveCard',
  version: '1.3',
  body: [
    { type: 'TextBlock', text: 'What shall I export?', weight: 'Bolder', size: 'Medium' },
    {
      type: 'Input.Text',
      id: 'queue',
      label: 'Queue',
      isRequired: true,
      errorMessage: 'Say which queue',
    },
    {
      type: 'Input.ChoiceSet',
      id: 'range',
      label: 'Range',
      value: 'last 7 days',
      choices: ['last 7 days', 'last 30 days'].map((value) => ({ title: value, value })),
    },
    { type: 'Input.Date', id: 'from', label: 'From' },
    { type: 'Input.Toggle', id: 'contact', title: 'With contacts', value: 'false' },
  ],
  actions: [{ type: 'Action.Submit', title: 'Run', data: { kind: 'form' } }],
};

async function asBot(
  { sandbox }: Show,
  path: string,
  body?: unknown,
  method = 'POST',
  // What a test expects of an answer is written in its expectation.
  // biome-ignore lint/suspicious/noExplicitAny: JSON of all shapes
): Promise<any> {
  const answer = await fetch(`${sandbox.webex.apiUrl}${path}`, {
    method: body === undefined ? 'GET' : method,
    headers: {
      authorization: `Bearer ${sandbox.webex.botToken}`,
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return answer.json();
}

async function postCard(show: Show, content: unknown): Promise<string> {
  const { id } = await asBot(show, '/messages', {
    roomId: show.sandbox.webex.space.id,
    text: 'a card',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
  });
  return id;
}
