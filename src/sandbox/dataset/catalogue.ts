import { hashText, type Random, type Share, uuidOf } from './random.ts';

/** Who and what the invented contact center consists of. Ids are the same in every data set. */

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Agent extends Named {
  readonly signInId: string;
  readonly phoneNumber: string;
  readonly team: Named;
  readonly site: Named;
}

/** As the configuration API tells a queue: github.com/webex/webex-openapi-specs, webex-contact-center.json */
export interface QueueRecord extends Named {
  readonly description: string;
  readonly active: boolean;
  readonly queueType: 'INBOUND' | 'OUTBOUND';
  readonly channelType: string;
  readonly socialChannelType: string | null;
}

const named = (kind: string, name: string): Named => ({
  id: uuidOf(hashText(kind), hashText(name)),
  name,
});

type Names = readonly [Named, ...Named[]];

const [leipzig, austin, remote] = [
  named('site', 'Leipzig'),
  named('site', 'Austin'),
  named('site', 'Remote'),
] as const;

const [firstLine, secondLine, sales, complaints] = [
  named('team', 'First Line'),
  named('team', 'Second Line'),
  named('team', 'Sales EMEA'),
  named('team', 'Complaints & Refunds'),
] as const;

function agent(name: string, login: string, team: Named, site: Named): Agent {
  const number = hashText(login) % 10_000;
  return {
    ...named('agent', name),
    signInId: `${login}@cumulus.example`,
    phoneNumber: `+4934155${String(number).padStart(4, '0')}`,
    team,
    site,
  };
}

export const agents: readonly [Agent, ...Agent[]] = [
  agent('Marta Lindqvist', 'mlindqvist', firstLine, leipzig),
  agent('Jonas Weißgerber', 'jweissgerber', firstLine, leipzig),
  agent("Siobhán O'Rourke", 'sorourke', firstLine, remote),
  agent('Dwayne "DJ" Carter', 'dcarter', firstLine, austin),
  agent('佐藤 美咲', 'msato', secondLine, remote),
  agent('Leïla Benhamou', 'lbenhamou', secondLine, remote),
  agent('عمر حداد', 'ohaddad', secondLine, remote),
  agent('Paweł Żuraw', 'pzuraw', sales, leipzig),
  agent('Grace Okafor', 'gokafor', sales, austin),
  agent('Ximena Ríos, MBA', 'xrios', sales, austin),
  agent('Tobias Krämer', 'tkraemer', complaints, leipzig),
  agent('Noa Ben-Ami', 'nbenami', complaints, remote),
];

export const entryPoints = {
  chat: named('entry point', 'Website Chat'),
  social: named('entry point', 'Social Channels'),
  email: named('entry point', 'service@cumulus.example'),
  telephony: named('entry point', 'Main Line'),
  workItem: named('entry point', 'Back Office Work'),
  customMessaging: named('entry point', 'Partner App'),
} as const;

export type ChannelType = keyof typeof entryPoints;

function queue(name: string, channelType: string, more: Partial<QueueRecord> = {}): QueueRecord {
  return {
    ...named('queue', name),
    description: `${name} (${channelType.toLowerCase()})`,
    active: true,
    queueType: 'INBOUND',
    channelType,
    socialChannelType: null,
    ...more,
  };
}

const configured = {
  support: queue('Support Chat', 'CHAT'),
  sales: queue('Sales Chat', 'CHAT'),
  complaints: queue('Rückfragen & Beschwerden', 'CHAT'),
  billing: queue('Billing, Invoices and Refunds', 'CHAT'),
  gold: queue('"Gold" Members', 'CHAT'),
  whatsApp: queue('WhatsApp Support', 'SOCIAL_CHANNEL', { socialChannelType: 'WHATSAPP' }),
  social: queue('Social Care', 'SOCIAL_CHANNEL', { socialChannelType: 'MESSENGER' }),
  email: queue('E-Mail Service', 'EMAIL'),
  voice: queue('Support Voice', 'TELEPHONY'),
  salesVoice: queue('Sales Voice', 'TELEPHONY'),
  campaign: queue('Spring Campaign', 'TELEPHONY', { active: false, queueType: 'OUTBOUND' }),
  review: queue('Document Review', 'WORK_ITEM'),
  partners: queue('Partner Messages', 'OTHERS'),
} as const;

/** What the queue list answers. */
export const queues: readonly QueueRecord[] = Object.values(configured);

/** No longer in the queue list; old conversations still name it. */
const deleted = named('queue', 'Returns Chat');
const deletedBeforeDays = 150;

/** Search keeps the name a queue had at the time. */
const formerSales: Named = { id: configured.sales.id, name: 'Pre-Sales Chat' };
const renamedBeforeDays = 220;

const queueShares: Record<ChannelType, readonly [Share<Named>, ...Share<Named>[]]> = {
  chat: [
    [configured.support, 45],
    [configured.sales, 20],
    [configured.complaints, 15],
    [configured.billing, 12],
    [configured.gold, 8],
  ],
  social: [
    [configured.whatsApp, 60],
    [configured.social, 40],
  ],
  email: [[configured.email, 1]],
  telephony: [
    [configured.voice, 65],
    [configured.salesVoice, 35],
  ],
  workItem: [[configured.review, 1]],
  customMessaging: [[configured.partners, 1]],
};

/** A queue for a conversation of this channel, under the name and in the existence it had `daysAgo`. */
export function queueFor(channel: ChannelType, daysAgo: number, random: Random): Named {
  const { id, name } = random.weighted(queueShares[channel]);
  if (id === configured.sales.id && daysAgo > renamedBeforeDays) return formerSales;
  if (id === configured.billing.id && daysAgo > deletedBeforeDays) return deleted;
  return { id, name };
}

export const wrapUpCodes: Names = [
  named('wrap-up code', 'Resolved'),
  named('wrap-up code', 'Follow-up needed'),
  named('wrap-up code', 'Sale'),
  named('wrap-up code', 'Wrong department'),
  named('wrap-up code', 'Kulanz / goodwill'),
];

export const contactReasons = [
  'Delivery',
  'Invoice',
  'Returns',
  'Account',
  'Technical problem',
] as const;
