import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { Agent } from 'undici';
import { createAudit } from './audit.ts';
import { createActionHandler } from './bot/actions.ts';
import { CardDesk } from './bot/card-desk.ts';
import { closest } from './bot/grammar/closest.ts';
import { createGreeting } from './bot/greeting.ts';
import { createMessageHandler, type HandlerDeps } from './bot/handler.ts';
import { LoginDesk } from './bot/login-desk.ts';
import { createLoginOutcomeHandler } from './bot/login-outcome.ts';
import { Permissions } from './bot/permissions.ts';
import { ProgressTeller } from './bot/progress-teller.ts';
import * as replies from './bot/replies.ts';
import { createScheduledRun } from './bot/scheduled-run.ts';
import { createJobVoice } from './bot/voice.ts';
import { type Config, contactCenterUrl, eventTransport } from './config.ts';
import { createContactCenter } from './contact-center/client.ts';
import { createTranscriptDownloads } from './contact-center/downloads.ts';
import { NotSignedInError } from './errors.ts';
import { createAccounts } from './export/accounts.ts';
import { FinishedExports } from './export/finished-exports.ts';
import { Jobs } from './export/jobs.ts';
import { LateLooks, lastLookMs } from './export/late-looks.ts';
import { buckets, outcomes } from './export/ledger.ts';
import { createRecall } from './export/recall.ts';
import { createJobRunner } from './export/run-job.ts';
import { Scheduler } from './export/scheduler.ts';
import { Schedules } from './export/schedules.ts';
import { createSpaceWatch, postsToWatch } from './export/space-watch.ts';
import { createRequestBudget } from './http/budget.ts';
import type { Clock } from './http/retry.ts';
import type { Log } from './log.ts';
import { createGrants, type Grants } from './oauth/grants.ts';
import { createLogins, type Logins } from './oauth/logins.ts';
import { createProtocol } from './oauth/protocol.ts';
import { below } from './oauth/urls.ts';
import { createApp } from './server/app.ts';
import { type ListeningServer, listen } from './server/listen.ts';
import { loginRoutes } from './server/login-pages.ts';
import { createMetrics, type Metrics } from './server/metrics.ts';
import { createMetricsApp } from './server/metrics-app.ts';
import { AuditLog } from './store/audit-log.ts';
import { lockFolder } from './store/folder-lock.ts';
import { fileNames, openStore, type Store } from './store/store.ts';
import { createVault } from './store/vault.ts';
import { createWebexClient, fetchOwnPerson } from './webex/client.ts';
import { createWebexListener } from './webex/listener.ts';
import { readOwnAccount } from './webex/own-account.ts';
import { systemSchedule } from './webex/schedule.ts';

export interface Service {
  /** Also stops the exports of those who are none any more. */
  setAdmins(admins: readonly string[]): Promise<void>;
  /** In reverse order of the start; running jobs are interrupted and continue with the next process. */
  stop(): Promise<void>;
}

interface Surroundings {
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
}

const sweepEveryMs = 5_000;

/** Why no command would be heard, for the log. */
const deaf = {
  webhook: 'the Webex webhooks are not active',
  websocket: 'the websocket to Webex is not open',
} as const satisfies Record<Config['BOT_TRANSPORT'], string>;

/**
 * How long a shutdown lets calls to Webex finish: a message that is cut off may be said twice. Together
 * with the rest this stays well below the time after which a stubborn process is killed.
 */
const graceMs = 3_000;

