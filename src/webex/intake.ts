import { AppError, CancelledError } from '../errors.ts';
import { ApiError } from '../http/errors.ts';
import type { Log } from '../log.ts';
import type { WebexClient } from './client.ts';
import type { Inbox, IncomingHandlers } from './incoming.ts';
import { withoutMention } from './mention.ts';
import type { Person } from './schema.ts';
import { type PendingEvent, readSubject, reasonToIgnore, type Subject } from './subject.ts';

interface IntakeDeps extends IncomingHandlers {
  readonly client: WebexClient;
  readonly log: Log;
  readonly inbox: Pick<Inbox, 'settle'>;
  readonly me: () => Promise<Person>;
  /** Resolves, once, when the handler is to run. */
  readonly dispatch: (subject: Subject) => Promise<void>;
}

export interface Intake {
  /** Handles an event in the background, once however often it is taken. */
  take(event: PendingEvent): void;
  /** Resolves when nothing is being handled. */
  idle(): Promise<void>;
}

/** What was said longer ago is answered, not run. */
export const tooOldMs = 10 * 60_000;
/** The inbox remembers durably; these only keep arrival and pick-up of the same event apart. */
const mostTaken = 10_000;

/** From a remembered id to a handler: read, look who it is, dispatch, handle, settle. */
export function createIntake(deps: IntakeDeps): Intake {
  const taken = new Set<string>();
  const running = new Set<Promise<void>>();

  const handle = async (event: PendingEvent): Promise<void> => {
    const log = deps.log.child({ event: event.kind, eventId: event.id });
    try {
      const me = await deps.me();
      const subject = await readSubject(event, deps.client);
      const reason = reasonToIgnore(subject, me);
      if (reason === undefined) {
        await deps.dispatch(subject);
        await runHandler(subject, me, log);
      } else {
        log.debug({ reason }, 'an event is ignored');
      }
    } catch (err) {
      if (isTemporary(err) || err instanceof CancelledError) {
        log.error({ err }, 'an event could not be handled and is kept for later');
        taken.delete(event.id);
        return;
      }
      const gone = err instanceof ApiError && err.status === 404;
      if (gone) log.info({ doing: err.message }, 'an event is dropped, what it was about is gone');
      else log.error({ err }, 'an event could not be read and is dropped');
    }
    await deps.inbox.settle(event.id).catch((err: unknown) => {
      log.error({ err }, 'an event could not be marked as done');
    });
  };

  const runHandler = async (subject: Subject, me: Person, log: Log): Promise<void> => {
    try {
      await callHandler(subject, me);
    } catch (err) {
      if (err instanceof CancelledError) throw err;
      log.error({ err }, 'the handler of an event failed');
    }
  };

  const callHandler = async (subject: Subject, me: Person): Promise<void> => {
    const nowMs = deps.client.now();
    const tooOld = nowMs - (subject.content.createdMs ?? nowMs) > tooOldMs;
    switch (subject.kind) {
      case 'message': {
        const { content, person, spaceTitle } = subject;
        const { id, roomId, roomType, parentId } = content;
        return deps.onMessage({
          ...{ id, roomId, roomType, parentId, person, tooOld, createdMs: content.createdMs },
          ...(spaceTitle !== undefined && { spaceTitle }),
          text: withoutMention(content, me),
        });
      }
      case 'action': {
        const { content, person } = subject;
        const { id, messageId, roomId, inputs } = content;
        const { createdMs } = content;
        return deps.onAction({ id, messageId, roomId, person, inputs, createdMs, tooOld });
      }
      case 'membership': {
        const { roomId, roomType } = subject.content;
        // A greeting long after the fact would only puzzle.
        if (tooOld) return;
        return deps.onAdded({ roomId, roomType, addedById: subject.addedById });
      }
      default:
        return subject satisfies never;
    }
  };

  return {
    take(event) {
      if (taken.has(event.id)) return;
      taken.add(event.id);
      const [oldest] = taken;
      if (taken.size > mostTaken && oldest !== undefined) taken.delete(oldest);
      const work = handle(event).finally(() => running.delete(work));
      running.add(work);
    },
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

/** Webex could not be asked: trying again later may well work. */
function isTemporary(error: unknown): boolean {
  return (
    error instanceof AppError && (error.code === 'api_unavailable' || error.code === 'rate_limited')
  );
}
