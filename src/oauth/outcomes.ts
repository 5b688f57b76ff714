import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { Login, LoginEnding, LoginStore, Waiting } from '../store/logins.ts';
import type { PersonKey } from '../store/person-key.ts';

/** How a login ended, for those who react: resume the job, delete the card, tell the person. */
export interface LoginOutcome extends LoginEnding {
  /** As returned by `begin`. */
  readonly id: string;
  /** As given to `begin`. */
  readonly personId: string;
  readonly person: PersonKey;
  readonly waiting: Waiting;
  /** The message that held the link, where it was posted. */
  readonly cardId: string | undefined;
}

export interface Outcomes {
  /** @returns false where the login is gone, or had an outcome before: then nothing is told */
  end(login: Login, ending: LoginEnding): Promise<boolean>;
  /** Outcomes that a crash or a failure kept from being told. */
  tellAgain(): void;
  idle(): Promise<void>;
}

/** After a day nobody waits for the news any more. */
const tellForMs = 24 * 60 * 60_000;

/**
 * Writes every outcome down before it is told and forgets it afterwards, so that no job waits for a
 * login whose end was lost.
 */
export function createOutcomes(deps: {
  store: LoginStore;
  onOutcome: (outcome: LoginOutcome) => Promise<void>;
  clock: Pick<Clock, 'now'>;
  log: Log;
}): Outcomes {
  const { store, clock, log } = deps;
  const telling = new Map<string, Promise<void>>();

  const tell = async (login: Login, ending: LoginEnding): Promise<void> => {
    const { id, personId, personUuid, orgUuid, waiting } = login;
    const person = { personUuid, orgUuid };
    // As it is now: the card may have been posted after the login was read.
    const cardId = store.find(id)?.cardId;
    try {
      await deps.onOutcome({ ...ending, id, personId, person, waiting, cardId });
      await store.remove(id);
    } catch (error) {
      log.error({ login: id, err: error }, 'the outcome of a login was not taken');
    } finally {
      telling.delete(id);
    }
  };

  const startTelling = (login: Login, ending: LoginEnding): void => {
    if (!telling.has(login.id)) telling.set(login.id, tell(login, ending));
  };

  return {
    async end(login, ending) {
      if (!(await store.end(login.id, ending))) return false;
      const { kind, detail } = ending;
      log.info(
        { login: login.id, personUuid: login.personUuid, orgUuid: login.orgUuid, kind, detail },
        'login ended',
      );
      startTelling(login, ending);
      return true;
    },

    tellAgain() {
      for (const login of store.list()) {
        if (login.stage.kind !== 'ended') continue;
        if (login.expiresAtMs + tellForMs > clock.now()) startTelling(login, login.stage.ending);
        else
          telling.set(
            login.id,
            store.remove(login.id).finally(() => telling.delete(login.id)),
          );
      }
    },

    async idle() {
      await Promise.allSettled(telling.values());
    },
  };
}
