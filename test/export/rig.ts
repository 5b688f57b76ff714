import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Agent } from 'undici';
import { onTestFinished } from 'vitest';
import { closest } from '../../src/bot/grammar/closest.ts';
import * as replies from '../../src/bot/replies.ts';
import { type Caller, createContactCenter } from '../../src/contact-center/client.ts';
import {
  createTranscriptDownloads,
  type DownloadLimits,
} from '../../src/contact-center/downloads.ts';
import { CancelledError } from '../../src/errors.ts';
import { createAccounts } from '../../src/export/accounts.ts';
import { type CollectDeps, collect } from '../../src/export/collect.ts';
import type { Estimate } from '../../src/export/estimate.ts';
import { FinishedExports } from '../../src/export/finished-exports.ts';
import type { Job } from '../../src/export/job.ts';
import { Jobs, type JobVoice } from '../../src/export/jobs.ts';
import { Journal, readJournal } from '../../src/export/journal.ts';
import { Ledger, type Settlement } from '../../src/export/ledger.ts';
import type { ExportOrder } from '../../src/export/order.ts';
import { Recorder } from '../../src/export/recorder.ts';
import type { JobReport } from '../../src/export/report.ts';
import { createJobRunner, type RunnerDeps } from '../../src/export/run-job.ts';
import { Spool } from '../../src/export/spool.ts';
import { createRequestBudget } from '../../src/http/budget.ts';
import { createRetryBudget } from '../../src/http/retry-budget.ts';
import {
  type ContactCenterDeps,
  startContactCenter,
} from '../../src/sandbox/contact-center/contact-center.ts';
import { createDataset, type DatasetOptions } from '../../src/sandbox/dataset/dataset.ts';
import { createDoor } from '../../src/sandbox/door.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { startWebex } from '../../src/sandbox/webex/webex.ts';
import { createVault } from '../../src/store/vault.ts';
import { createWebexClient } from '../../src/webex/client.ts';
import { silent } from '../contact-center/fake.ts';
import { createTestClock } from '../helpers/clock.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { createRandom, dayMs, nowMs, orderWith } from './orders.ts';

export interface RigOptions {
  readonly dataset?: Partial<DatasetOptions>;
  readonly contactCenter?: ContactCenterDeps['options'];
  readonly authenticate?: ContactCenterDeps['authenticate'];
  readonly limits?: Partial<DownloadLimits>;
  /** Deadline of one call of the contact center. */
  readonly callMs?: number;
  readonly uploadMs?: number;
  readonly runner?: Partial<RunnerDeps>;
  readonly voice?: Partial<JobVoice>;
}

/**
 * The whole of export/ against the real sandbox: a contact center with its files and a Webex, each on its
 * own port. Only time is played: pauses between attempts take none.
 */