/** Builds all parts, connects them, and starts them; what cannot work is an error now, not later. */
export async function startService(config: Config, around: Surroundings): Promise<Service> {
  const { log, clock } = around;
  const vault = createVault(config.STORE_KEYS);
  const lock = await lockFolder(config.DATA_DIR, log);
  const store = await openStore({ dir: config.DATA_DIR, vault, now: clock.now, log });
  await renewSeals(store, log);
  // One connection pool for the APIs; transcripts have their own, without any of these headers.
  const dispatcher = new Agent({ keepAliveTimeout: 20_000, connect: { timeout: 5_000 } });
  const leaving = new AbortController();
  setMaxListeners(0, leaving.signal);
  const webex = createWebexClient({
    apiUrl: config.WEBEX_API_URL,
    token: config.WEBEX_BOT_TOKEN,
    dispatcher,
    clock,
    signal: leaving.signal,
    log,
  });
  const downloads = createTranscriptDownloads({
    allowedHosts: config.TRANSCRIPT_HOSTS,
    clock,
    log,
  });
  const permission = new Permissions(webex, {
    admins: config.ADMINS,
    allowedOrgUuids: config.ALLOWED_ORG_IDS,
    allowedSpaceIds: config.ALLOWED_SPACES ?? [],
  });
  const { grants, logins, protocolScopes, onOutcome } = createOauth(config, {
    ...around,
    store,
    dispatcher,
  });
  const loginDesk = new LoginDesk({
    logins,
    webex,
    scopes: protocolScopes,
    cardPlace: config.LOGIN_CARD,
    log,
  });
  const cards = new CardDesk({ store: store.cards, webex, now: clock.now, log });
  const me = await readOwnAccount(webex);
  const budget = createRequestBudget({
    limit: config.WXCC_REQUESTS_PER_MINUTE,
    clock,
    memory: store.budgetNotes,
  });
  let stopping = false;
  const notReady = () => {
    if (stopping) return 'shutting down';
    return listener.ready ? undefined : deaf[config.BOT_TRANSPORT];
  };
  const metrics = createMetrics({
    outcomes,
    buckets,
    budget: () => budget.state(),
    openJobs: () => jobs.open().map(({ state, order }) => ({ state, ...order })),
    grantEndsMs: () => store.grants.endsMs(),
    eventsActive: () => listener.state.events?.active === true,
    lastEventMs: () => listener.state.lastEventMs,
    ready: () => notReady() === undefined,
    now: clock.now,
  });
  const auditLog = await AuditLog.open({
    dir: config.DATA_DIR,
    keys: config.STORE_KEYS,
    now: clock.now,
    log,
  });
  const audit = createAudit(auditLog);
  const finished = await FinishedExports.open(join(config.DATA_DIR, fileNames.exports));
  const schedules = await Schedules.open(join(config.DATA_DIR, fileNames.schedules));
  const spaceRules = {
    allowedOrgUuids: config.ALLOWED_ORG_IDS,
    allowedBots: config.ALLOWED_BOTS ?? [],
    ownPersonUuid: me.uuid,
  };
  const spaceWatch = createSpaceWatch({
    webex,
    rules: spaceRules,
    tell: async ({ ref, requester, place }) => {
      const sentence = replies.outsiderJoined({ ref, title: place.title });
      await webex.postMessage({ personId: requester.personId }, sentence);
    },
    clock,
    signal: leaving.signal,
    log,
  });
  const addsLate = config.LATE_TRANSCRIPTS === 'on';
  const jobsFolder = join(config.DATA_DIR, 'jobs');
  const accounts = createAccounts({ folder: jobsFolder, finished });
  const closeCards = (ref: string) => {
    cards.closeAbout(ref).catch((err: unknown) => {
      log.warn({ err, ref }, 'the cards about an export that has ended could not be removed');
    });
  };
  const progress = new ProgressTeller({ webex, timer: systemSchedule, clock, log });
  const jobs = new Jobs({
    folder: jobsFolder,
    voice: createJobVoice({ webex, loginDesk, cards, progress, log }),
    isSignedIn: async (person) => (await grants.describe(person)) !== undefined,
    finished,
    onAccepted: (order) => audit.ordered(order),
    onEnded: (order, report) => {
      // What an addendum did not look at is counted with its export; a look that brought nothing is no export.
      if (order.lateLook === undefined || report.posted) {
        metrics.jobEnded({ ...report, balance: report.addendum?.balance ?? report.balance });
      }
      audit.ended(order, report);
      // Whose export is over has a free place for what was due meanwhile.
      scheduler.wake();
      lateLooks.wake();
      closeCards(order.ref);
    },
    clock,
    log,
    run: createJobRunner({
      contactCenter: createContactCenter({
        baseUrl: contactCenterUrl(config),
        dispatcher,
        budget,
        clock,
        log,
      }),
      budget,
      othersRunning: (than) =>
        jobs
          .open()
          .filter((job) => job !== than && job.state === 'running')
          .map(({ progress }) => progress),
      downloads,
      webex,
      vault,
      accessToken: (requester, refused) => grants.accessToken(requester, refused),
      contactCenterOrgUuid: async (requester) => {
        const org = config.WXCC_ORG_ID ?? (await grants.describe(requester))?.contactCenterOrgUuid;
        if (org === undefined) throw new NotSignedInError('no grant', 'Please sign in again.');
        return org;
      },
      isAllowed: ({ requester, place }) => permission.stillHolds(requester.personId, place),
      closest,
      accounts,
      defaultQueue: config.DEFAULT_QUEUE,
      urlExpirationMinutes: config.URL_EXPIRATION_MINUTES,
      uploadLimitBytes: config.UPLOAD_LIMIT_MB * 1_000_000,
      spaceRules,
      redactionFloor: config.REDACTION_FLOOR ?? [],
      phoneCountries: config.PHONE_COUNTRIES ?? [],
      words: {
        caption: (report, part, at) => {
          const lateUntilMs = addsLate ? lastLookMs(clock.now()) : undefined;
          return replies.caption({ ...report, lateUntilMs }, part, at);
        },
        sentDirectly: replies.movedToDirect,
      },
      onPosted: (order, post) => {
        audit.delivered(order, post);
        if (post.place === 'space') spaceWatch.watch({ order, postedMs: post.atMs });
      },
      version: around.version,
      clock,
      log,
    }),
  });
  await jobs.load();
  await audit.catchUp(finished.list(), jobs.open());
  const ownSettings = {
    defaultQueue: config.DEFAULT_QUEUE,
    redactionFloor: config.REDACTION_FLOOR ?? [],
  };
  const scheduler = new Scheduler({
    schedules,
    run: createScheduledRun({
      ...{ schedules, jobs, finished, accounts, grants, loginDesk, permission, webex, clock, log },
      signal: leaving.signal,
      ...ownSettings,
      onNotRun: audit.notRun,
      onEnded: (schedule) => audit.unscheduled(schedule),
    }),
    timer: systemSchedule,
    clock,
    log,
  });
  const lateLooks = new LateLooks({
    ...{ finished, jobs, accounts, webex, clock, log },
    isSignedIn: async (person) => (await grants.describe(person)) !== undefined,
    timer: systemSchedule,
  });
  const handleOutcome = createLoginOutcomeHandler({ jobs, loginDesk, webex, log });
  onOutcome.handler = async (outcome) => {
    audit.login(outcome);
    await handleOutcome(outcome);
    if (outcome.kind !== 'signed_in') return;
    await schedules.noteSignedIn(outcome.person);
    scheduler.wake();
  };
  const recall = createRecall({
    ...{ finished, jobs, webex, clock, log },
    retentionDays: config.RETENTION_DAYS,
    onRemoved: audit.removed,
  });
  const auditDays = Math.max(config.AUDIT_RETENTION_DAYS, config.RETENTION_DAYS);

  const handlerDeps: HandlerDeps = {
    webex,
    rules: () => permission.rules,
    contact: config.CONTACT,
    onRefused: audit.refused,
    onRecalled: audit.recalled,
    onLoggedOut: audit.loggedOut,
    ...{ finished, accounts, recall, schedules },
    onScheduled: audit.scheduled,
    onUnscheduled: audit.unscheduled,
    onSchedulesChanged: () => scheduler.wake(),
    ...ownSettings,
    log,
    jobs,
    grants,
    loginDesk,
    cards,
    clock,
    defaultZone: config.TIMEZONE,
    region: config.WXCC_REGION,
    contactCenterOrgUuid: config.WXCC_ORG_ID,
  };
  const events = eventTransport(config);
  const listener = createWebexListener({
    client: webex,
    publicUrl: config.PUBLIC_URL,
    transport: events.kind === 'websocket' ? { ...events, dispatcher } : events,
    inbox: store.inbox,
    log,
    clock,
    onMessage: createMessageHandler(handlerDeps),
    onAction: createActionHandler(handlerDeps),
    onJoined: ({ roomId }) => spaceWatch.lookAt(roomId),
    onAdded: createGreeting({
      webex,
      rules: () => permission.rules,
      contact: config.CONTACT,
      log,
    }),
  });
  const server = await listen(
    createApp({
      listener: events.kind === 'webhook' ? listener : undefined,
      loginRoutes: loginRoutes({
        logins,
        publicUrl: config.PUBLIC_URL,
        webexUrl: config.WEBEX_API_URL,
        log,
      }),
      notReady,
      trustProxy: config.TRUST_PROXY,
      https: config.PUBLIC_URL.protocol === 'https:',
      log,
    }),
    { host: config.HOST, port: config.PORT },
  );
  log.info({ host: config.HOST, port: config.PORT }, 'the server listens');
  const metricsServer = await serveMetrics(config, metrics, log);
  await listener.start();
  for (const post of postsToWatch([...finished.list(), ...jobs.open()], clock.now())) {
    spaceWatch.watch(post);
  }
  if (!addsLate) {
    for (const { ref, isLateLook } of jobs.open()) if (isLateLook) await jobs.cancel(ref);
  }
  await jobs.continueAll();
  scheduler.start();
  if (addsLate) lateLooks.start();
  const stopForbidden = async (): Promise<void> => {
    await Promise.all(
      jobs.open().map(async ({ ref, order }) => {
        if (await permission.outlivesRules(order)) return;
        log.warn({ ref }, 'an export is stopped, its person is no administrator any more');
        await jobs.forbid(ref);
      }),
    );
  };
  const sweeper = sweepRegularly(
    [
      () => logins.sweep(),
      () => cards.sweep(),
      () => jobs.sweep(),
      () => recall.sweep(),
      () => auditLog.prune(auditDays),
    ],
    log,
  );

  return {
    async setAdmins(admins) {
      permission.setAdmins(admins);
      audit.adminsChanged(admins);
      await stopForbidden();
    },
    async stop() {
      stopping = true;
      sweeper.stop();
      const grace = setTimeout(() => leaving.abort(), graceMs);
      jobs.interrupt();
      await listener.close();
      await scheduler.close();
      await lateLooks.close();
      await jobs.close();
      await progress.idle();
      await logins.idle();
      await server.close();
      await metricsServer?.close();
      metrics.close();
      await downloads.close();
      await closeWithin(dispatcher, graceMs);
      await finished.idle();
      await schedules.idle();
      await auditLog.close();
      await store.close();
      await lock.release();
      clearTimeout(grace);
    },
  };
}

