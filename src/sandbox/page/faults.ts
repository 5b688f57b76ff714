import type { ContactCenter } from '../contact-center/contact-center.ts';
import type { Door } from '../door.ts';
import type { FaultyAnswer } from '../door-faults.ts';
import type { Webex } from '../webex/webex.ts';

interface FaultView {
  readonly id: string;
  readonly title: string;
  /** What it does and what to watch for. */
  readonly text: string;
  /** Played once, or on until it is switched off. */
  readonly kind: 'once' | 'switch';
  readonly isOn: boolean;
  /** How many answers of a fault that was played are still to come. */
  readonly left: number;
}

export interface Faults {
  list(): FaultView[];
  /** @returns false where there is no such fault */
  play(id: string, on: boolean): boolean;
  /** @returns the function that ends it */
  onChange(listener: () => void): () => void;
}

export interface FaultsDeps {
  readonly door: Door;
  readonly webex: Webex;
  readonly contactCenter: Pick<ContactCenter, 'expireLinks'>;
  /** What an answer of the contact center takes when nothing is wrong. */
  readonly usualLatencyMs: number;
}

interface Part extends Omit<FaultView, 'isOn' | 'left'> {
  readonly isOn?: () => boolean;
  readonly left?: () => number;
  readonly play: (on: boolean) => void;
}

const slowMs = 3_000;
const waitSeconds = 5;
const refusals = 2;
const missingFiles = 8;

/** What can go wrong around the bot at the press of a button. */
export function createFaults(deps: FaultsDeps): Faults {
  const { door, webex, contactCenter, usualLatencyMs } = deps;
  const { outsider } = webex.people;
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  let isSlow = false;

  /** Counts down as the answers are given. */
  const script = (route: string, count: number, answer: FaultyAnswer) => {
    let left = 0;
    const until = async () => {
      left--;
      changed();
    };
    return {
      left: () => left,
      play: () => {
        left = count;
        door.script(
          route,
          Array.from({ length: count }, () => ({ ...answer, until })),
        );
      },
    };
  };

  const parts: readonly Part[] = [
    {
      id: 'rate-limit',
      title: 'Rate limit',
      text: `The next ${refusals} questions for transcripts are refused with 429: wait ${waitSeconds} seconds.`,
      kind: 'once',
      ...script('POST /v1/captures/query', refusals, {
        status: 429,
        headers: { 'retry-after': String(waitSeconds) },
        body: '{"message":"Too many requests"}',
      }),
    },
    {
      id: 'slow',
      title: 'Slow contact center',
      text: `Every answer takes ${slowMs / 1_000} seconds.`,
      kind: 'switch',
      isOn: () => isSlow,
      play: (on) => {
        isSlow = on;
        door.latency('contact-center', on ? slowMs : usualLatencyMs);
      },
    },
    {
      id: 'expired-links',
      title: 'Expired links',
      text: 'Every download link given out so far stops working at this moment.',
      kind: 'once',
      play: () => contactCenter.expireLinks(),
    },
    {
      id: 'missing-transcripts',
      title: 'Missing transcripts',
      text: `The storage has lost the next ${missingFiles} transcripts: 404.`,
      kind: 'once',
      ...script('GET /files/:id', missingFiles, {
        status: 404,
        headers: { 'content-type': 'application/xml' },
        body: '<Error><Code>NoSuchKey</Code></Error>',
      }),
    },
    {
      id: 'outsider',
      title: 'Somebody from outside',
      text: `${outsider.displayName} of ${outsider.organization.name} is in the space ${webex.space.title}.`,
      kind: 'switch',
      isOn: () => webex.isMember(webex.space.id, outsider),
      play: (on) => {
        if (on === webex.isMember(webex.space.id, outsider)) return;
        if (on) webex.addMember(webex.space.id, outsider);
        else webex.removeMember(webex.space.id, outsider);
      },
    },
  ];
  webex.onMembership(changed);

  return {
    list: () =>
      parts.map(({ id, title, text, kind, isOn, left }) => ({
        ...{ id, title, text, kind },
        isOn: isOn?.() ?? false,
        left: left?.() ?? 0,
      })),
    play(id, on) {
      const part = parts.find((candidate) => candidate.id === id);
      part?.play(on);
      changed();
      return part !== undefined;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