export async function startRig(options: RigOptions = {}) {
  const door = createDoor();
  const dataset = createDataset({ nowMs, days: 7, count: 40, ...options.dataset });
  const webex = await startWebex({ door, redirectUris: [], now: () => nowMs });
  const { admin } = webex.people;
  const orgId = webex.organizations.home.uuid;
  const identity = { personUuid: admin.uuid, orgUuid: orgId, scopes: ['cjp:config_read'] };
  const sandbox = await startContactCenter({
    dataset,
    door,
    authenticate: options.authenticate ?? (() => ({ ...identity, expired: false })),
    nowMs: () => nowMs,
    options: { requestsPerMinute: Number.POSITIVE_INFINITY, ...options.contactCenter },
  });
  const testClock = createTestClock(nowMs);
  // Whole milliseconds, as the system's clock has them.
  const now = () => Math.ceil(testClock.now());
  let onSleep = (_ms: number) => {};
  const clock = {
    ...testClock,
    now,
    random: createRandom(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      onSleep(ms);
      await testClock.sleep(ms, signal);
    },
  };
  const dispatcher = new Agent();
  const budget = createRequestBudget({ limit: 100_000, clock });
  const contactCenter = createContactCenter({
    baseUrl: new URL(sandbox.url),
    dispatcher,
    budget,
    clock,
    log: silent,
    ...(options.callMs !== undefined && { timeoutMs: options.callMs }),
  });
  const downloads = createTranscriptDownloads({
    allowedHosts: [sandbox.filesHost],
    clock,
    log: silent,
    ...(options.limits && { limits: options.limits }),
  });
  const client = createWebexClient({
    apiUrl: new URL(webex.apiUrl),
    token: webex.botToken,
    dispatcher,
    clock,
    log: silent,
    timeouts: { callMs: 5_000, uploadMs: options.uploadMs ?? 5_000 },
  });
  onTestFinished(async () => {
    await Promise.all([dispatcher.destroy(), downloads.close(), sandbox.close(), webex.close()]);
  });
  const folder = join(await makeTempFolder(), 'jobs');
  const vault = createVault([{ kid: 'k1', key: randomBytes(32) }]);
  const caller: Caller = { owner: 'E7K2', orgId, accessToken: async () => 'token' };
  const command = webex.say({ person: admin, text: 'export last 7 days' });
  const said: string[] = [];
  const reports: JobReport[] = [];
  const estimates: Estimate[] = [];

  const orderOfAdmin = (more: Parameters<typeof orderWith>[0] = {}) =>
    orderWith({
      requester: {
        personId: admin.id,
        personUuid: admin.uuid,
        orgUuid: orgId,
        displayName: admin.displayName,
        email: admin.email,
      },
      place: {
        roomId: webex.space.id,
        roomType: 'group',
        parentId: command.id,
        messageId: command.id,
        title: webex.space.title,
      },
      ...more,
    });

  const runnerDeps: Omit<RunnerDeps, 'accounts'> = {
    contactCenter,
    budget,
    othersRunning: () => [],
    downloads,
    webex: client,
    vault,
    accessToken: async () => 'token',
    contactCenterOrgUuid: async () => orgId,
    isAllowed: async () => true,
    closest,
    defaultQueue: undefined,
    urlExpirationMinutes: 60,
    uploadLimitBytes: 100_000_000,
    spaceRules: {
      allowedOrgUuids: [orgId],
      allowedBots: [],
      ownPersonUuid: webex.bot.uuid,
    },
    words: {
      caption: (report, _part, { order }) => replies.finished(report, order.format),
      sentDirectly: replies.movedToDirect,
    },
    redactionFloor: [],
    phoneCountries: [],
    version: '0.0.0',
    clock,
    log: silent,
    ...options.runner,
  };
  const voice: JobVoice = {
    askForLogin: async (_order, why) => void said.push(`sign in: ${why}`),
    askFirst: async ({ ref }, estimate) => {
      said.push(`shall ${ref} run`);
      estimates.push(estimate);
    },
    unanswered: async ({ ref }) => void said.push(`nobody answered about ${ref}`),
    follow: () => () => {},
    continuing: async ({ ref }) => void said.push(`continuing ${ref}`),
    finished: async (_order, report) => void said.push(replies.finished(report)),
    ...options.voice,
  };

  /** Opens the folder anew, as a restart does. */
  const openJobs = async (
    more: Partial<ConstructorParameters<typeof Jobs>[0]> = {},
  ): Promise<Jobs> => {
    // Empty each time: tests that cut a journal back mean that the job has not ended.
    const finished =
      more.finished ?? (await FinishedExports.open(join(await makeTempFolder(), 'exports.json')));
    const run = createJobRunner({ accounts: createAccounts({ folder, finished }), ...runnerDeps });
    const jobs = new Jobs({
      folder,
      voice,
      isSignedIn: async () => true,
      finished,
      clock,
      log: silent,
      run: async (job: Job) => {
        const result = await run(job);
        if ('outcome' in result) reports.push(result);
        return result;
      },
      ...more,
    });
    await jobs.load();
    onTestFinished(() => jobs.close());
    return jobs;
  };

  return {
    door,
    dataset,
    webex,
    contactCenter,
    downloads,
    client,
    caller,
    clock,
    folder,
    vault,
    command,
    filesHost: sandbox.filesHost,
    said,
    reports,
    estimates,
    /** Called whenever somebody begins to wait. */
    beforeSleep: (listener: (ms: number) => void) => {
      onSleep = listener;
    },
    orderOfAdmin,
    openJobs,
    /** Workbooks in the space and in the direct space of the admin, oldest first. */
    files: (): Message[] =>
      [webex.space, webex.directSpace(admin)]
        .flatMap(({ id }) => webex.messages(id))
        .filter(({ file }) => file !== undefined),
  };
}

export type Rig = Awaited<ReturnType<typeof startRig>>;

/** Runs one export from the order to its end, whatever is asked on the way. */
export async function runExport(rig: Rig, order: Partial<ExportOrder> = {}): Promise<Job> {
  const jobs = await rig.openJobs();
  const job = await jobs.accept(rig.orderOfAdmin(order));
  jobs.start(job.ref);
  await jobs.idle();
  if (job.waitsForAnswer) {
    await jobs.answer(job.ref, { toMe: false });
    jobs.start(job.ref);
    await jobs.idle();
  }
  return job;
}

/** A job's search, captures and downloads alone, from a journal that is empty or given. */
export async function startCollecting(
  rig: Rig,
  more: Partial<Pick<CollectDeps, 'query' | 'pieces' | 'searchFrom' | 'ledger' | 'opened'>> = {},
) {
  const folder = await makeTempFolder();
  const journal = await Journal.open(join(folder, 'journal.ndjson'));
  const spool = await Spool.open(folder, rig.vault, 'E7K2');
  onTestFinished(async () => {
    await Promise.all([journal.close(), spool.close()]);
  });
  const stopping = new AbortController();
  const ledger = more.ledger ?? new Ledger();
  const deps: CollectDeps = {
    contactCenter: rig.contactCenter,
    caller: { ...rig.caller, signal: stopping.signal },
    downloads: rig.downloads,
    storageRetries: createRetryBudget({
      clock: rig.clock,
      signal: stopping.signal,
      onWait: () => {},
      log: silent,
    }),
    urlExpirationMinutes: 60,
    holdsWanted: () => true,
    query: { by: 'created', channel: 'chat', queueIds: [] },
    pieces: [{ fromMs: nowMs - 7 * dayMs, toMs: nowMs }],
    ledger,
    recorder: new Recorder({ spool, journal, ledger }),
    spool,
    journal,
    signal: stopping.signal,
    log: silent,
    unfinished: async function* () {},
    searchFrom: { piece: 0, cursor: undefined },
    ...more,
  };
  return {
    stop: () => stopping.abort(new CancelledError()),
    collect: () => collect(deps),
    ledger,
    records: () => readJournal(join(folder, 'journal.ndjson')),
  };
}

/** What became of each conversation, as far as it is settled. */
export function settledIn(ledger: Ledger): Map<string, Settlement> {
  return new Map(ledger.settlements().map((settlement) => [settlement.id, settlement]));
}
