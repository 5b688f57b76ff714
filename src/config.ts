import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parse as parseDotenv } from 'dotenv';
import { z } from 'zod';
import { ConfigError } from './errors.ts';
import { logLevels } from './log.ts';
import { canonicalZone } from './time.ts';

const regions = ['us1', 'eu1', 'eu2', 'anz1', 'ca1', 'jp1', 'sg1', 'in1'] as const;

export interface Setting {
  readonly name: string;
  readonly meaning: string;
  /** As shown to people; `undefined` means required. */
  readonly fallback: string | undefined;
}

const uuidText = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]']);

const text = z.string().trim().min(1);
/** Tokens and secrets go into headers; a line break in one comes from copying it. */
const oneWord = text.regex(/^[\x21-\x7e]+$/, 'must be one word, without spaces or line breaks');
const uuid = text.regex(uuidText, 'must be a UUID such as 11111111-2222-4333-8444-555555555555');
const list = text.transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const filledList = list.refine((parts) => parts.length > 0, 'must name at least one');
const wholeNumber = (min: number, max: number) =>
  text
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);

/** http only where nobody else can listen: on this very machine. */
const httpUrl = text.transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const safe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && loopbackHosts.has(url.hostname));
  if (!url || !safe || url.search || url.hash || url.username || url.password) {
    context.addIssue(
      'must be an https address without query (http only for 127.0.0.1 or localhost)',
    );
    return z.NEVER;
  }
  // A slash at the end would double when paths are appended.
  return new URL(url.href.replace(/\/+$/, ''));
});

