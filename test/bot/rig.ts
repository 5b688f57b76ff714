import { join } from 'node:path';
import { Agent, request } from 'undici';
import { onTestFinished } from 'vitest';
import { createActionHandler } from '../../src/bot/actions.ts';
import { CardDesk } from '../../src/bot/card-desk.ts';
import { createMessageHandler, type HandlerDeps } from '../../src/bot/handler.ts';
import { LoginDesk } from '../../src/bot/login-desk.ts';
import { createLoginOutcomeHandler } from '../../src/bot/login-outcome.ts';
import type { PermissionRules } from '../../src/bot/permission.ts';
import { Permissions } from '../../src/bot/permissions.ts';
import { ProgressTeller } from '../../src/bot/progress-teller.ts';
import { createScheduledRun } from '../../src/bot/scheduled-run.ts';
import { createJobVoice } from '../../src/bot/voice.ts';
import { createAccounts } from '../../src/export/accounts.ts';
import { FinishedExports } from '../../src/export/finished-exports.ts';
import type { Job } from '../../src/export/job.ts';
import { Jobs } from '../../src/export/jobs.ts';
import type { Question } from '../../src/export/question.ts';
import { createRecall } from '../../src/export/recall.ts';
import type { JobReport } from '../../src/export/report.ts';
import { Scheduler } from '../../src/export/scheduler.ts';
import { Schedules } from '../../src/export/schedules.ts';
import { createGrants, type Grants } from '../../src/oauth/grants.ts';
import { createLogins, type LoginOutcome } from '../../src/oauth/logins.ts';
import { createProtocol } from '../../src/oauth/protocol.ts';
import { createDoor } from '../../src/sandbox/door.ts';
import { loginLinkIn } from '../../src/sandbox/sign-in.ts';
import type { Person } from '../../src/sandbox/webex/directory.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { startWebex } from '../../src/sandbox/webex/webex.ts';
import { openStore } from '../../src/store/store.ts';
import { createWebexClient, fetchOwnPerson } from '../../src/webex/client.ts';
import { createTestClock } from '../helpers/clock.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { recordedLog, testVault } from '../store/fixtures.ts';

const publicUrl = new URL('http://127.0.0.1:8089');

interface RigOptions {
  /** How an export runs once there is a grant; it ends at once, having found nothing, unless it is said. */
  readonly run?: (job: Job) => Promise<JobReport | Question>;
  readonly cardPlace?: 'direct' | 'space';
  readonly rules?: Partial<PermissionRules>;
  readonly defaultQueue?: string;
}

interface Said {
  readonly person?: Person;
  readonly roomId?: string;
  readonly parentId?: string;
  readonly tooOld?: boolean;
}

type Inputs = Readonly<Record<string, unknown>>;

interface Pressing {
  readonly person?: Person;
  readonly tooOld?: boolean;
  /** Of a press that Webex has told of before. */
  readonly id?: string;
  readonly roomId?: string;
}

