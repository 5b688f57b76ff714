import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ContactCenter,
  type ContactCenterDeps,
  startContactCenter,
} from './contact-center/contact-center.ts';
import { createDataset, type Dataset, type DatasetOptions } from './dataset/dataset.ts';
import { createDoor, type Door } from './door.ts';
import { findFreePort } from './listen.ts';
import type { Person } from './webex/directory.ts';
import type { ServiceOptions } from './webex/service.ts';
import { startWebex, type Webex } from './webex/webex.ts';

interface SandboxOptions {
  /** What the contact center holds; a usual year of invented conversations where nothing is said. */
  readonly dataset?: Partial<DatasetOptions>;
  readonly contactCenter?: ContactCenterDeps['options'];
  readonly webex?: Pick<ServiceOptions, 'pageCap' | 'maxFileBytes' | 'scopes'>;
  readonly door?: Door;
}

type Environment = Readonly<Record<string, string>>;

export interface Sandbox {
  readonly webex: Webex;
  readonly contactCenter: ContactCenter;
  readonly door: Door;
  readonly dataset: Dataset;
  /** Where the bot will be: its port is free and stays the same over its restarts. */
  readonly publicUrl: string;
  /** Where the bot keeps its data; gone after `close`. */
  readonly dataDir: string;
  /** Every setting the bot needs to work against this sandbox, always the same; `extra` wins. */
  botEnv(extra?: Environment): Record<string, string>;
  close(): Promise<void>;
}

/** Webex, contact center and file host on this machine, fitting each other and the bot to come. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const door = options.door ?? createDoor();
  const publicUrl = `http://127.0.0.1:${await findFreePort()}`;
  const folder = await mkdtemp(join(tmpdir(), 'wxcc-sandbox-'));
  const dataDir = join(folder, 'data');
  const webex = await startWebex({
    ...options.webex,
    door,
    redirectUris: [`${publicUrl}/oauth/callback`],
  });
  const dataset = createDataset({ nowMs: Date.now(), ...options.dataset });
  const contactCenter = await startContactCenter({
    dataset,
    door,
    authenticate: (token) => contactCenterIdentity(webex, token),
    ...(options.contactCenter && { options: options.contactCenter }),
  });
  const settings = botSettings({ webex, contactCenter, publicUrl, dataDir });
  return {
    webex,
    contactCenter,
    door,
    dataset,
    publicUrl,
    dataDir,
    botEnv: (extra = {}) => ({ ...settings, ...extra }),
    async close() {
      await Promise.all([webex.close(), contactCenter.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A token opens the contact center only as far as its person's role there goes. */
function contactCenterIdentity(webex: Webex, token: string) {
  const identity = webex.authenticate(token);
  if (!identity) return undefined;
  const { person, scopes } = identity;
  return {
    personUuid: person.uuid,
    orgUuid: person.organization.uuid,
    scopes: scopes === 'bot' || !hasRole(person) ? [] : scopes,
    expired: false,
    clientId: webex.integration.clientId,
  };
}

function hasRole({ contactCenterRole }: Person): boolean {
  return contactCenterRole !== undefined;
}

interface Parts {
  readonly webex: Webex;
  readonly contactCenter: ContactCenter;
  readonly publicUrl: string;
  readonly dataDir: string;
}

function botSettings({ webex, contactCenter, publicUrl, dataDir }: Parts): Environment {
  const { admin, secondAdmin } = webex.people;
  return {
    WEBEX_BOT_TOKEN: webex.botToken,
    WEBEX_CLIENT_ID: webex.integration.clientId,
    WEBEX_CLIENT_SECRET: webex.integration.clientSecret,
    WEBEX_WEBHOOK_SECRET: randomBytes(32).toString('hex'),
    WEBEX_API_URL: webex.apiUrl,
    WEBEX_CATALOG_URL: webex.catalogUrl,
    PUBLIC_URL: publicUrl,
    PORT: new URL(publicUrl).port,
    ADMINS: [admin.email, secondAdmin.email].join(','),
    ALLOWED_ORG_IDS: webex.organizations.home.uuid,
    CONTACT: 'the service desk',
    WXCC_REGION: 'us1',
    WXCC_API_URL: contactCenter.url,
    TRANSCRIPT_HOSTS: contactCenter.filesHost,
    STORE_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    DATA_DIR: dataDir,
  };
}
