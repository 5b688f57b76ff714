import { type Interrupted, interrupt, startMeasuredRig } from './interruptions.ts';
import { describeMoment, type Moment } from './moments.ts';
import { judgeStore } from './oracle.ts';
import type { Section, Trouble } from './report.ts';
import type { Rig } from './rig.ts';

interface Extent {
  readonly seeds: readonly number[];
  readonly points: number;
  /** Only this one of them, counted from 1. */
  readonly point: number | undefined;
}

/** Conversations that may be read twice after a kill: those under way, and a batch on its way to the disk. */
const mostRepeated = 16 + 64;
const leavesWithinMs = 8_000;

/** `kill -9` at drawn moments, each in an export of its own. */
export function soakKills(extent: Extent): AsyncGenerator<Section, void> {
  return soakEnds(extent, async (rig, moment) => {
    const run = await interrupt(rig, moment, () => rig.bot.kill());
    const tooMany = run.repeated > mostRepeated;
    const wrong = tooMany ? [`${run.repeated} conversations were downloaded again`] : [];
    return { ...run, wrong: [...run.wrong, ...wrong] };
  });
}

/** SIGTERM at drawn moments, each in an export of its own. */
export function soakTerms(extent: Extent): AsyncGenerator<Section, void> {
  return soakEnds(extent, async (rig, moment) => {
    const wrong: string[] = [];
    const run = await interrupt(rig, moment, async () => {
      const fromMs = Date.now();
      const { code, signal } = await rig.bot.stop('SIGTERM');
      const tookMs = Date.now() - fromMs;
      if (code !== 0) wrong.push(`ended with ${signal ?? `code ${code}`} on SIGTERM`);
      if (tookMs > leavesWithinMs) wrong.push(`took ${tookMs} ms to leave`);
    });
    return { ...run, wrong: [...run.wrong, ...wrong] };
  });
}

async function* soakEnds(
  { seeds, points, point }: Extent,
  run: (rig: Rig, moment: Moment) => Promise<Interrupted>,
): AsyncGenerator<Section, void> {
  for (const seed of seeds) {
    const { rig, moments, wrong: wrongAlone } = await startMeasuredRig(seed, points);
    const troubles: Trouble[] = [];
    const note = (where: string, wrong: readonly string[]) => {
      if (wrong.length > 0) troubles.push({ where: `--seed ${seed}${where}`, wrong });
    };
    note(' (undisturbed)', wrongAlone);
    let reached = 0;
    let ended = 0;
    let mostRepeated = 0;
    for (const [index, moment] of moments.entries()) {
      if (point !== undefined && point !== index + 1) continue;
      const where = ` --point ${index + 1} (${describeMoment(moment)})`;
      try {
        const result = await run(rig, moment);
        note(where, result.wrong);
        ended++;
        if (result.reached) reached++;
        mostRepeated = Math.max(mostRepeated, result.repeated);
      } catch (error) {
        note(where, [String(error), ...rig.output().split('\n').slice(-40)]);
        // What hangs would be in the way of all that follow.
        break;
      }
    }
    await rig.bot.stop();
    note(' (the store)', await judgeStore(rig));
    await rig.close();
    const counts = {
      jobs: 1 + ended,
      ends: ended,
      'before the job was over': reached,
      'conversations read again at most': mostRepeated,
    };
    yield { seed, counts, troubles };
  }
}
