import { expect, test } from 'vitest';
import { withoutMention } from '../../src/webex/mention.ts';

const uuid = '8f6c1c8e-4b1a-4c53-9d5e-0f1f0a6e2b11';
const idOf = (id: string) => Buffer.from(`ciscospark://us/PEOPLE/${id}`).toString('base64url');
const me = { id: idOf(uuid), displayName: 'Export Bot' };
const anaId = idOf('11111111-2222-4333-8444-555555555555');

const mention = (name: string, id = me.id) =>
  `<spark-mention data-object-type="person" data-object-id="${id}">${name}</spark-mention>`;

function heard(text: string, html?: string, mentionedPeople: string[] = [me.id]): string {
  return withoutMention({ text, html, mentionedPeople }, me);
}

test('takes the mention off the front, in whichever length the app shows the name', () => {
  const texts = [
    heard('Export Bot export today', `<p>${mention('Export Bot')} export today</p>`),
    heard('Export export today', `<p>${mention('Export')} export today</p>`),
    heard('Export, export today', `${mention('Export')}, export today`),
    heard('Export:\u00a0export today', `${mention('Export')}:&nbsp;export today`),
  ];

  expect(texts).toEqual(Array(4).fill('export today'));
});

test('takes it out of the middle and off the end', () => {
  const texts = [
    heard('please Export help', `please ${mention('Export')} help`),
    heard('help Export', `help ${mention('Export')}`),
  ];

  expect(texts).toEqual(['please help', 'help']);
});

test('keeps the name of the bot where it was typed by hand', () => {
  const text = 'Export Export today queue "Export"';
  const html = `${mention('Export')} Export today queue &quot;Export&quot;`;

  expect(heard(text, html)).toBe('Export today queue "Export"');
});

test('takes out each of several mentions, and leaves those of other people', () => {
  const text = 'Export queue "Export" Export for Ana Export';
  const html = `${mention('Export')} queue "Export" ${mention('Export')} for ${mention('Ana', anaId)} ${mention('Export')}`;

  expect(heard(text, html, [me.id, anaId])).toBe('queue "Export" for Ana');
});

test('tells the bot from another one of the same name', () => {
  const text = 'Export Export help';
  const html = `${mention('Export', anaId)} ${mention('Export')} help`;

  expect(heard(text, html, [me.id, anaId])).toBe('Export help');
});

test('is not confused by tags, entities and line breaks before the mention', () => {
  const text = 'Export & "Export"\nExport today';
  const html = `<p><strong>Ex</strong>port &amp; &#34;Export&#x22;<br/>${mention('Export')} today</p>`;

  expect(heard(text, html)).toBe('Export & "Export" today');
});

test('reads a name with characters that HTML escapes', () => {
  expect(heard('R&D help', `${mention('R&amp;D')} help`)).toBe('help');
});

test('falls back to the name at the start where the HTML is missing', () => {
  const texts = [heard('Export Bot help'), heard('Export help'), heard('help me, Export Bot')];

  expect(texts).toEqual(['help', 'help', 'help me, Export Bot']);
});

test('leaves a direct message alone, even one that begins with the name', () => {
  expect(heard(' Export Bot help ', undefined, [])).toBe('Export Bot help');
});

test('makes nothing of a message that is only a mention', () => {
  expect(heard('Export', mention('Export'))).toBe('');
});

test('survives a mention that is cut or oddly quoted', () => {
  const odd = `<spark-mention data-object-id='${me.id}'>Export</spark-mention> help <spark-mention`;

  expect(heard('Export help <spark-mention', odd)).toBe('help <spark-mention');
});
