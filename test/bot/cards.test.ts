import { describe, expect, it } from 'vitest';
import { type LoginCardFacts, loginCard } from '../../src/bot/cards.ts';
import { commandTable } from '../../src/bot/grammar/table.ts';
import { helpCard, helpText } from '../../src/bot/help.ts';
import { cardButtons, cardTexts } from '../../src/sandbox/webex/cards.ts';
import { createRenderer } from '../../src/sandbox/webex/text.ts';
import { asPosted, complaintsAbout, webexComplaintsAbout } from '../helpers/cards.ts';

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

describe('the card to sign in', () => {
  it.each([
    ['for an export', facts],
    ['for nothing else', withoutJob],
  ])('%s is one that Microsoft and Webex accept at version 1.3', (_what, given) => {
    const { card, fallback } = loginCard(given);
    const broken = { ...(card as object), body: [{ type: 'Nonsense' }] };
    expect(complaintsAbout(card)).toEqual([]);
    expect(webexComplaintsAbout({ card, fallback })).toEqual([]);
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

describe('the card of the help', () => {
  const drawn = (roomType: 'group' | 'direct', defaultQueue?: string) => ({
    card: helpCard({ zone: 'Europe/Berlin', roomType, defaultQueue }, 'secret'),
    fallback: helpText(roomType),
  });

  it.each(['group', 'direct'] as const)('is one that Microsoft and Webex draw: %s', (roomType) => {
    const help = drawn(roomType);
    expect(complaintsAbout(help.card)).toEqual([]);
    expect(webexComplaintsAbout(help)).toEqual([]);
    expect(asPosted(help.card)).toMatchObject({ version: '1.3' });
  });

  it('shows three examples that work as they stand, and a button that unfolds all commands', () => {
    const card = asPosted(drawn('group').card);
    const texts = cardTexts(card);
    const examples = texts.slice(2, 5);
    expect(examples).toEqual([
      'export last 7 days',
      'export yesterday queue "Support", "Sales"',
      'export last month channel all by ended in Europe/Berlin',
    ]);
    for (const { usage, summary } of commandTable) {
      expect(texts).toContain(usage);
      expect(texts).toContain(summary);
    }
    expect(cardButtons(card).map(({ title }) => title)).toEqual(['Start the export']);
  });

  it('says which queue is meant where none is named, and asks who gets the file only in a space', () => {
    const inputs = (card: unknown) => JSON.stringify(card);
    expect(inputs(drawn('group').card)).toContain('nothing for all queues');
    expect(inputs(drawn('group', 'Support').card)).toContain('nothing for the usual queue');
    expect(inputs(drawn('group').card)).toContain('"toMe"');
    expect(inputs(drawn('direct').card)).not.toContain('"toMe"');
  });
});

describe('the rules of cards', () => {
  it('find what Webex does not draw', () => {
    const actions = Array.from({ length: 6 }, () => ({ type: 'Action.Submit', title: 'x' }));
    const body = [{ type: 'Media' }, { type: 'Input.Text', id: 'a' }, { type: 'TextBlock' }];
    const card = { type: 'AdaptiveCard', version: '1.5', refresh: {}, body, actions };
    expect(webexComplaintsAbout({ card, fallback: ' ' })).toEqual([
      'no fallback',
      'more than five actions',
      'another version',
      'refresh is not drawn',
      'Media is not drawn',
      'Input.Text without a label',
      'a text that is cut off',
      ...actions.map(() => 'a button without its id'),
    ]);
  });
});
