import { createRandom } from '../../src/sandbox/dataset/random.ts';
import { inventConversations } from './conversations.ts';
import { jobOrderedBy } from './journals.ts';
import { at, drawMoments, type Extent, type Moment } from './moments.ts';
import { judgeExport, judgeRest } from './oracle.ts';
import {
  hasEnded,
  noteRestart,
  type Ordered,
  orderExport,
  over,
  patienceMs,
  settled,
} from './orders.ts';
import { eventually, type Rig, startRig } from './rig.ts';
import type { Seen } from './soak-door.ts';

/** A rig of this seed with one export behind it that nothing happened to, and moments drawn over its like. */
export async function startMeasuredRig(
  seed: number,
  points: number,
): Promise<{ rig: Rig; moments: readonly Moment[]; wrong: readonly string[] }> {
  const random = createRandom(seed);
  const conversations = inventConversations(seed, random.between(60, 150));
  const contactCenter = { pageSize: random.between(4, 14) };
  const rig = await startRig({ conversations, contactCenter });
  await rig.signIn(rig.sandbox.webex.people.admin);
  const before = rig.soak.seen.length;
  const ordered = orderExport(rig);
  await over(rig, ordered);
  const wrong = await judgeExport(rig, ordered);
  const extent = extentOf(rig, ordered, rig.soak.seen.slice(before));
  return { rig, moments: drawMoments(random, points, extent), wrong };
}

function extentOf(rig: Rig, { said }: Ordered, seen: readonly Seen[]): Extent {
  const count = (service: Seen['service']) => seen.filter((one) => one.service === service).length;
  return {
    records: jobOrderedBy(rig.sandbox.dataDir, said.id)?.lines.length ?? 0,
    requests: {
      webex: count('webex'),
      'contact-center': count('contact-center'),
      files: count('files'),
    },
  };
}

export interface Interrupted {
  /** False when the export had ended before. */
  readonly reached: boolean;
  /** Conversations that files were asked for both before and after. */
  readonly repeated: number;
  readonly wrong: readonly string[];
}

/** One export during which, at this moment, the bot is ended by `end` and started again. */
export async function interrupt(
  rig: Rig,
  moment: Moment,
  end: () => Promise<unknown>,
): Promise<Interrupted> {
  let ending: Promise<unknown> | undefined;
  const act = () => {
    ending ??= end();
  };
  const before = rig.soak.seen.length;
  const disarm = at(moment, rig, act);
  const ordered = orderExport(rig);
  try {
    await eventually(
      () => ending !== undefined || hasEnded(rig, ordered),
      'the moment or the end',
      patienceMs,
    );
  } finally {
    disarm();
  }
  const reached = ending !== undefined;
  if (!reached) act();
  await ending;
  await rig.quiet();
  noteRestart(rig, ordered);
  const between = rig.soak.seen.length;
  await rig.start();
  await over(rig, ordered);
  await settled(rig);
  const filesOf = (seen: readonly Seen[]) => new Set(seen.filter(isFile).map(conversationOf));
  const earlier = rig.soak.seen.slice(before, between);
  const later = filesOf(rig.soak.seen.slice(between));
  return {
    reached,
    repeated: [...filesOf(earlier)].filter((id) => later.has(id)).length,
    wrong: [...(await judgeExport(rig, ordered)), ...(await judgeRest(rig))],
  };
}

function isFile({ service }: Seen): boolean {
  return service === 'files';
}

/** From `/files/<task>.<number>`. */
function conversationOf({ path }: Seen): string {
  return path.replace(/^\/files\/|\.\d+$/g, '');
}
