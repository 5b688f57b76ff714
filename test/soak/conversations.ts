import type { NewTask } from '../../src/sandbox/dataset/dataset.ts';
import { createRandom } from '../../src/sandbox/dataset/random.ts';
import { uuidFor } from '../../src/sandbox/dataset/task.ts';

const dayMs = 86_400_000;
/** Stands in every transcript and every customer's name; no log may ever say it. */
export const customersWord = 'Quietwater';

export interface Conversation {
  readonly draft: NewTask & { readonly id: string; readonly createdTime: number };
  /** Where a truthful export puts it. */
  readonly bucket: 'exported' | 'no_transcript' | 'still_open' | 'failed';
  readonly entries: number;
}

/** Whole days of UTC, counted back from today. */
export interface Days {
  readonly from: number;
  readonly to: number;
}

export function wordsFor({ from, to }: Days): string {
  const dateOf = (back: number) => new Date(startOf(back)).toISOString().slice(0, 10);
  return `${dateOf(from)} to ${dateOf(to)} in UTC`;
}

export function within({ draft }: Conversation, { from, to }: Days): boolean {
  return draft.createdTime >= startOf(from) && draft.createdTime < startOf(to) + dayMs;
}

function startOf(back: number): number {
  return (Math.floor(Date.now() / dayMs) - back) * dayMs;
}

/** Conversations of the three days before today, of every kind an export has to tell apart. */
export function inventConversations(seed: number, count: number): Conversation[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const id = uuidFor(`soak ${seed} ${index}`);
    const createdTime = startOf(random.between(1, 3)) + random.between(0, dayMs - 1);
    const transcript = (entries: number) => ({
      content: Array.from({ length: entries }, (__, entry) => ({
        id: uuidFor(`${id} ${entry}`),
        direction: entry % 2 === 0 ? 'inbound' : 'outbound',
        message: `${customersWord} ${entry}: ${'lorem '.repeat(random.between(1, 40))}`,
        timestamp: new Date(createdTime + entry * 1_000).toISOString(),
        participant: { name: customersWord, role: 'customer' },
      })),
    });
    const draft = {
      id,
      createdTime,
      customer: { name: customersWord, email: null, phoneNumber: null },
    };
    const few = random.between(1, 6);
    const more = random.between(1, 4);
    return random.weighted<Conversation>([
      [exported({ ...draft, transcripts: [transcript(few)] }, few), 58],
      [exported({ ...draft, transcripts: [transcript(few), transcript(more)] }, few + more), 12],
      [exported({ ...draft, channelType: 'email', transcripts: [transcript(few)] }, few), 8],
      [{ draft: { ...draft, transcripts: [] }, bucket: 'no_transcript', entries: 0 }, 8],
      [
        { draft: { ...draft, transcripts: [transcript(0)] }, bucket: 'no_transcript', entries: 0 },
        4,
      ],
      [{ draft: { ...draft, isActive: true }, bucket: 'still_open', entries: 0 }, 4],
      [
        { draft: { ...draft, transcripts: [{ content: '<html>' }] }, bucket: 'failed', entries: 0 },
        6,
      ],
    ]);
  });
}

function exported(draft: Conversation['draft'], entries: number): Conversation {
  return { draft, bucket: 'exported', entries };
}
