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

const sentences = {
  signed_in: replies.signedIn,
  declined: replies.loginDeclined,
  denied: replies.loginDenied,
  wrong_person: replies.wrongPerson,
  failed: replies.loginFailed,
  expired: replies.loginExpired,
} as const satisfies Record<LoginOutcome['kind'], (ref: string | undefined) => string>;

/** Continues the job that waited for a login, or ends it with a sentence. */
export function createLoginOutcomeHandler({ jobs, loginDesk, webex, log }: OutcomeDeps) {
  return async (outcome: LoginOutcome): Promise<void> => {
    await loginDesk.takeBack(outcome.person);
    const ref = outcome.waiting.kind === 'job' ? outcome.waiting.ref : undefined;
    const job = ref === undefined ? undefined : jobs.find(ref);
    const signedIn = outcome.kind === 'signed_in';
    // A job that had begun keeps what it collected and waits for the next attempt.
    const ends = job !== undefined && !signedIn && !job.hasRun;
    const sentence = sentences[outcome.kind](ends || signedIn ? job?.ref : undefined);
    if (ends) await jobs.fail(job.ref);
    log.info({ outcome: outcome.kind, ref }, 'a login ended');
    await webex.postMessage({ personId: outcome.personId }, sentence).catch((err: unknown) => {
      log.warn({ err }, 'the outcome of a login could not be told directly');
    });
    if (ends && job.order.place.roomType === 'group') await sayInThread(webex, job.order, sentence);
    if (signedIn) for (const waiting of jobs.of(outcome.person)) jobs.start(waiting.ref);
  };
}
