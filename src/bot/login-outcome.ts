import type { Job } from '../export/job.ts';
import type { Jobs } from '../export/jobs.ts';
import type { Log } from '../log.ts';
import type { LoginOutcome } from '../oauth/logins.ts';
import type { WebexClient } from '../webex/client.ts';
import type { LoginDesk } from './login-desk.ts';
import * as replies from './replies.ts';
import { sayInThread } from './thread.ts';

interface OutcomeDeps {
  readonly jobs: Jobs;
  readonly loginDesk: LoginDesk;
  readonly webex: WebexClient;
  readonly log: Log;
}

type Failure = Exclude<LoginOutcome['kind'], 'signed_in'>;
type Sentence = (left: replies.LeftBehind, account?: string) => string;

const sentences: Readonly<Record<Failure, Sentence>> = {
  declined: replies.loginDeclined,
  denied: replies.loginDenied,
  wrong_person: replies.wrongPerson,
  failed: replies.loginFailed,
  expired: replies.loginExpired,
};

/** Continues the job that waited for a login, or ends it with a sentence. */
export function createLoginOutcomeHandler(deps: OutcomeDeps) {
  const { jobs, loginDesk, webex, log } = deps;
  const sayDirectly = async (personId: string, sentence: string): Promise<void> => {
    await webex.postMessage({ personId }, sentence).catch((err: unknown) => {
      log.warn({ err }, 'the outcome of a login could not be told directly');
    });
  };
  return async (outcome: LoginOutcome): Promise<void> => {
    const { kind, waiting, person, personId } = outcome;
    await loginDesk.takeBack(outcome.cardId);
    const job = waiting.kind === 'job' ? jobs.find(waiting.ref) : undefined;
    log.info({ outcome: kind, ref: job?.ref }, 'a login ended');
    if (kind === 'signed_in') {
      for (const { ref } of jobs.of(person)) jobs.start(ref);
      return sayDirectly(personId, replies.signedIn(job?.ref));
    }
    const left = leftBehind(job);
    if (left.kind === 'ended') await jobs.fail(left.ref);
    await sayDirectly(personId, sentences[kind](left, outcome.otherAccount));
    if (left.kind === 'ended' && job?.order.place.roomType === 'group') {
      await sayInThread(webex, job.order, sentences[kind](left));
    }
  };
}

/** A job that had begun keeps what it collected and waits for the next attempt. */
function leftBehind(job: Job | undefined): replies.LeftBehind {
  if (!job) return { kind: 'nothing' };
  return { kind: job.hasRun ? 'waiting' : 'ended', ref: job.ref };
}
