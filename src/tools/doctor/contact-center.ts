import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, contactCenterUrl } from '../../config.ts';
import { queryCaptures } from '../../contact-center/captures.ts';
import {
  type Caller,
  type ContactCenter,
  createContactCenter,
} from '../../contact-center/client.ts';
import { searchTasks } from '../../contact-center/search.ts';
import { isTranscriptHost } from '../../contact-center/transcript-hosts.ts';
import { NotSignedInError } from '../../errors.ts';
import { createRequestBudget } from '../../http/budget.ts';
import { ApiError, UnreachableError } from '../../http/errors.ts';
import { createLinkGuard, HostRefusedError } from '../../http/link-guard.ts';
import { defaultRetryPolicy, systemClock } from '../../http/retry.ts';
import { createLog } from '../../log.ts';
import { type Grant, GrantStore } from '../../store/grants.ts';
import { fileNames } from '../../store/store.ts';
import { createVault } from '../../store/vault.ts';
import { bad, type Finding, ok, skipped } from './finding.ts';
import type { Surroundings } from './surroundings.ts';

const dayMs = 86_400_000;

/**
 * What only a sign-in can open: search, captures, and where their links lead. A grant is used as it lies
 * there and never renewed, which would take it away from a bot that runs.
 */
export async function checkContactCenter(
  config: Config,
  { dispatcher }: Surroundings,
): Promise<Finding[]> {
  const nobody = skipped('sign-in', 'nobody has signed in yet: send the bot login');
  if (!(await stat(config.DATA_DIR).catch(() => undefined))) return [nobody];
  const log = createLog({ level: 'fatal' });
  const store = await GrantStore.open(join(config.DATA_DIR, fileNames.grants), {
    vault: createVault(config.STORE_KEYS),
    log,
    isOthers: true,
  });
  const grants = store.list().map((person) => store.get(person));
  const grant = grants.find(isGood)?.grant;
  if (!grant) {
    const expired =
      'no sign-in is valid at this moment: the bot renews one when it needs it, or send it login';
    return [grants.length === 0 ? nobody : skipped('sign-in', expired)];
  }
  const missing = config.WXCC_SCOPES.filter((scope) => !grant.scopes.includes(scope));
  if (missing.length > 0) {
    return [
      bad(
        'sign-in',
        `it lacks ${missing.join(', ')}`,
        'Tick these scopes for the integration, then send the bot logout and login.',
      ),
    ];
  }
  const contactCenter = createContactCenter({
    baseUrl: contactCenterUrl(config),
    dispatcher,
    budget: createRequestBudget({ limit: config.WXCC_REQUESTS_PER_MINUTE, clock: systemClock }),
    clock: systemClock,
    log,
    policy: { ...defaultRetryPolicy, attempts: 1, maxRetryAfterMs: 0 },
    timeoutMs: 15_000,
  });
  const caller: Caller = {
    owner: 'doctor',
    orgId: config.WXCC_ORG_ID ?? grant.contactCenterOrgUuid,
    accessToken: async (refused) => {
      if (refused === undefined) return grant.accessToken;
      throw new NotSignedInError('the doctor renews no grant', 'The sign-in was refused.');
    },
  };
  return [
    ok('sign-in', `one of ${grants.length} is used as it lies there`),
    ...(await look(config, contactCenter, caller)),
  ];
}

function isGood(stored: { grant: Grant; needsLogin: boolean } | undefined): boolean {
  return (
    stored !== undefined && !stored.needsLogin && stored.grant.accessExpiresMs > Date.now() + 60_000
  );
}

async function look(
  config: Config,
  contactCenter: ContactCenter,
  caller: Caller,
): Promise<Finding[]> {
  const region = `region ${config.WXCC_REGION}, organization ${caller.orgId}`;
  let ids: string[];
  try {
    ids = await someTasks(contactCenter, caller);
  } catch (error) {
    return [refusal('search', error, region)];
  }
  const found = ok('search', `${region}: the last 30 days can be searched`);
  if (ids.length === 0)
    return [found, skipped('captures', 'there is no live chat of the last 30 days')];
  try {
    const { links } = await queryCaptures(
      contactCenter,
      caller,
      ids,
      config.URL_EXPIRATION_MINUTES,
    );
    const urls = [...links.values()]
      .flat()
      .map(({ url }) => url)
      .filter((url) => url !== '');
    const asked = ok('captures', `asked for ${ids.length} conversations`);
    const [first] = urls;
    if (first === undefined)
      return [found, asked, skipped('transcript host', 'none of them has a transcript')];
    return [found, asked, checkHost(config, first)];
  } catch (error) {
    return [found, refusal('captures', error, region)];
  }
}

/** Ended ones, whose transcripts may be there. */
async function someTasks(contactCenter: ContactCenter, caller: Caller): Promise<string[]> {
  const nowMs = Date.now();
  const window = {
    fromMs: nowMs - 30 * dayMs,
    toMs: nowMs,
    by: 'created',
    channel: 'chat',
  } as const;
  for await (const { tasks } of searchTasks(contactCenter, caller, window)) {
    return tasks
      .filter(({ isActive }) => !isActive)
      .slice(0, 10)
      .map(({ id }) => id);
  }
  return [];
}

/** By the very rules of the downloads, without following the link. */
function checkHost({ TRANSCRIPT_HOSTS: listed }: Config, link: string): Finding {
  const check = 'transcript host';
  const guard = createLinkGuard({
    listed,
    isTrusted: isTranscriptHost,
    setting: 'TRANSCRIPT_HOSTS',
  });
  try {
    return ok(check, `${guard.check(link).host} is allowed`);
  } catch (error) {
    if (!(error instanceof HostRefusedError)) throw error;
    return bad(
      check,
      `${error.host ?? 'the host'} is not allowed`,
      error.settingLine === undefined
        ? 'Links must be https, or TRANSCRIPT_HOSTS must list the loopback host.'
        : `Set ${error.settingLine}, if that host is right.`,
    );
  }
}

function refusal(check: string, error: unknown, region: string): Finding {
  if (error instanceof UnreachableError) {
    return bad(
      check,
      `the contact center cannot be reached (${region})`,
      'Look at WXCC_REGION, DNS and firewall.',
    );
  }
  if (error instanceof NotSignedInError) {
    return bad(
      check,
      `the contact center refuses the sign-in (${region})`,
      'Is WXCC_REGION the one of the tenant? Otherwise send the bot logout and login.',
    );
  }
  if (error instanceof ApiError && error.status === 403) {
    return bad(
      check,
      `refused with 403 (${region})`,
      'The account needs the administrator or supervisor role in the contact center; WXCC_ORG_ID and WXCC_REGION must be its own.',
    );
  }
  const status = error instanceof ApiError ? `answered ${error.status}` : 'gave no usable answer';
  return bad(
    check,
    `the contact center ${status} (${region})`,
    'Try again in a few minutes; look at WXCC_REGION.',
  );
}
