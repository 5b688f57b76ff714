import { CancelledError } from '../errors.ts';
import type { JobVoice } from '../export/jobs.ts';
import type { ExportOrder } from '../export/order.ts';
import type { JobReport } from '../export/report.ts';
import type { Log } from '../log.ts';
import type { WebexClient } from '../webex/client.ts';
import type { CardDesk } from './card-desk.ts';
import { correctCommand } from './correct-command.ts';
import { estimateCard } from './estimate-card.ts';
import type { LoginDesk } from './login-desk.ts';
import type { ProgressTeller } from './progress-teller.ts';
import * as replies from './replies.ts';
import { sayInThread } from './thread.ts';

interface VoiceDeps {
  readonly webex: WebexClient;
  readonly loginDesk: LoginDesk;
  readonly cards: CardDesk;
  readonly progress: ProgressTeller;
  readonly log: Log;
}

/**
 * Says in chat what happens to a job; a sentence that cannot be posted never ends the job. Only when the
 * bot is leaving it is an error, because then there is somebody to say it later.
 */
export function createJobVoice({ webex, loginDesk, cards, progress, log }: VoiceDeps): JobVoice {
  const say = async (order: ExportOrder, markdown: string) => {
    await sayInThread(webex, order, markdown).catch((err: unknown) => {
      if (err instanceof CancelledError) throw err;
      log.warn({ err, ref: order.ref }, 'a sentence could not be posted');
    });
  };
  return {
    askForLogin: (order, why) => loginDesk.askForJob(order, why),
    askFirst: (order, estimate, untilMs) => cards.post(estimateCard(order, estimate, untilMs)),
    unanswered: (order) => say(order, replies.calling(order, replies.unanswered(order.ref))),
    continuing: (order) => say(order, replies.continuing(order)),
    follow: (job) => progress.follow(job),
    finished: (order, report: JobReport) => {
      const corrected = correctCommand(order.command, report.corrections);
      return say(order, replies.calling(order, replies.ended(report, corrected)));
    },
  };
}
