import { describe, expect, test } from 'vitest';
import { neededFields, optionalFields } from '../../src/contact-center/task.ts';
import { metricsOf } from '../../src/export/metrics.ts';
import {
  type RedactionClass,
  Redactor,
  redactedReader,
  redactionClasses,
} from '../../src/export/redaction.ts';
import { readAccount } from '../helpers/account.ts';
import { readArchive } from '../helpers/archive.ts';
import { readSheets } from '../helpers/workbook.ts';
import { dayMs, nowMs } from './orders.ts';
import { entryWith, settlementWith, taskWith } from './records.ts';
import { runExport, startRig } from './rig.ts';

const key = Buffer.alloc(32, 7);

async function redact(
  text: string,
  classes: readonly RedactionClass[] = redactionClasses,
  countries = ['US', 'DE'],
) {
  const redactor = new Redactor({ classes, phoneCountries: countries }, key);
  // The marks themselves are another test's affair.
  const masked = (await redactor.text(text)).replace(/\[(\w+) [A-Za-z]{6}\]/g, '<$1>');
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
    ['4111\u00a01111\u00a01111\u00a01111', '<card>'],
    ['4111  1111  1111  1111', '<card>'],
    ['4111\u20131111\u20131111\u20131111', '<card>'],
    ['4111\u202f1111\u200b1111\u20111111', '<card>'],
    ['4111 - 1111 - 1111 - 1111', '<card>'],
    ['4111\n1111\n1111\n1111', '<card>'],
    ['2345 4111 1111 1111 1111', '2345 <card>'],
    ['ref 12344111 1111 1111 1111', 'ref 1234<card>'],
    ['99994111111111111111', '9999<card>'],
    ['4111 1111 1111 11112026', '<card>2026'],
    ['in 12 days: 4111 1111 1111 1111 12/29 123', 'in 12 days: <card> 12/29 123'],
    [
      '\u0664\u0661\u0661\u0661 \u0661\u0661\u0661\u0661 \u0661\u0661\u0661\u0661 \u0661\u0661\u0661\u0661',
      '<card>',
    ],
    [
      '\uff14\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11',
      '<card>',
    ],
    ['\ud835\udfd2\ud835\udfcf\ud835\udfcf\ud835\udfcf 1111 1111 1111!', '<card>!'],
    ['DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000', '<iban>'],
    ['DE89-3704-0044-0532-0130-00', '<iban>'],
    ['DE89  3704  0044  0532  0130  00', '<iban>'],
    ['\uff24\uff2589370400440532013000', '<iban>'],
    ['ava\uff20shop.example', '<email>'],
    ['ava@shop\uff0eexample', '<email>'],
    ['+49\u00a030\u00a0901820', '<phone>'],
    ['\uff0b49 30 901820', '<phone>'],
    ['\u0660\u0663\u0660 \u0669\u0660\u0661\u0668\u0662\u0660', '<phone>'],
    ['a@b.example, 4111111111111111, +4930901820', '<email>, <card>, <phone>'],
  ])('%s', async (text, expected) => {
    expect((await redact(text)).masked).toBe(expected);
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
  ])('%s', async (text) => {
    expect((await redact(text)).masked).toBe(text);
  });
});

test('only what was asked for is masked, and counted', async () => {
  const text = 'a@b.example a@b.example 4111111111111111 DE89370400440532013000 +4930901820';
  expect(await redact(text, ['card'])).toEqual({
    masked: 'a@b.example a@b.example <card> DE89370400440532013000 +4930901820',
    counts: { card: 1 },
  });
  expect((await redact(text)).counts).toEqual({ card: 1, iban: 1, email: 2, phone: 1 });
});

test('national numbers are known only of the countries that are named', async () => {
  expect((await redact('030 901820', ['phone'], [])).masked).toBe('030 901820');
  expect((await redact('+49 30 901820', ['phone'], [])).masked).toBe('<phone>');
});

test('the same value has the same mark however it is written, and another one with another key', async () => {
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
    const mark = await redactor.text(one);
    expect(mark).toMatch(/^\[\w+ [A-Za-z]{6}\]$/);
    expect(await redactor.text(same)).toBe(mark);
    expect(await other.text(one)).not.toBe(mark);
  }
  const cards = ['5555555555554444', '4111111111111111'];
  expect(new Set(await Promise.all(cards.map((card) => redactor.text(card)))).size).toBe(2);
});

