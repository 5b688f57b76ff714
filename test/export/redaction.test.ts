import { describe, expect, test } from 'vitest';
import { type RedactionClass, Redactor, redactionClasses } from '../../src/export/redaction.ts';
import { readAccount } from '../helpers/account.ts';
import { readArchive } from '../helpers/archive.ts';
import { readSheets } from '../helpers/workbook.ts';
import { dayMs, nowMs } from './orders.ts';
import { runExport, startRig } from './rig.ts';

const key = Buffer.alloc(32, 7);

function redact(
  text: string,
  classes: readonly RedactionClass[] = redactionClasses,
  countries = ['US', 'DE'],
) {
  const redactor = new Redactor({ classes, phoneCountries: countries }, key);
  // The marks themselves are another test's affair.
  const masked = redactor.text(text).replace(/\[(\w+) [A-Za-z]{6}\]/g, '<$1>');
  return { masked, counts: redactor.counts };
}

describe('masked is', () => {
  test.each([
    ['4111 1111 1111 1111', '<card>'],
    ['my card 4111-1111-1111-1111, thanks', 'my card <card>, thanks'],
    ['4111111111111111', '<card>'],
    ['amex 3782 822463 10005.', 'amex <card>.'],
    ['6011000990139424 and 5555.5555.5555.4444', '<card> and <card>'],
    ['DE89 3704 0044 0532 0130 00 please', '<iban> please'],
    ['de89370400440532013000', '<iban>'],
    ['IBAN:GB82WEST12345698765432;', 'IBAN:<iban>;'],
    ['NO93 8601 1117 947 or CH93 0076 2011 6238 5295 7', '<iban> or <iban>'],
    ['write to ava.lindqvist+shop@mail.shop.example or call', 'write to <email> or call'],
    ['(ÖMER@BÜCHER.example)', '(<email>)'],
    ['call +49 30 901820 today', 'call <phone> today'],
    ['+1 (212) 555-0123', '<phone>'],
    ['030 901820 is my number', '<phone> is my number'],
    ['Tel. 212-555-2368!', 'Tel. <phone>!'],
    ['a@b.example, 4111111111111111, +4930901820', '<email>, <card>, <phone>'],
  ])('%s', (text, expected) => {
    expect(redact(text).masked).toBe(expected);
  });
});

describe('left alone is', () => {
  test.each([
    'order 4111 1111 1111 1112',
    'invoice 2026-11-20, 09:42',
    'DE00 3704 0044 0532 0130 00',
    'ticket 1234567',
    '1111111111111111',
    'c5fa1763-fceb-4997-b520-fafff0846bc4',
    'meet @noon',
    'x@y',
    'a normal sentence with 12 apples and 3.50 euros',
    '',
  ])('%s', (text) => {
    expect(redact(text).masked).toBe(text);
  });
});

test('only what was asked for is masked, and counted', () => {
  const text = 'a@b.example a@b.example 4111111111111111 DE89370400440532013000 +4930901820';
  expect(redact(text, ['card'])).toEqual({
    masked: 'a@b.example a@b.example <card> DE89370400440532013000 +4930901820',
    counts: { card: 1 },
  });
  expect(redact(text).counts).toEqual({ card: 1, iban: 1, email: 2, phone: 1 });
});

test('national numbers are known only of the countries that are named', () => {
  expect(redact('030 901820', ['phone'], []).masked).toBe('030 901820');
  expect(redact('+49 30 901820', ['phone'], []).masked).toBe('<phone>');
});