/** The whole of bot/ on real jobs, logins and stores in a sandboxed Webex; only time is played. */
export async function createRig(options: RigOptions = {}) {
  const door = createDoor();
  const sandbox = await startWebex({ door, redirectUris: [`${publicUrl.origin}/oauth/callback`] });
  onTestFinished(() => sandbox.close());
  const { people, organizations, space } = sandbox;
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  // Refs are drawn until one is free, which a constant would never be.
  const clock = { ...createTestClock(Date.now()), random: Math.random };
  const { log, lines } = recordedLog();
  const dir = join(await makeTempFolder(), 'data');
  const apiUrl = new URL(sandbox.apiUrl);
  const webex = createWebexClient({ apiUrl, token: sandbox.botToken, dispatcher, clock, log });
  const store = await openStore({ dir, vault: testVault(), now: clock.now, log });
  const protocol = createProtocol({
    ...{ webexUrl: apiUrl, redirectUri: new URL('/oauth/callback', publicUrl) },
    clientId: sandbox.integration.clientId,
    clientSecret: sandbox.integration.clientSecret,
    scopes: ['cjp:config_read', 'spark:people_read'],
    ...{ dispatcher, clock, log },
  });
  const grants = createGrants({ store: store.grants, protocol, clock, log });
  let handleOutcome = async (_outcome: LoginOutcome) => {};
  const logins = createLogins({
    ...{ store: store.logins, grants: store.grants, protocol, publicUrl, clock, log },
    allowedOrgIds: [organizations.home.uuid],
    fetchOwnPerson: (accessToken, signal) =>
      fetchOwnPerson({ apiUrl, dispatcher, accessToken, signal, clock }),
    onOutcome: (outcome) => handleOutcome(outcome),
  });
  const loginDesk = new LoginDesk({
    ...{ logins, webex, scopes: protocol.scopes, log },
    cardPlace: options.cardPlace ?? 'direct',
  });
  const cardDesk = new CardDesk({ store: store.cards, webex, now: clock.now, log });
  const finished = await FinishedExports.open(join(dir, 'exports.json'));
  const schedules = await Schedules.open(join(dir, 'schedules.json'));
  const permission = new Permissions(webex, {
    admins: [people.admin.email, people.secondAdmin.email],
    allowedOrgUuids: [organizations.home.uuid],
    allowedSpaceIds: [],
    ...options.rules,
  });
  const progress = new ProgressTeller({ webex, timer: () => () => {}, clock, log });
  const jobs = new Jobs({
    folder: join(dir, 'jobs'),
    voice: createJobVoice({ webex, loginDesk, cards: cardDesk, progress, log }),
    isSignedIn: async (person) => (await grants.describe(person)) !== undefined,
    finished,
    onEnded: () => scheduler.wake(),
    ...{ clock, log },
    run: async (job) => {
      await grants.accessToken(job.order.requester);
      await job.enter('running', clock.now());
      return await (options.run ?? (async (one: Job) => nothingFound(one)))(job);
    },
  });
  await jobs.load();
  onTestFinished(async () => {
    await jobs.close();
    await logins.idle();
    await store.close();
  });
  const accounts = createAccounts({ folder: join(dir, 'jobs'), finished });
  const settings = { redactionFloor: [], defaultQueue: options.defaultQueue };
  const notRun: string[] = [];
  const leaving = new AbortController();
  let nextLook: { afterMs: number; run: () => void } | undefined;
  const scheduler = new Scheduler({
    schedules,
    run: createScheduledRun({
      ...{ schedules, jobs, finished, accounts, grants, loginDesk, permission, webex, clock, log },
      ...settings,
      signal: leaving.signal,
      onNotRun: ({ ref }, _run, why) => void notRun.push(`${ref} ${why}`),
      onEnded: ({ ref }) => void notRun.push(`${ref} ended`),
    }),
    timer: (afterMs, run) => {
      nextLook = { afterMs, run };
      return () => {
        nextLook = undefined;
      };
    },
    clock,
    log,
  });
  onTestFinished(() => scheduler.close());
  const tellOutcome = createLoginOutcomeHandler({ jobs, loginDesk, webex, log });
  handleOutcome = async (outcome) => {
    await tellOutcome(outcome);
    if (outcome.kind !== 'signed_in') return;
    await schedules.noteSignedIn(outcome.person);
    scheduler.wake();
  };
  const handlerDeps: HandlerDeps = {
    ...{ webex, log, jobs, finished, grants, loginDesk, clock, schedules, cards: cardDesk },
    accounts,
    onSchedulesChanged: () => scheduler.wake(),
    recall: createRecall({ finished, jobs, webex, retentionDays: 30, clock, log }),
    rules: () => permission.rules,
    contact: undefined,
    ...settings,
    defaultZone: 'UTC',
    region: 'us1',
    contactCenterOrgUuid: undefined,
  };
  const handle = createMessageHandler(handlerDeps);
  const handleAction = createActionHandler(handlerDeps);

  const applicant = ({ uuid, organization }: Person) => ({
    personUuid: uuid,
    orgUuid: organization.uuid,
  });
  /** Approves a login that was started, and carries the answer of Webex back. */
  const comeBack = async (
    started: Awaited<ReturnType<typeof logins.start>>,
    person: Person = people.admin,
  ) => {
    if (!started) throw new Error('the login could not be started');
    sandbox.signIn.remembered = person;
    const answer = await request(started.authorizeUrl);
    await answer.body.dump();
    const parameters = new URL(String(answer.headers['location'])).searchParams;
    return await logins.callback({ parameters, cookie: started.cookie });
  };
  const cards = (): Message[] =>
    sandbox
      .spacesOf(sandbox.bot)
      .flatMap(({ id }) => sandbox.messages(id))
      .filter(({ card }) => card !== undefined);
  /** Says something and waits until it is handled. */
  const say = async (text: string, said: Said = {}): Promise<Message> => {
    const { person = people.admin, roomId = space.id, parentId, tooOld = false } = said;
    const message = sandbox.say({ person, roomId, text, ...(parentId && { parentId }) });
    await handle({
      ...{ id: message.id, roomId, roomType: message.roomType, parentId: message.parentId },
      person: await webex.person(person.id),
      ...{ text, tooOld, createdMs: message.createdMs },
      ...(message.roomType === 'group' && { spaceTitle: space.title ?? '' }),
    });
    return message;
  };

  /** Presses a button of a card, or sends what one would send, and waits until it is handled. */
  const press = async (card: Message, inputs: Inputs, as: Pressing = {}): Promise<void> => {
    const { person = people.admin, tooOld = false } = as;
    const action = sandbox.press({ person, messageId: card.id, inputs });
    await handleAction({
      ...{ id: as.id ?? action.id, messageId: action.messageId, roomId: as.roomId ?? card.roomId },
      person: await webex.person(person.id),
      ...{ inputs, tooOld, createdMs: action.createdMs },
    });
  };

  return {
    press,
    cardDesk,
    ...{
      sandbox,
      people,
      space,
      door,
      clock,
      lines,
      dir,
      jobs,
      finished,
      schedules,
      scheduler,
      permission,
      notRun,
      logins,
      loginDesk,
      webex,
      store,
    },
    grants: grants satisfies Grants as Grants,
    say,
    /** What the bot has said in the thread of this message, in plain text. */
    answersTo: ({ id, roomId }: Message): string[] =>
      textsOf(sandbox.messages(roomId).filter(({ parentId }) => parentId === id)),
    saidDirectly: (person: Person): string[] =>
      textsOf(
        sandbox
          .messages(sandbox.directSpace(person).id)
          .filter(({ author, card }) => author.id === sandbox.bot.id && card === undefined),
      ),
    cards,
    /** A grant as a login leaves it. */
    signIn: async (person: Person): Promise<void> => {
      const pair = sandbox.issueGrant(person);
      await store.grants.put(applicant(person), {
        accessToken: pair.accessToken,
        refreshToken: pair.refreshToken,
        obtainedMs: pair.issuedAtMs,
        accessExpiresMs: pair.accessExpiresAtMs,
        refreshExpiresMs: pair.refreshExpiresAtMs,
        scopes: pair.scopes,
        loginId: 'issued by the test',
        contactCenterOrgUuid: person.organization.uuid,
      });
    },
    applicant,
    /** After how long the scheduler wants to look again; nothing while it is closed. */
    nextLookMs: () => nextLook?.afterMs,
    /** It becomes that late, whatever lies between, and the timer fires; resolves when what is due has begun. */
    becomes: async (atMs: number): Promise<void> => {
      clock.advance(atMs - clock.now());
      nextLook?.run();
      await scheduler.idle();
    },
    /** The first card that is posted from now on, or that lies there already. */
    nextCard: (): Promise<Message> =>
      new Promise((resolve) => {
        const [known] = cards();
        if (known) resolve(known);
        const stop = sandbox.onMessage(({ kind, message }) => {
          if (kind !== 'created' || message.card === undefined) return;
          stop();
          resolve(message);
        });
      }),
    /** Resolves when Webex has answered so many posts, accepted or not. */
    posts: (count: number): Promise<void> =>
      new Promise((resolve) => {
        const isOver = () =>
          door.requests('POST /v1/messages').filter(({ status }) => status !== undefined).length >=
          count;
        if (isOver()) resolve();
        const stop = door.onRequest(() => {
          if (!isOver()) return;
          stop();
          resolve();
        });
      }),
    comeBack,
    /** Follows the link of a card as this person, until Webex has sent the browser back. */
    signInThrough: async (card: Message, person: Person = people.admin) =>
      comeBack(await logins.start(secretIn(card)), person),
  };
}

export type Rig = Awaited<ReturnType<typeof createRig>>;

/** What stands at the end of the link in a login card. */
export function secretIn(card: Message): string {
  return (loginLinkIn(card) ?? '').split('/').at(-1) ?? '';
}

function textsOf(messages: readonly Message[]): string[] {
  return messages.map(({ text }) => text);
}

export function nothingFound(job: Job): JobReport {
  return {
    ref: job.ref,
    outcome: 'empty',
    window: job.order.window,
    balance: undefined,
    count: { kind: 'equal', counted: 0 },
    entries: 0,
    searchBroke: undefined,
    refusedHosts: [],
    trackingIds: [],
    durationMs: 0,
    failure: undefined,
    posted: false,
  };
}
