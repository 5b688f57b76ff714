import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { Browser } from '../../src/sandbox/browser.ts';
import { loginLinkIn, signInThrough } from '../../src/sandbox/sign-in.ts';
import { cardButtons } from '../../src/sandbox/webex/cards.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { type Conversation, startConversation } from '../helpers/sandbox.ts';
import { readSheets } from '../helpers/workbook.ts';

const invitation = "I need you to sign in first. I've sent you a private message.";

/** The next login card, still there. */
function nextCard({ waitForMessage, sandbox }: Conversation): Promise<Message> {
  return waitForMessage(
    (message) =>
      loginLinkIn(message) !== undefined && sandbox.webex.message(message.id) !== undefined,
  );
}

/** Orders an export and waits until its card is out. */
async function orderUntilCard(conversation: Conversation, text = 'export last 7 days') {
  const said = conversation.say(text);
  await conversation.answerTo(said);
  const card = await nextCard(conversation);
  return { said, card, link: loginLinkIn(card) ?? '' };
}

/** Goes from the start page to where Webex sends the browser back, and no further. */
async function walkToCallback({ sandbox }: Conversation, link: string) {
  const { webex, publicUrl } = sandbox;
  webex.signIn.remembered = webex.people.admin;
  const started = await request(`${link}/start`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      origin: publicUrl,
    },
    body: 'answer=continue',
  });
  await started.body.dump();
  const approved = await request(String(started.headers['location']));
  await approved.body.dump();
  webex.signIn.remembered = undefined;
  return {
    callback: String(approved.headers['location']),
    cookie: String(started.headers['set-cookie']).split(';')[0] ?? '',
  };
}

async function visit(url: string, cookie?: string) {
  const { statusCode, headers, body } = await request(url, {
    headers: { ...(cookie && { cookie }) },
  });
  return { status: statusCode, location: headers['location'], html: await body.text() };
}

/** Every token of a person that has ever been on the wire. */
function tokensSeen({ sandbox }: Conversation): Set<string> {
  const { webex, door } = sandbox;
  const seen = new Set<string>();
  for (const { headers, body, path } of door.requests()) {
    const [, token = ''] = headers.authorization?.split(' ') ?? [];
    if (token !== '' && token !== webex.botToken) seen.add(token);
    if (!path.endsWith('/access_token')) continue;
    for (const name of ['code', 'refresh_token', 'code_verifier']) {
      const value = new URLSearchParams(body).get(name);
      if (value) seen.add(value);
    }
  }
  return seen;
}

/** All that the bot has written, as one text. */
async function everythingStored(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      // Owner only, whatever it is.
      if (((await stat(path)).mode & 0o077) !== 0) throw new Error(`others may read ${path}`);
      return readFile(path, 'latin1');
    }),
  );
  return texts.join('\n');
}