test('the same value has the same mark however it is written, and another one with another key', () => {
  const redactor = new Redactor({ classes: redactionClasses, phoneCountries: ['DE'] }, key);
  const other = new Redactor(
    { classes: redactionClasses, phoneCountries: ['DE'] },
    Buffer.alloc(32),
  );
  const marks = [
    ['4111 1111 1111 1111', '4111-1111-1111-1111'],
    ['DE89 3704 0044 0532 0130 00', 'de89370400440532013000'],
    ['Ava@Shop.example', 'ava@shop.example'],
    ['+49 30 901820', '030/901820'],
  ] as const;
  for (const [one, same] of marks) {
    expect(redactor.text(one)).toMatch(/^\[\w+ [A-Za-z]{6}\]$/);
    expect(redactor.text(same)).toBe(redactor.text(one));
    expect(other.text(one)).not.toBe(redactor.text(one));
  }
  expect(redactor.text('5555555555554444')).not.toBe(redactor.text('4111111111111111'));
});

test('ids are masked as a whole or not at all', () => {
  const redactor = new Redactor({ classes: redactionClasses, phoneCountries: [] }, key);
  expect(redactor.id('ava@shop.example')).toMatch(/^\[email/);
  expect(redactor.id('+4930901820')).toMatch(/^\[phone/);
  for (const id of ['user-4111111111111111-x', 'c5fa1763-fceb-4997-b520-fafff0846bc4']) {
    expect(redactor.id(id)).toBe(id);
  }
});

// A search that is quadratic in any of these would not end within the time of a test.
test('finds an end in every text, and what stands at the seams of long ones', () => {
  const most = 100_000;
  const hostile = ['a', '1', '1 ', 'a@', 'a.', 'DE89 ', '+49 ', '((((', '0-'].flatMap((piece) => {
    const long = piece.repeat(most / piece.length);
    return [long, `${long}@`, `x@${long}`, `+49 ${long}`];
  });
  const words = 'lorem ipsum '.repeat(1_660);
  const masked = hostile.map((text) => redact(text).masked.length);
  const { counts } = redact(`${words}4111 1111 1111 1111 ${words}a@b.example ${words}`);
  expect(masked.every((length) => length > 0)).toBe(true);
  expect(counts).toMatchObject({ card: 1, email: 1 });
}, 60_000);

const secrets = [
  '4111 1111 1111 1111',
  'DE89 3704 0044 0532 0130 00',
  'ava@shop.example',
  '+49 30 901820',
];
const dataset = {
  tasks: Array.from({ length: 8 }, (_, index) => ({
    createdTime: nowMs - dayMs + index,
    customer: { name: 'Ava', email: 'ava@shop.example', phoneNumber: '+49 30 901820' },
    transcripts: [
      {
        content: [
          {
            message: `it is ${secrets.join(' and ')}`,
            participant: { userId: 'ava@shop.example' },
          },
        ],
      },
    ],
  })),
};

describe.each(['xlsx', 'csv', 'jsonl'] as const)('an export as %s', (format) => {
  const textsOf = async (bytes: Buffer | undefined) =>
    format === 'xlsx'
      ? JSON.stringify([...(await readSheets(bytes)).values()])
      : [...(await readArchive(bytes)).values()].join('\n');

  test('holds nothing of what is to be masked, and says how often it was there', async () => {
    const rig = await startRig({ dataset });
    await runExport(rig, { format, redact: true, withContact: true });
    const [message] = rig.files();
    const text = await textsOf(message?.file?.bytes);
    for (const secret of secrets) expect(text).not.toContain(secret);
    const marks = new Set(text.match(/\[email [A-Za-z]{6}\]/g));
    expect(marks.size).toBe(1);
    if (format === 'xlsx') {
      const { summary } = await readAccount(message?.file?.bytes);
      expect(summary.get('Masked')).toBe(
        '8 card numbers, 8 IBANs, 16 e-mail addresses, 8 phone numbers',
      );
    } else {
      expect(text).toContain('"email": 16');
    }
  });

  test('cannot go below what the operator demands', async () => {
    const rig = await startRig({ dataset, runner: { redactionFloor: ['card'] } });
    await runExport(rig, { format });
    const text = await textsOf(rig.files()[0]?.file?.bytes);
    expect(text).not.toContain('4111 1111 1111 1111');
    expect(text).toContain('DE89 3704 0044 0532 0130 00');
  });
});
