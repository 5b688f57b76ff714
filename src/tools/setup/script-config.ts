import { z } from 'zod';
import type { SettingName } from '../../config.ts';
import { ConfigError } from '../../errors.ts';

/** What the config.json of the script becomes. */
export interface FromScript {
  readonly values: ReadonlyMap<SettingName, string>;
  /** In words, for the operator: what was changed on the way, and what has no place here. */
  readonly notes: readonly string[];
  /** Registered at the integration until now. */
  readonly redirect: string | undefined;
}

interface Taken {
  readonly values?: Partial<Record<SettingName, string>>;
  readonly note?: string;
  readonly redirect?: string;
}

type Take = (value: string, name: string) => Taken;

const as =
  (setting: SettingName): Take =>
  (value) => ({ values: { [setting]: value } });

/** https://docs.python.org/3/library/logging.html#logging-levels */
const levels: Readonly<Record<string, string>> = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  warn: 'warn',
  error: 'error',
  critical: 'fatal',
  fatal: 'fatal',
};

const takeLevel: Take = (value, name) => {
  const level = levels[value.toLowerCase()];
  return level === undefined
    ? { note: `${name} is no level that is known here; LOG_LEVEL stays info` }
    : { values: { LOG_LEVEL: level } };
};

const takeExpiration: Take = (value, name) => {
  const seconds = Number(value);
  if (!Number.isFinite(seconds) || seconds <= 0) return { note: `${name} is no number of seconds` };
  const minutes = Math.ceil(seconds / 60);
  const taken = Math.min(minutes, 60);
  const cut = taken < minutes ? ', the most that the contact center allows' : '';
  return {
    values: { URL_EXPIRATION_MINUTES: String(taken) },
    note: `${name} was ${seconds} seconds: URL_EXPIRATION_MINUTES is ${taken}${cut}`,
  };
};

/** `us1`, or an address of the API such as https://api.wxcc-us1.cisco.com. */
const takeRegion: Take = (value, name) => {
  const [, region = value] = /wxcc-(\w+)\.cisco\.com/i.exec(value) ?? [];
  if (/^[a-z]{2,4}\d$/i.test(region)) return { values: { WXCC_REGION: region.toLowerCase() } };
  return { note: `${name} names no region; say which one it is` };
};

const takeOrganization: Take = (value) => ({
  values: { WXCC_ORG_ID: value, ALLOWED_ORG_IDS: value },
});

const takeRedirect: Take = (value) => ({ redirect: value });

const takeScopes: Take = (_value, name) => ({
  note: `${name} is not taken over: WXCC_SCOPES is the smallest set that works`,
});

const drop: Take = (_value, name) => ({
  note: `${name} is not taken over: sign-ins are encrypted in DATA_DIR; delete tokens of the script`,
});

/** By names without case, `_` and `-`, because copies of the script spell them differently. */
const known: Readonly<Record<string, Take>> = {
  clientid: as('WEBEX_CLIENT_ID'),
  clientsecret: as('WEBEX_CLIENT_SECRET'),
  redirecturi: takeRedirect,
  redirecturl: takeRedirect,
  scope: takeScopes,
  scopes: takeScopes,
  orgid: takeOrganization,
  organizationid: takeOrganization,
  region: takeRegion,
  datacenter: takeRegion,
  baseurl: takeRegion,
  apiurl: takeRegion,
  defaultqueue: as('DEFAULT_QUEUE'),
  urlexpiration: takeExpiration,
  timezone: as('TIMEZONE'),
  loglevel: takeLevel,
  logfile: as('LOG_FILE'),
  tokenfile: drop,
  tokensfile: drop,
  accesstoken: drop,
  refreshtoken: drop,
};

/** @throws {ConfigError} it is no JSON object */
export function readScriptConfig(text: string): FromScript {
  const values = new Map<SettingName, string>();
  const notes: string[] = [];
  let redirect: string | undefined;
  for (const [path, value] of flatten(parse(text))) {
    const name = path.split('.').at(-1) ?? path;
    const take = known[name.replace(/[_\s-]/g, '').toLowerCase()];
    const taken = take?.(value, path) ?? { note: `${path} is not known here and was left out` };
    for (const [setting, given] of Object.entries(taken.values ?? {})) {
      // The keys of the table above are names of settings.
      if (given.trim() !== '') values.set(setting as SettingName, given.trim());
    }
    if (taken.note !== undefined) notes.push(taken.note);
    redirect = taken.redirect ?? redirect;
  }
  return { values, notes, redirect };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    // Editors of some systems put a byte order mark in front.
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    throw new ConfigError(['the file of the script is no JSON']);
  }
  const read = z.record(z.string(), z.unknown()).safeParse(json);
  if (!read.success) throw new ConfigError(['the file of the script holds no settings']);
  return read.data;
}

/** Sections become paths: `webex.client_id`. Lists become texts with a space between. */
function* flatten(
  members: Readonly<Record<string, unknown>>,
  above = '',
): Generator<[path: string, value: string]> {
  for (const [name, value] of Object.entries(members)) {
    const path = above + name;
    const section = z.record(z.string(), z.unknown()).safeParse(value);
    if (section.success) yield* flatten(section.data, `${path}.`);
    else if (Array.isArray(value)) yield [path, value.map(String).join(' ')];
    else yield [path, value === null ? '' : String(value)];
  }
}
