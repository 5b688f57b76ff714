import type { Random, Share } from './random.ts';

/** What customers and agents of the sandbox say. `{order}` and `{agent}` are filled in. */
export interface Language {
  readonly code: string;
  readonly customers: readonly [string, ...string[]];
  readonly welcome: string;
  readonly asks: readonly [string, ...string[]];
  readonly answers: readonly [string, ...string[]];
  readonly goodbye: readonly [string, string];
}

const english: Language = {
  code: 'en-US',
  customers: ['Ava Thornton', 'Liam Castellano', 'Priya Raman', 'Owen McAllister', 'Zoë Adeyemi'],
  welcome: 'Welcome to Cumulus! A colleague will be with you in a moment.',
  asks: [
    'Hi, my order {order} was supposed to arrive on Tuesday and there is still no sign of it.',
    'I was charged twice for {order}. Can somebody look into that, please?',
    'The app logs me out every time I open the invoices page.',
    'Could you change the delivery address? I moved last week.',
    'And how long will that take?',
    'That did not help, it still shows the same message.',
    'Yes, the e-mail address is the one I am writing from.',
    'The box was open and the charger is missing 😕',
    'No, that is all, thank you!',
  ],
  answers: [
    'Good day, my name is {agent}. Let me open {order} for you.',
    'I can see the parcel left our warehouse this morning.',
    'The second charge is only a reservation; it disappears within three working days.',
    'Please clear the cache of the app once and sign in again.',
    'I have changed the address. You will receive a confirmation by e-mail.',
    'I am sorry about that. A replacement is on its way to you.',
    'May I ask for the last four digits of the customer number?',
    'Is there anything else I can do for you?',
  ],
  goodbye: ['Thanks a lot, bye!', 'You are welcome. Have a pleasant day!'],
};

const german: Language = {
  code: 'de-DE',
  customers: ['Jürgen Schöffel', 'Änne Großkopf', 'Beatrix von der Höh', 'Mehmet Yıldız'],
  welcome: 'Willkommen bei Cumulus! Gleich ist jemand für Sie da.',
  asks: [
    'Guten Tag, meine Bestellung {order} ist immer noch nicht angekommen.',
    'Auf der Rechnung zu {order} fehlt unsere Umsatzsteuer-Nummer.',
    'Ich möchte den Vertrag kündigen, finde aber den Knopf nicht.',
    'Der Rücksendeschein lässt sich nicht öffnen.',
    'Und wann bekomme ich das Geld zurück?',
    'Nein, das habe ich schon versucht.',
    'Größe „L“ bitte, nicht „XL“.',
  ],
  answers: [
    'Guten Tag, mein Name ist {agent}. Ich sehe mir {order} gleich an.',
    'Das Paket liegt seit gestern im Verteilzentrum.',
    'Die korrigierte Rechnung geht Ihnen in wenigen Minuten zu.',
    'Ich habe Ihnen einen neuen Rücksendeschein geschickt.',
    'Die Erstattung dauert üblicherweise fünf Werktage.',
    'Kann ich sonst noch etwas für Sie tun?',
  ],
  goodbye: ['Vielen Dank, schönen Tag noch!', 'Sehr gern. Auf Wiederhören!'],
};

const french: Language = {
  code: 'fr-FR',
  customers: ['Élodie Garçon', 'Théo Lefèvre', 'Anaïs Hébert'],
  welcome: 'Bienvenue chez Cumulus ! Un conseiller arrive tout de suite.',
  asks: [
    'Bonjour, je n’ai toujours pas reçu la commande {order}.',
    'Le code promotionnel n’est pas accepté, pourtant il est valable jusqu’à demain.',
    'Est-ce que je peux échanger l’article en magasin ?',
    'D’accord, et le remboursement ?',
  ],
  answers: [
    'Bonjour, je suis {agent}. Je regarde votre commande {order}.',
    'Le colis est chez le transporteur, livraison prévue demain.',
    'C’est corrigé, vous pouvez réessayer.',
    'Le remboursement prend environ cinq jours.',
  ],
  goodbye: ['Merci beaucoup, à bientôt !', 'Avec plaisir, bonne journée !'],
};

const spanish: Language = {
  code: 'es-ES',
  customers: ['Íñigo Muñoz', 'Begoña Ibáñez', 'Lucía Fernández'],
  welcome: '¡Bienvenido a Cumulus! Enseguida le atendemos.',
  asks: [
    'Hola, ¿dónde está mi pedido {order}?',
    'La factura tiene un importe equivocado.',
    'No puedo iniciar sesión desde ayer.',
    '¿Y cuánto tardará?',
  ],
  answers: [
    'Buenos días, soy {agent}. Déjeme revisar {order}.',
    'El paquete sale hoy de nuestro almacén.',
    'Le he enviado un enlace para restablecer la contraseña.',
    'Normalmente tarda entre dos y tres días.',
  ],
  goodbye: ['Muchas gracias, adiós.', 'Gracias a usted. ¡Que tenga un buen día!'],
};

const arabic: Language = {
  code: 'ar-SA',
  customers: ['ليلى منصور', 'كريم الشامي'],
  welcome: 'أهلا بك في كومولوس! سيكون معك أحد الزملاء بعد قليل.',
  asks: [
    'مرحبا، لم يصل طلبي {order} حتى الآن.',
    'أريد تغيير عنوان التوصيل.',
    'متى يعود المبلغ إلى حسابي؟',
  ],
  answers: [
    'مرحبا، معك {agent}. سأراجع {order} حالا.',
    'تم تغيير العنوان.',
    'يستغرق الأمر خمسة أيام عمل.',
  ],
  goodbye: ['شكرا جزيلا', 'على الرحب والسعة'],
};

const hebrew: Language = {
  code: 'he-IL',
  customers: ['תמר לוי', 'איתן כהן'],
  welcome: 'ברוכים הבאים לקומולוס! נציג יצטרף בעוד רגע.',
  asks: ['שלום, ההזמנה {order} עדיין לא הגיעה.', 'איך אפשר להחליף את המוצר?'],
  answers: ['שלום, שמי {agent}. אני בודק את {order}.', 'שלחתי לך תווית להחזרה.'],
  goodbye: ['תודה רבה', 'בשמחה, יום נעים'],
};

const japanese: Language = {
  code: 'ja-JP',
  customers: ['鈴木 健太', '高橋 あおい'],
  welcome: 'クムルスへようこそ。まもなく担当者がまいります。',
  asks: [
    '注文番号{order}の商品がまだ届きません。',
    '領収書の宛名を変更できますか？',
    'いつ頃になりますか？',
  ],
  answers: [
    '{agent}と申します。{order}を確認いたします。',
    '明日お届けの予定です。',
    '領収書を再発行いたしました。',
  ],
  goodbye: ['ありがとうございました。', 'またのご利用をお待ちしております。'],
};

const shares: readonly [Share<Language>, ...Share<Language>[]] = [
  [english, 44],
  [german, 28],
  [french, 9],
  [spanish, 8],
  [arabic, 4],
  [hebrew, 3],
  [japanese, 4],
];

export function languageFor(random: Random): Language {
  return random.weighted(shares);
}

export const rightToLeft: Language = arabic;
