import { createRandom } from '../../src/sandbox/dataset/random.ts';
import { inventConversations } from './conversations.ts';
import { judgeExport, judgeRest } from './oracle.ts';
import { noteRestart, orderExport, over } from './orders.ts';
import type { Section } from './report.ts';
import { eventually, startRig } from './rig.ts';

const perMinute = 60;
const patienceMs = 6 * 60_000;

/** Kills in the middle of a small request budget: the next process must not spend it a second time. */
export async function* soakBudget(seeds: readonly number[]): AsyncGenerator<Section, void> {
  // Nearly all of the time is spent waiting, so they wait side by side.
  yield* await Promise.all(seeds.map(spendOver));
}

async function spendOver(seed: number): Promise<Section> {
  const random = createRandom(seed);
  const rig = await startRig({
    conversations: inventConversations(seed, 600),
    contactCenter: { pageSize: 20 },
    requestsPerMinute: perMinute,
  });
  const { webex } = rig.sandbox;
  await rig.signIn(webex.people.admin);
  const ordered = orderExport(rig);
  const calls = () => rig.soak.seen.filter(({ service }) => service === 'contact-center');
  const wrong: string[] = [];
  try {
    // One while the first minute's budget is being spent, one when it is.
    for (const until of [random.between(5, 50), perMinute]) {
      await eventually(() => calls().length >= until, `${until} calls`, patienceMs);
      await rig.bot.kill();
      await rig.quiet();
      noteRestart(rig, ordered);
      await rig.start();
    }
    await over(rig, ordered, patienceMs);
    wrong.push(...(await judgeExport(rig, ordered)), ...(await judgeRest(rig)));
  } catch (error) {
    wrong.push(String(error), ...rig.output().split('\n').slice(-40));
  } finally {
    await rig.close();
  }
  const most = mostInAMinute(calls().map(({ atMs }) => atMs));
  if (most > perMinute) wrong.push(`${most} requests within a minute`);
  const counts = { jobs: 1, kills: 2, calls: calls().length, 'calls in a minute at most': most };
  return { seed, counts, troubles: wrong.length > 0 ? [{ where: `--seed ${seed}`, wrong }] : [] };
}

/** Of instants in their order. */
function mostInAMinute(times: readonly number[]): number {
  const within = (fromMs: number) =>
    times.filter((atMs) => atMs >= fromMs && atMs < fromMs + 60_000).length;
  return Math.max(0, ...times.map(within));
}
