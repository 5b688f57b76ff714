import type { Random } from '../../src/sandbox/dataset/random.ts';
import { watchNextJournal } from './journals.ts';
import type { Rig } from './rig.ts';
import type { Seen } from './soak-door.ts';

const deliverySteps = [
  /** The upload has begun, and will not be answered. */
  'upload arrives',
  /** The file is in the space; its answer has not been read yet. */
  'file posted',
  /** The answer is out, and its record perhaps on disk. */
  'upload answered',
  /** These two are records. */
  'posted',
  'ended',
] as const;

/** A moment in the life of one job at which something happens to the bot. */
export type Moment =
  | { readonly kind: 'record'; readonly number: number }
  | {
      /** `arrives`: it never gets an answer. */
      readonly kind: 'arrives' | 'answered';
      readonly service: Seen['service'];
      readonly number: number;
    }
  | { readonly kind: (typeof deliverySteps)[number] };

/** How far a job goes that nothing happens to. */
export interface Extent {
  readonly records: number;
  readonly requests: Readonly<Record<Seen['service'], number>>;
}

/** No export is like the other: a record of the last quarter may well not come. */
const surelyRecorded = 0.75;

/** A fifth of them during delivery, the others half over records and half over requests. */
export function drawMoments(random: Random, count: number, extent: Extent): Moment[] {
  return Array.from({ length: count }, (_, index): Moment => {
    if (index % 5 === 4) return { kind: random.pick(deliverySteps) };
    if (index % 2 === 0) {
      const records = Math.floor(extent.records * surelyRecorded);
      return { kind: 'record', number: random.between(1, records) };
    }
    const service = random.pick<Seen['service']>(['webex', 'contact-center', 'files']);
    const number = random.between(1, extent.requests[service]);
    return { kind: random.pick(['arrives', 'answered']), service, number };
  });
}

export function describeMoment(moment: Moment): string {
  if ('service' in moment) return `request ${moment.number} to ${moment.service} ${moment.kind}`;
  return 'number' in moment ? `record ${moment.number}` : moment.kind;
}

/**
 * Acts once, at this moment of the next job.
 *
 * @returns the function that disarms it
 */
export function at(moment: Moment, { soak, sandbox }: Rig, act: () => void): () => void {
  let acted = false;
  const once = () => {
    if (!acted) act();
    acted = true;
  };
  const stops: (() => void)[] = [];
  const onRecord = (fits: (lines: readonly { readonly kind: string }[]) => boolean) => {
    stops.push(watchNextJournal(sandbox.dataDir, (lines) => fits(lines) && once()));
  };
  const onArrival = (fits: (seen: Seen) => boolean) => {
    soak.decide = (seen) => {
      if (!fits(seen)) return 'pass';
      once();
      return { never: true };
    };
  };
  const onAnswer = (fits: (seen: Seen) => boolean) => {
    soak.onEnd = (seen) => fits(seen) && once();
  };
  const numbered = (service: Seen['service'], number: number) => {
    let count = 0;
    return (seen: Seen) => seen.service === service && ++count === number;
  };
  switch (moment.kind) {
    case 'record':
      onRecord(({ length }) => length >= moment.number);
      break;
    case 'arrives':
      onArrival(numbered(moment.service, moment.number));
      break;
    case 'answered':
      onAnswer(numbered(moment.service, moment.number));
      break;
    case 'upload arrives':
      onArrival(({ isUpload }) => isUpload);
      break;
    case 'upload answered':
      onAnswer(({ isUpload }) => isUpload);
      break;
    case 'file posted':
      stops.push(sandbox.webex.onMessage(({ message: { file } }) => file && once()));
      break;
    case 'posted':
    case 'ended':
      onRecord((lines) => lines.some(({ kind }) => kind === moment.kind));
      break;
    default:
      moment satisfies never;
  }
  return () => {
    acted = true;
    soak.decide = () => 'pass';
    soak.onEnd = () => {};
    for (const stop of stops) stop();
  };
}
