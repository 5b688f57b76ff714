import { createRequire } from 'node:module';
import type * as AdaptiveCards from 'adaptivecards';
import { describe, expect, it } from 'vitest';
import { type LoginCardFacts, loginCard } from '../../src/bot/cards.ts';
import { cardButtons, cardTexts, readCard } from '../../src/sandbox/webex/cards.ts';
import { createRenderer } from '../../src/sandbox/webex/text.ts';

// The package's own entry needs a bundler; this file is the same in one piece.
const { AdaptiveCard, SerializationContext, Versions }: typeof AdaptiveCards = createRequire(
  import.meta.url,
)('adaptivecards/dist/adaptivecards.js');

const facts: LoginCardFacts = {
  loginUrl: 'https://bot.example.org/login/abc_DEF-123',
  name: 'Ana Petrova',
  scopes: ['cjp:config_read', 'spark:people_read'],
  expiresAtMs: Date.UTC(2026, 10, 20, 9, 52),
  zone: 'Europe/Berlin',
  job: {
    ref: 'E7K2',
    window: {
      fromMs: Date.UTC(2026, 10, 12, 23),
      toMs: Date.UTC(2026, 10, 20, 9, 42),
      zone: 'Europe/Berlin',
    },
    where: 'the space "CC reports"',
  },
};

const { job: _, ...withoutJob } = facts;
const render = createRenderer(() => undefined);

/** What Microsoft's parser has to say about a card at the version that Webex draws. */
function complaintsAbout(content: unknown): string[] {
  const context = new SerializationContext(Versions.v1_3);
  const card = new AdaptiveCard();
  card.parse(content, context);
  const parsing = Array.from(
    { length: context.eventCount },
    (_, index) => context.getEventAt(index).message,
  );
  const { validationEvents } = card.validateProperties();
  return [...parsing, ...validationEvents.map(({ message }) => message)];
}

/** As Webex takes it, or refuses it. */
function asPosted(content: unknown) {
  return readCard([{ contentType: 'application/vnd.microsoft.card.adaptive', content }]);
}

describe('the card to sign in', () => {
  it.each([
    ['for an export', facts],
    ['for nothing else', withoutJob],
  ])('%s is one that Microsoft and Webex accept at version 1.3', (_what, given) => {
    const { card } = loginCard(given);
    const broken = { ...(card as object), body: [{ type: 'Nonsense' }] };
    expect(complaintsAbout(card)).toEqual([]);
    expect(asPosted(card)).toMatchObject({ type: 'AdaptiveCard', version: '1.3' });
    expect(complaintsAbout(broken)).toHaveLength(1);
  });

  it('has one button, which opens the link', () => {
    const buttons = cardButtons(asPosted(loginCard(facts).card));
    expect(buttons).toEqual([
      { type: 'Action.OpenUrl', title: 'Sign in', url: facts.loginUrl, data: undefined },
    ]);
  });

  it('says who asked, what follows, which access is meant and why, whose link it is, and until when', () => {
    expect(cardTexts(asPosted(loginCard(facts).card))).toEqual([
      'Sign in to Webex Contact Center',
      'Ana Petrova, please sign in with your own Webex account.',
      'Then export E7K2 (Fri 13 Nov 2026 00:00 – Fri 20 Nov 2026 10:42, Europe/Berlin (UTC+1)) continues by itself; it was asked for in the space "CC reports".',
      'Access: cjp:config_read, spark:people_read, to read conversations and to see that it is you.',
      'Only you can use this link. It works until Fri 20 Nov 2026 10:52 (Europe/Berlin).',
    ]);
  });

  it('promises no export where none waits', () => {
    const texts = cardTexts(asPosted(loginCard(withoutJob).card)).join(' ');
    expect(texts).toContain('Nothing is exported by signing in.');
    expect(texts).not.toContain('Then export');
  });

  it('says the same, with the link, to those who cannot see cards', () => {
    const { card, fallback } = loginCard(facts);
    const [, ...lines] = cardTexts(asPosted(card));
    expect(render(fallback).text).toBe([...lines, facts.loginUrl].join(' '));
  });

  it.each([
    '[sign in here](https://evil.example)',
    '<@all>',
    '**Sign in** at https://evil.example',
    '\u202egnp.exe',
    'a\nb',
    '`code` <b>bold</b>',
  ])('makes nothing of a name or a title like %j', (hostile) => {
    const { card, fallback } = loginCard({
      ...facts,
      name: hostile,
      job: facts.job && { ...facts.job, where: `the space "${hostile}"` },
    });
    const texts = cardTexts(asPosted(card));
    const { html, mentionsAll } = render(fallback);
    expect(texts.join('')).not.toMatch(/[[\]*`<>\\\n\u202e]|:\/\//);
    expect(html).not.toMatch(/<(?!\/?p>)/);
    expect(mentionsAll).toBe(false);
  });
});