test('asks with one card for the person, and ends what was not finished as it should be', async () => {
  const conversation = await startConversation({ dataset: { tasks: [{}] } });
  const { webex, door, dataDir } = conversation.sandbox;
  const { admin, colleague } = webex.people;
  const exchanges = () => door.requests('POST /v1/access_token').length;
  const ended = (said: Message) =>
    conversation.answerTo(said, ({ text }) => /has ended/.test(text));
  const toldDirectly = () => conversation.waitForMessage(({ text }) => /has ended/.test(text));

  // The card, and looking at its link.
  const first = await orderUntilCard(conversation);
  const neutral = await conversation.answerTo(first.said);
  const previews = [await visit(first.link), await visit(first.link)];
  const head = await request(first.link, { method: 'HEAD' });
  const exchangesAfterLooking = exchanges();
  // Somebody else finishes it.
  const wrong = await signInThrough(first.link, colleague);
  const wrongDirect = await toldDirectly();
  const wrongInThread = await ended(first.said);
  const afterWrong = await readFile(join(dataDir, 'grants.json'), 'utf8').catch(() => '');

  expect(first.card.roomId).toBe(webex.directSpace(admin).id);
  expect(cardButtons(first.card.card ?? {})).toMatchObject([
    { type: 'Action.OpenUrl', title: 'Sign in' },
  ]);
  expect(first.card.text).toContain(first.link);
  expect(first.card.text).toContain('Only you can use this link.');
  expect(neutral.text).toBe(invitation);
  for (const { status, html } of previews) {
    expect(status).toBe(200);
    expect(html).toContain('Ana Petrova');
    expect(html).toContain('a•••@harbour.example');
  }
  expect(head.statusCode).toBe(200);
  expect(exchangesAfterLooking).toBe(0);
  expect(wrong.html).toContain('This is not the account that asked');
  expect(wrongDirect.text).toMatch(
    /^Someone else \(n•••@harbour\.example\) signed in through your link, so nothing was stored\./,
  );
  expect(wrongInThread.text).toMatch(/^Someone else signed in through your link,/);
  expect(afterWrong).not.toContain('sealed');
  expect(webex.message(first.card.id)).toBeUndefined();
  expect((await visit(first.link)).status).toBe(404);

  // Denied at Webex, declined at the start page, refused by the token endpoint.
  const browser = new Browser();
  const second = await orderUntilCard(conversation);
  const signInPage = await browser.submit(await browser.open(second.link), { answer: 'continue' });
  const denied = await browser.submit(signInPage, { person: admin.id, answer: 'deny' });
  const deniedWords = await ended(second.said);
  const third = await orderUntilCard(conversation);
  const declined = await browser.submit(await browser.open(third.link), { answer: 'decline' });
  const declinedWords = await ended(third.said);
  const fourth = await orderUntilCard(conversation);
  door.script('POST /v1/access_token', [{ body: '{"access_token":' }]);
  const broken = await signInThrough(fourth.link, admin);
  const brokenWords = await ended(fourth.said);
  expect(denied.html).toContain('Webex reports that access was not granted');
  expect(deniedWords.text).toMatch(/^Webex reports that access was not granted,/);
  expect(declined.html).toContain('You declined, so nothing was stored');
  expect(declinedWords.text).toMatch(/^You declined the sign-in,/);
  expect(broken.html).toContain('The sign-in did not work');
  expect(brokenWords.text).toMatch(/^The sign-in did not work out,/);

  // The answer of Webex, carried by another browser, and carried twice.
  const fifth = await orderUntilCard(conversation);
  const stolen = await walkToCallback(conversation, fifth.link);
  const before = exchanges();
  const withoutCookie = await visit(stolen.callback);
  const afterStolen = [await visit(stolen.callback, stolen.cookie), exchanges() - before];
  const stolenWords = await ended(fifth.said);
  const sixth = await orderUntilCard(conversation);
  const back = await walkToCallback(conversation, sixth.link);
  const invented = await visit(back.callback.replace(/state=[^&]+/, 'state=invented'), back.cookie);
  const once = await visit(back.callback, back.cookie);
  const twice = await visit(back.callback, back.cookie);
  const done = await conversation.answerTo(sixth.said, ({ file }) => file !== undefined);
  expect(withoutCookie).toMatchObject({ status: 400 });
  expect(withoutCookie.html).toContain('The sign-in was started elsewhere');
  expect(afterStolen).toMatchObject([{ status: 400 }, 0]);
  expect(stolenWords.text).toMatch(/^The sign-in did not work out,/);
  expect(invented).toMatchObject({ status: 400 });
  expect(once).toMatchObject({
    status: 303,
    location: expect.stringMatching(/\/oauth\/done\?r=ok$/),
  });
  expect(twice).toMatchObject({ status: 400 });
  expect(twice.html).toContain('This link does not work any more');
  expect(exchanges() - before).toBe(1);
  expect(done.text).toMatch(/^1 found · 1 exported · /);

  // Nothing of it lies about in the clear.
  await conversation.waitForLine('"outcome":"complete"');
  const stored = await everythingStored(dataDir);
  const tokens = tokensSeen(conversation);
  expect(tokens.size).toBeGreaterThan(5);
  for (const secret of [...tokens, webex.integration.clientSecret, first.link.split('/').at(-1)]) {
    expect(stored).not.toContain(secret);
    expect(conversation.bot.output()).not.toContain(secret);
  }
});