const storeKeys = text.transform((value, context) => {
  const keys = value.split(',').map((part) => {
    const [, kid, encoded] = /^\s*([\w-]{1,32}):([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(part) ?? [];
    return { kid: kid ?? '', key: Buffer.from(encoded ?? '', 'base64') };
  });
  const kids = new Set(keys.map(({ kid }) => kid));
  if (keys.some(({ kid, key }) => kid === '' || key.length !== 32) || kids.size < keys.length) {
    context.addIssue(
      'must be kid:base64(32 bytes)[,…] with different kids; make one with: echo "k1:$(openssl rand -base64 32)"',
    );
    return z.NEVER;
  }
  return keys;
});

/** What express understands, except `true`: with that anybody could claim any address. */
const trustProxy = text.transform((value, context) => {
  if (/^\d{1,2}$/.test(value)) return Number(value);
  if (value.split(',').every((part) => isProxyAddress(part.trim()))) return value;
  context.addIssue(
    'must be a number of hops, or addresses and subnets such as loopback or 10.0.0.0/8',
  );
  return z.NEVER;
});

function isProxyAddress(part: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(part)) return true;
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(part) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(prefix ?? 0) <= (version === 4 ? 32 : 128);
}

const hosts = list.refine(
  (all) => all.every((one) => /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(one)),
  'must be hosts such as files.example.org or 127.0.0.1:9000, without https:// and path',
);

const scopes = text
  .transform((value) => value.split(/[\s,]+/))
  .refine((all) => all.some((scope) => /^cjp:config(_read)?$/.test(scope)), {
    message: 'must contain cjp:config_read (or cjp:config), without which nothing can be searched',
  });

const settings = {
  WEBEX_BOT_TOKEN: { meaning: "the bot's access token", schema: oneWord },
  WEBEX_CLIENT_ID: {
    meaning: 'client id of the Webex integration used for login',
    schema: oneWord,
  },
  WEBEX_CLIENT_SECRET: { meaning: 'client secret of that integration', schema: oneWord },
  BOT_TRANSPORT: {
    meaning: 'how events come: `webhook` (Webex posts them) or `websocket` (the bot fetches them)',
    schema: z.enum(['webhook', 'websocket'], 'must be webhook or websocket'),
    fallback: 'webhook',
  },
  WEBEX_WEBHOOK_SECRET: {
    meaning:
      'signs the events Webex posts; at least 16 characters; a comma list rotates; required with webhooks',
    schema: list
      .refine((all) => all.length > 0 && all.every((one) => one.length >= 16), {
        message: 'must have at least 16 characters each; make one with: openssl rand -hex 32',
      })
      // One at least, as was just checked.
      .transform((all) => all as unknown as readonly [string, ...string[]]),
    fallback: '',
    requiredWith: 'webhook',
  },
  PUBLIC_URL: {
    meaning: 'where browsers reach the bot, and Webex with webhooks; http only for loopback',
    schema: httpUrl,
  },
  HOST: {
    meaning: 'listen address (the image sets `0.0.0.0`)',
    schema: text,
    fallback: '127.0.0.1',
  },
  PORT: { meaning: 'listen port', schema: wholeNumber(1, 65_535), fallback: '8089' },
  TRUST_PROXY: {
    meaning: "express's `trust proxy` setting, exact: a number of hops or addresses",
    schema: trustProxy,
    fallback: '',
  },
  ADMINS: {
    meaning: 'comma list of e-mails or person ids allowed to command the bot',
    schema: filledList,
  },
  ALLOWED_ORG_IDS: {
    meaning: 'organization UUIDs that may sign in and share a space with a file',
    schema: list
      .refine((parts) => parts.length > 0, 'must name at least one organization')
      .refine((parts) => parts.every((part) => uuidText.test(part)), 'must be UUIDs, comma between')
      .transform((parts) => parts.map((part) => part.toLowerCase())),
  },
  ALLOWED_SPACES: {
    meaning: 'space ids where the bot works; empty: any',
    schema: list,
    fallback: '',
  },
  ALLOWED_BOTS: {
    meaning: 'e-mails of other bots that may be in a space with a file',
    schema: list,
    fallback: '',
  },
  LOGIN_CARD: {
    meaning: '`direct` (by direct message; in the space if that fails) or `space`',
    schema: z.enum(['direct', 'space'], 'must be direct or space'),
    fallback: 'direct',
  },
  CONTACT: { meaning: 'whom people without permission should ask', schema: text, fallback: '' },
  WXCC_REGION: {
    meaning: `data center of the contact center: ${regions.map((one) => `\`${one}\``).join(' ')}`,
    schema: z.enum(regions, `must be one of ${regions.join(' ')}`),
  },
  WXCC_ORG_ID: {
    meaning: 'contact-center organization UUID; empty: taken from the grant',
    schema: uuid,
    fallback: '',
  },
  WXCC_SCOPES: {
    meaning: 'OAuth scopes asked for at login',
    schema: scopes,
    fallback: 'cjp:config_read spark:people_read',
  },
  WXCC_REQUESTS_PER_MINUTE: {
    meaning: 'request budget per client id, any integer ≥ 1',
    schema: wholeNumber(1, 1_000_000_000),
    fallback: '300',
  },
  URL_EXPIRATION_MINUTES: {
    meaning: 'life of transcript links in minutes, 1 to 60',
    schema: wholeNumber(1, 60),
    fallback: '60',
  },
  DEFAULT_QUEUE: {
    meaning: 'queue used when a command names none; empty: all queues',
    schema: text,
    fallback: '',
  },
  TRANSCRIPT_HOSTS: {
    meaning:
      'exact hosts (`host[:port]`) transcripts may come from; empty: https hosts of the vendor and its storage at public addresses; a loopback host must be listed',
    schema: hosts,
    fallback: '',
  },
  TIMEZONE: {
    meaning: 'IANA zone when neither command nor person gives one',
    schema: text.transform((value, context) => {
      const zone = canonicalZone(value);
      if (zone !== undefined) return zone;
      context.addIssue('must be an IANA zone such as Europe/Berlin');
      return z.NEVER;
    }),
    fallback: 'UTC',
  },
  STORE_KEYS: {
    meaning: '`kid:base64(32 bytes)[,…]`; the first encrypts, all decrypt',
    schema: storeKeys,
  },
  DATA_DIR: {
    meaning: 'state and jobs (0700, files 0600)',
    schema: text.transform((value) => resolve(value)),
    fallback: './data',
  },
  RETENTION_DAYS: {
    meaning: 'days until records of exports and the files they posted are removed',
    schema: wholeNumber(1, 3_650),
    fallback: '30',
  },
  AUDIT_RETENTION_DAYS: {
    meaning:
      'days until lines of the audit log are removed, never before those of `RETENTION_DAYS`',
    schema: wholeNumber(1, 36_500),
    fallback: '365',
  },
  REDACTION_FLOOR: {
    meaning: 'classes that are always masked, comma between: `card`, `iban`, `email`, `phone`',
    schema: list.pipe(
      z.array(z.enum(['card', 'iban', 'email', 'phone'], 'must be of card, iban, email, phone')),
    ),
    fallback: '',
  },
  PHONE_COUNTRIES: {
    meaning: 'countries (`US,DE`) whose phone numbers are masked also without their country code',
    schema: list.refine(
      (codes) => codes.every((code) => /^[A-Z]{2}$/.test(code)),
      'must be two-letter country codes such as US,DE',
    ),
    fallback: '',
  },
  UPLOAD_LIMIT_MB: {
    meaning: 'largest file posted, in MB',
    schema: wholeNumber(1, 100),
    fallback: '100',
  },
  LATE_TRANSCRIPTS: {
    meaning:
      '`on` or `off`: whether transcripts that come within a day after an export are added to it',
    schema: z.enum(['on', 'off'], 'must be on or off'),
    fallback: 'on',
  },
  METRICS_PORT: {
    meaning: 'Prometheus metrics at `/metrics` on this port; empty: off',
    schema: wholeNumber(1, 65_535),
    fallback: '',
  },
  METRICS_HOST: {
    meaning: 'listen address of the metrics, which need no login',
    schema: text,
    fallback: '127.0.0.1',
  },
  LOG_LEVEL: {
    meaning: logLevels.map((level) => `\`${level}\``).join(' '),
    schema: z.enum(logLevels, `must be one of ${logLevels.join(' ')}`),
    fallback: 'info',
  },
  LOG_FILE: {
    meaning: 'a log file besides stdout; at 10 MB it becomes `<name>.1` to `<name>.5`',
    schema: text,
    fallback: '',
  },
  WEBEX_API_URL: {
    meaning: 'override for tests, demo, gateways',
    schema: httpUrl,
    fallback: 'https://webexapis.com/v1',
  },
  WEBEX_CATALOG_URL: {
    meaning: 'override for tests, demo, gateways; tells where the websocket is',
    schema: httpUrl,
    fallback: 'https://u2c.wbx2.com/u2c/api/v1',
  },
  WXCC_API_URL: {
    meaning: 'override for tests, demo, gateways; empty: from the region',
    schema: httpUrl,
    fallback: '',
  },
} as const;