/** A restart with a new key in front is all it takes; should the disk refuse, the older one does as well. */
async function renewSeals({ grants, logins }: Store, log: Log): Promise<void> {
  try {
    await grants.renewSeals();
    await logins.renewSeals();
  } catch (err) {
    log.error({ err }, 'some records are still sealed with an older key');
  }
}

async function serveMetrics(
  { METRICS_HOST: host, METRICS_PORT: port }: Config,
  metrics: Metrics,
  log: Log,
): Promise<ListeningServer | undefined> {
  if (port === undefined) return undefined;
  const settings = { host: 'METRICS_HOST', port: 'METRICS_PORT' };
  const server = await listen(createMetricsApp({ metrics, log }), { host, port, settings });
  log.info({ host, port }, 'the metrics can be read');
  return server;
}

/** The outcome handler needs the jobs, which need the grants: it is put in once the jobs exist. */
interface OutcomeSocket {
  handler: ReturnType<typeof createLoginOutcomeHandler>;
}

function createOauth(
  config: Config,
  deps: Surroundings & { store: Store; dispatcher: Agent },
): { grants: Grants; logins: Logins; protocolScopes: readonly string[]; onOutcome: OutcomeSocket } {
  const { store, dispatcher, clock, log } = deps;
  const protocol = createProtocol({
    webexUrl: config.WEBEX_API_URL,
    clientId: config.WEBEX_CLIENT_ID,
    clientSecret: config.WEBEX_CLIENT_SECRET,
    redirectUri: below(config.PUBLIC_URL, '/oauth/callback'),
    scopes: config.WXCC_SCOPES,
    dispatcher,
    clock,
    log,
  });
  const grants = createGrants({ store: store.grants, protocol, clock, log });
  const onOutcome: OutcomeSocket = {
    handler: async () => {
      throw new Error('a login ended before the jobs were loaded');
    },
  };
  const logins = createLogins({
    store: store.logins,
    grants: store.grants,
    protocol,
    publicUrl: config.PUBLIC_URL,
    allowedOrgIds: config.ALLOWED_ORG_IDS,
    fetchOwnPerson: (accessToken, signal) =>
      fetchOwnPerson({ apiUrl: config.WEBEX_API_URL, dispatcher, accessToken, signal, clock }),
    onOutcome: (outcome) => onOutcome.handler(outcome),
    clock,
    log,
  });
  return { grants, logins, protocolScopes: protocol.scopes, onOutcome };
}

/** What still waits for an answer by then is given up, a renewal of a grant for instance. */
async function closeWithin(dispatcher: Agent, ms: number): Promise<void> {
  const timer = setTimeout(() => void dispatcher.destroy(), ms);
  await dispatcher.close();
  clearTimeout(timer);
}

function sweepRegularly(tasks: readonly (() => Promise<void>)[], log: Log): { stop(): void } {
  let running = false;
  const sweep = async () => {
    if (running) return;
    running = true;
    for (const task of tasks) {
      await task().catch((err: unknown) => log.error({ err }, 'a regular clean-up failed'));
    }
    running = false;
  };
  const timer = setInterval(() => void sweep(), sweepEveryMs);
  timer.unref();
  void sweep();
  return { stop: () => clearInterval(timer) };
}