test('ids are left alone where they are nothing but ids', async () => {
  const redactor = new Redactor({ classes: redactionClasses, phoneCountries: [] }, key);
  expect(await redactor.id('ava@shop.example')).toMatch(/^\[email/);
  expect(await redactor.id('+4930901820')).toMatch(/^\[phone/);
  expect(await redactor.id('whatsapp:+4930901820')).toMatch(/^whatsapp:\[phone/);
  expect(await redactor.id('facebook|ava@shop.example')).toMatch(/^facebook\|\[email/);
  expect(await redactor.id('4111111111111111')).toMatch(/^\[card/);
  expect(await redactor.id('DE89370400440532013000')).toMatch(/^\[iban/);
  for (const id of ['user-4111111111111111-x', 'c5fa1763-fceb-4997-b520-fafff0846bc4']) {
    expect(await redactor.id(id)).toBe(id);
  }
});

// A search that is quadratic in any of these would not end within the time of a test.
test('finds an end in every text, and what stands at the seams of long ones', async () => {
  const most = 6_000;
  const hostile = ['a', '1', '1 ', 'a@', 'a.', 'DE89 ', '+49 ', '((((', '0-'].flatMap((piece) => {
    const long = piece.repeat(most / piece.length);
    return [long, `${long}@`, `x@${long}`, `+49 ${long}`];
  });
  for (const text of hostile) expect((await redact(text)).masked.length).toBeGreaterThan(0);
  for (const filler of ['lorem ipsum ', '你好世界']) {
    const words = filler.repeat(1_000);
    const { counts } = await redact(`${words}4111 1111 1111 1111 ${words}a@b.example ${words}`);
    expect(counts).toMatchObject({ card: 1, email: 1 });
  }
}, 60_000);

describe('in a long text nothing is cut in two:', () => {
  const found = [
    ['4111 1111 1111 1111', '<card>'],
    ['GB82 WEST 1234 5698 7654 32', '<iban>'],
    ['ava.lindqvist@mail.shop.example', '<email>'],
    ['+49 30 901820', '<phone>'],
  ] as const;
  test.each(['-', ' ', '\n', '.', '\u{1f600}', 'a ', '你'])('behind %j', async (filler) => {
    // At every place around the seams.
    for (let before = 1_100; before < 1_700; before += 7) {
      const padding = filler.repeat(Math.ceil(before / filler.length));
      for (const [value, mark] of found) {
        const { masked } = await redact(`${padding} ${value} ${padding}`);
        expect(masked).toBe(`${padding} ${mark} ${padding}`);
      }
    }
  });
});

test('a wall of cards is masked to its last digit', async () => {
  for (const card of ['4111 1111 1111 1111 ', '4111111111111111', '5555-5555-5555-4444-']) {
    const { masked } = await redact(card.repeat(400), ['card']);
    expect(masked.replaceAll('<card>', '')).not.toMatch(/\d/);
  }
});

test.each([1, 2_000])('gives everybody else a turn, with %d texts of one length', async (texts) => {
  const redactor = new Redactor({ classes: redactionClasses, phoneCountries: ['US'] }, key);
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const text = '1 '.repeat(20_000 / texts);
  for (let one = 0; one < texts; one++) await redactor.text(text);
  isDone = true;
  // One behind each search in each stretch.
  expect(turns).toBeGreaterThan(60);
});

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
    // What people typed somewhere else than in the chat.
    lastWrapupCodeName: 'paid with 4111 1111 1111 1111',
    terminationReason: 'call +49 30 901820',
    contactReason: 'DE89 3704 0044 0532 0130 00',
    lastQueue: { id: 'q1', name: 'Queue of ava@shop.example', duration: 1_000 },
    lastTeam: { id: 'ava@shop.example', name: 'Team 4111 1111 1111 1111' },
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

test('every text of an entry and of a conversation passes the gate', async () => {
  const secret = 'a@b.example';
  const row: Record<string, unknown> = {};
  for (const field of [...neededFields, ...optionalFields]) {
    const [name = '', member] = field.split('.');
    row[name] = member ? { ...Object(row[name]), [member]: secret } : secret;
  }
  const task = taskWith({ ...row, id: 'task-1' });
  const entry = Object.fromEntries(
    Object.keys(entryWith()).map((name) => [name, name === 'attachmentNames' ? [secret] : secret]),
  );
  const reader = redactedReader(
    {
      facts: async () => ({ task, metrics: metricsOf([]) }),
      entries: async () => [entryWith({ ...entry, timestampMs: undefined })],
    },
    new Redactor({ classes: redactionClasses, phoneCountries: [] }, key),
  );
  const settlement = settlementWith();
  const all = [await reader.facts(settlement), await reader.entries(settlement)];
  expect(Object.keys(task).length).toBeGreaterThan(18);
  expect(JSON.stringify(all)).not.toContain('b.example');
  expect(JSON.stringify(all)).toContain('task-1');
});

describe.each(['xlsx', 'csv', 'jsonl'] as const)('an export as %s', (format) => {
  const textsOf = async (bytes: Buffer | undefined) =>
    format === 'xlsx'
      ? JSON.stringify([...(await readSheets(bytes)).values()])
      : [...(await readArchive(bytes)).values()].join('\n');

  test('holds nothing of what is to be masked, and says how often it was there', async () => {
    const rig = await startRig({ dataset });
    await runExport(rig, {
      ...{ format, redact: true, withContact: true },
      // Its words are in the file as well.
      command: 'export customer ava@shop.example containing "4111 1111 1111 1111"',
      filters: 'customer ava@shop.example',
    });
    const [message] = rig.files();
    const text = await textsOf(message?.file?.bytes);
    for (const secret of secrets) expect(text).not.toContain(secret);
    const marks = new Set(text.match(/\[email [A-Za-z]{6}\]/g));
    expect(marks.size).toBe(1);
    if (format === 'xlsx') {
      const { summary } = await readAccount(message?.file?.bytes);
      expect(summary.get('Masked')).toBe(
        '24 card numbers, 16 IBANs, 40 e-mail addresses, 24 phone numbers',
      );
    } else {
      expect(text).toContain('"email": 40');
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
