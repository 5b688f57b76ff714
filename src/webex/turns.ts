import type { Log } from '../log.ts';
import type { Schedule } from './schedule.ts';
import type { Subject } from './subject.ts';

interface TurnsDeps {
  readonly schedule: Schedule;
  /** Who has not been called by then has its turn anyway. */
  readonly withinMs: number;
  readonly log: Log;
}

type Reason = 'dispatched' | 'passed over' | 'too slow';

export interface Turns {
  /** Resolves, once, when it is the turn of this one: that keeps a handler from running twice. */
  wait(subject: Subject): Promise<void>;
  /** Whoever waits under this id has its turn; nobody may. */
  call(id: string, reason: Reason): void;
  waiting(): readonly Subject[];
}

/** Events between being handed to the framework and being called by it. */
export function createTurns({ schedule, withinMs, log }: TurnsDeps): Turns {
  const waiting = new Map<string, { subject: Subject; begin: (reason: Reason) => void }>();
  const call: Turns['call'] = (id, reason) => waiting.get(id)?.begin(reason);
  return {
    call,
    waiting: () => [...waiting.values()].map(({ subject }) => subject),
    wait: (subject) =>
      new Promise((resolve) => {
        const { id } = subject.content;
        const callOff = schedule(withinMs, () => call(id, 'too slow'));
        const begin = (reason: Reason) => {
          waiting.delete(id);
          callOff();
          if (reason !== 'dispatched') {
            log.info({ eventId: id, reason }, 'handled without the framework');
          }
          resolve();
        };
        waiting.set(id, { subject, begin });
      }),
  };
}
