// The rows that all writers of the bench write: a transcript entry each, 16 columns, no empty cell but the
// alias of customers. What is costly to make is made before the clock runs, and read by Python as JSON.

/** The first eight columns of the sheet "Messages", and what one wants beside them. */
export const columns = [
  { header: 'task_id', kind: 'text' },
  { header: 'timestamp', kind: 'text' },
  { header: 'direction', kind: 'text' },
  { header: 'message', kind: 'text', width: 80, wrap: true },
  { header: 'participant_name', kind: 'text' },
  { header: 'participant_role', kind: 'text' },
  { header: 'participant_userId', kind: 'text' },
  { header: 'participant_aliasId', kind: 'text' },
  { header: 'local_time', kind: 'dateTime' },
  { header: 'sequence', kind: 'integer' },
  { header: 'role', kind: 'text' },
  { header: 'queue', kind: 'text' },
  { header: 'channel', kind: 'text' },
  { header: 'kind', kind: 'text' },
  { header: 'agent', kind: 'text' },
  { header: 'duration', kind: 'duration' },
];

/** Entries of a conversation. */
export const entries = 20;
const pool = 8_192;
const firstMs = Date.UTC(2026, 10, 13);
const stepMs = 6_123;

const phrases = [
  [
    'Hello, I would like to know where my parcel is',
    'the tracking page has not changed since Tuesday',
    'could you check that for me please',
    'is there "express" shipping for orders <50 € & up',
    'I was charged twice for the same order',
    'the code you sent me does not work',
    'thanks so much 🙏 that solved it',
    'can I change the delivery address',
  ],
  [
    'Guten Tag, meine Bestellung ist noch nicht angekommen',
    'ich warte schon seit drei Wochen',
    'können Sie bitte nachsehen',
    'die Sendungsnummer habe ich nicht',
    'vielen Dank für Ihre Hilfe 👍🏽',
    'das Gerät lässt sich nicht einschalten',
    'ich möchte den Vertrag kündigen',
    'wie lange dauert die Rückzahlung',
  ],
  [
    'こんにちは、注文した商品がまだ届いていません',
    '配送状況を教えてください',
    '住所を変更したいのですが',
    '返品は可能でしょうか',
    'ありがとうございました',
    'ログインできません',
    '請求書が間違っています',
    '少々お待ちください',
  ],
  [
    'مرحبا، لم يصلني الطلب حتى الآن',
    'أريد أن أعرف متى سيتم التسليم',
    'هل يمكنك التحقق من ذلك',
    'شكرا جزيلا لك',
    'لا أستطيع تسجيل الدخول',
    'الفاتورة غير صحيحة',
    'أود استرداد المبلغ',
    'ما هو رقم التتبع',
  ],
];
const names = [
  'Ana Müller',
  'João Silva',
  'Zoë Ødegaard',
  '山田 太郎',
  'Fatima al-Zahra',
  'John O’Neil',
  'Иван Петров',
  'Chloé Dupont',
];
const queues = ['Billing EMEA', 'Support DE', 'Returns', 'Sales & Offers'];

/** Looks like chance, and is the same in every run. */
function mix(number) {
  let mixed = Math.imul(number ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function uuid(number) {
  const hex = [1, 2, 3, 4].map((part) =>
    mix(4 * number + part)
      .toString(16)
      .padStart(8, '0'),
  );
  const digits = hex.join('');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-9${digits.slice(17, 20)}-${digits.slice(20)}`;
}

function message(number) {
  // Most customers write in one of two languages.
  const language = phrases[number % 5 < 3 ? 0 : mix(number) % phrases.length];
  const sentences = Array.from(
    { length: 1 + (mix(number) % 3) },
    (_, index) => language[mix(number * 7 + index) % language.length],
  );
  return `${sentences.join('. ')} ${mix(number) % 100_000}`;
}

const list = (make) => Array.from({ length: pool }, (_, index) => make(index));

export const material = {
  entries,
  pool,
  firstMs,
  stepMs,
  taskIds: list(uuid),
  userIds: list((index) => uuid(pool + (index % 977))),
  aliases: list((index) => `alias-${index % 977}`),
  messages: list(message),
  timestamps: list((index) => new Date(firstMs + index * stepMs).toISOString()),
  names,
  queues,
};

/** The same, line by line, as `make_row` in workbook-python.py. */
export function makeRow(index) {
  const at = index % pool;
  const conversation = Math.floor(index / entries);
  const byCustomer = index % 2 === 0;
  return [
    material.taskIds[conversation % pool],
    material.timestamps[at],
    byCustomer ? 'INBOUND' : 'OUTBOUND',
    material.messages[at],
    names[(byCustomer ? conversation : conversation * 3 + 1) % 8],
    byCustomer ? 'CUSTOMER' : 'AGENT',
    material.userIds[byCustomer ? conversation % pool : conversation % 8],
    byCustomer ? undefined : material.aliases[at],
    firstMs + at * stepMs,
    (index % entries) + 1,
    byCustomer ? 'customer' : 'agent',
    queues[conversation % 4],
    'chat',
    'message',
    names[(conversation * 3 + 1) % 8],
    (at % 1_000) * 1_000,
  ];
}

/** Milliseconds since 1970 as Excel counts, in days since 1900. */
export function toSerial(ms) {
  return ms / 86_400_000 + 25_569;
}