test('renews a grant whatever a refresh answers, and asks once when it is gone for good', async () => {
  const ids = Array.from(
    { length: 30 },
    (_, index) => `${index + 10}111111-1111-4111-8111-111111111111`,
  );
  const conversation = await startConversation({
    env: { LOGIN_CARD: 'space' },
    dataset: { tasks: ids.map((id) => ({ id })) },
  });
  const { webex, door } = conversation.sandbox;
  const { admin } = webex.people;
  const refreshTokens = () =>
    door
      .requests('POST /v1/access_token')
      .map(({ body }) => new URLSearchParams(body).get('refresh_token'))
      .filter((token) => token !== null);
  /** Others have cards as well, the status for instance. */
  const loginCardsPosted = () =>
    door
      .requests('POST /v1/messages')
      .filter(({ body }) => body.includes('Sign in to Webex Contact Center')).length;
  /** In the middle of a run, when some captures have been asked for and others have not. */
  const midRun = (act: () => void) =>
    door.script('POST /v1/captures/query', [
      'pass',
      {
        until: async () => act(),
      },
    ]);
  const exported = (said: Message) => conversation.answerTo(said, ({ file }) => file !== undefined);

  // The first sign-in leads over a host of the organization.
  webex.signIn.secondHost = true;
  const first = await orderUntilCard(conversation);
  const browser = new Browser();
  const signInPage = await browser.submit(await browser.open(first.link), { answer: 'continue' });
  const page = await browser.submit(signInPage, { person: admin.id, answer: 'approve' });
  const results = [await exported(first.said)];
  const cardsAtFirst = loginCardsPosted();
  for (const kind of ['same', 'omit', 'rotate', 'rotate'] as const) {
    webex.signIn.refreshTokens = kind;
    midRun(() => webex.expireAccessTokens(admin));
    results.push(await exported(conversation.say('export last 7 days')));
  }
  const renewals = refreshTokens();

  midRun(() => webex.revokeGrants(admin));
  const last = conversation.say('export last 7 days');
  await conversation.answerTo(last);
  const asked = await conversation.answerTo(last, ({ text }) => /no longer accepts/.test(text));
  const status = await conversation.answerTo(conversation.say('status'));
  const cardsThen = loginCardsPosted();
  await conversation.login();
  const done = await exported(last);
  const sheets = await readSheets(done.file?.bytes);
  const conversations = (sheets.get('Conversations') ?? []).slice(1).map(([id]) => id);

  expect(first.card.roomId).toBe(webex.space.id);
  expect(first.card.parentId).toBe(first.said.id);
  expect(new URL(signInPage.url).port).not.toBe(new URL(webex.apiUrl).port);
  expect(page.html).toContain('You are signed in');
  for (const { text } of results) expect(text).toMatch(/^30 found · 30 exported · /);
  expect(cardsAtFirst).toBe(1);
  // Kept, kept, and used once more before it was replaced for good.
  expect(renewals).toHaveLength(4);
  expect(new Set(renewals.slice(0, 3)).size).toBe(1);
  expect(renewals[3]).not.toBe(renewals[2]);
  expect(asked.text).toMatch(
    /^Webex no longer accepts your sign-in, so export \w{4} is paused\. I've sent you a new card;/,
  );
  expect(status.text).toMatch(/ waits for your sign-in\.$/);
  expect(cardsThen).toBe(2);
  expect(refreshTokens()).toHaveLength(5);
  expect(done.text).toMatch(/^30 found · 30 exported · /);
  expect(conversations.toSorted()).toEqual(ids.toSorted());
});