type Name = keyof typeof settings;
type Value<N extends Name> = z.infer<(typeof settings)[N]['schema']>;
/** A setting whose default is empty may be absent; every other one always has a value. */
type Read<N extends Name> = (typeof settings)[N] extends { fallback: '' }
  ? Value<N> | undefined
  : Value<N>;

/** What the environment says, typed and complete; frozen, and read by main.ts only. */
export type Config = { readonly [N in Name]: Read<N> };

/** The rows of the README's table, in its order. */
export const settingRows: readonly Setting[] = Object.entries(settings).map(([name, setting]) => ({
  name,
  meaning: setting.meaning,
  fallback: 'fallback' in setting ? setting.fallback : undefined,
}));

// The keys of the table are its names.
const settingNames = Object.keys(settings) as Name[];

export type SettingName = Name;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting, or tells of every bad one at once.
 *
 * @param environment the process's variables; they win over those of `ENV_FILE` (default `.env`)
 * @throws {ConfigError} with one line for each missing or malformed setting; values are not repeated
 */
export function loadConfig(environment: Environment): Config {
  return loadSome(environment, settingNames);
}

/** As `loadConfig`, for programs that need some of the settings only. */
export function loadSome<N extends Name>(
  environment: Environment,
  names: readonly N[],
): Pick<Config, N> {
  const problems: string[] = [];
  const file = readEnvFile(environment['ENV_FILE'], problems);
  const config: Record<string, unknown> = {};
  for (const name of names) {
    const setting = settings[name];
    const fallback = 'fallback' in setting ? setting.fallback : undefined;
    const given = environment[name]?.trim() || file[name]?.trim() || fallback;
    const needed =
      given === undefined ||
      // Read before it: the table names it first.
      (given === '' &&
        'requiredWith' in setting &&
        setting.requiredWith === config['BOT_TRANSPORT']);
    if (needed) problems.push(`${name} is missing: ${setting.meaning}`);
    else if (given !== '') {
      const read = setting.schema.safeParse(given);
      if (read.success) config[name] = read.data;
      else problems.push(`${name} ${whyNot(read.error)}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  // Every name was read above by its own schema, which is what Config spells out.
  return Object.freeze(config as unknown as Pick<Config, N>);
}

/** What is wrong with a value (`must be …`), which is not repeated; `undefined` where it will do. */
export function problemWith(name: SettingName, value: string): string | undefined {
  const read = settings[name].schema.safeParse(value.trim());
  return read.success ? undefined : whyNot(read.error);
}

function whyNot({ issues }: z.ZodError): string {
  return issues[0]?.message ?? 'is not valid';
}

function readEnvFile(named: string | undefined, problems: string[]): Record<string, string> {
  const path = named?.trim() || '.env';
  try {
    return parseDotenv(readFileSync(path, 'utf8'));
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing || named) problems.push(`ENV_FILE: ${path} cannot be read`);
    return {};
  }
}

/** Base address of the contact-center API in a region (developer.webex.com, one host a data center). */
export function contactCenterUrl(config: Pick<Config, 'WXCC_REGION' | 'WXCC_API_URL'>): URL {
  return config.WXCC_API_URL ?? new URL(`https://api.wxcc-${config.WXCC_REGION}.cisco.com`);
}

type EventSettings = Pick<
  Config,
  'BOT_TRANSPORT' | 'WEBEX_WEBHOOK_SECRET' | 'WEBEX_CATALOG_URL' | 'WEBEX_BOT_TOKEN'
>;

/** How events come, with what that way needs. */
export function eventTransport(config: EventSettings) {
  const { WEBEX_WEBHOOK_SECRET: secrets } = config;
  // Without a secret it is a websocket, or the settings would not have been accepted.
  return config.BOT_TRANSPORT === 'webhook' && secrets
    ? ({ kind: 'webhook', secrets } as const)
    : ({
        kind: 'websocket',
        catalogUrl: config.WEBEX_CATALOG_URL,
        token: config.WEBEX_BOT_TOKEN,
      } as const);
}
