import { createDoor, type Door } from '../../src/sandbox/door.ts';
import { type Fault, playFault } from '../../src/sandbox/door-faults.ts';

/** A request as it came to the sandbox, and what became of it. */
export interface Seen {
  readonly service: Parameters<Door['middleware']>[0];
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly isUpload: boolean;
  readonly atMs: number;
  /** When the answer was out or the connection gone. */
  endedMs: number | undefined;
  fault: Fault;
}

export interface SoakDoor {
  readonly door: Door;
  /** Everything that arrived, oldest first. */
  readonly seen: readonly Seen[];
  /** Decides what goes wrong with a request, in the order of their arrival. */
  decide: (request: Seen) => Fault;
  /** Told as soon as the head of a request is here, before its fault is decided. */
  onArrival: (request: Seen) => void;
  /** Told when the last byte of an answer has been handed over, or the connection is gone. */
  onEnd: (request: Seen) => void;
}

/** A door whose faults are decided request by request, where scripts of a route would not do. */
export function createSoakDoor(): SoakDoor {
  const door = createDoor({ keep: 0 });
  const seen: Seen[] = [];
  const soak: SoakDoor = {
    door: {
      ...door,
      middleware(service) {
        const usual = door.middleware(service);
        return (request, response, next) => {
          const arrived: Seen = {
            service,
            method: request.method ?? '',
            path: (request.url ?? '/').replace(/\?.*/s, ''),
            isUpload: (request.headers['content-type'] ?? '').startsWith('multipart/'),
            atMs: Date.now(),
            endedMs: undefined,
            fault: 'pass',
          };
          seen.push(arrived);
          response.once('close', () => {
            arrived.endedMs = Date.now();
            soak.onEnd(arrived);
          });
          soak.onArrival(arrived);
          const fault = soak.decide(arrived);
          arrived.fault = fault;
          usual(request, response, () => {
            if (fault === 'pass') next();
            else if (fault.delayMs === undefined) playFault(fault, request, response, next);
            else setTimeout(() => playFault(fault, request, response, next), fault.delayMs);
          });
        };
      },
    },
    seen,
    decide: () => 'pass',
    onArrival: () => {},
    onEnd: () => {},
  };
  return soak;
}
