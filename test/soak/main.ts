/**
 * Lets the bot die at drawn moments, and everything around it go wrong, over and over, and sees each time
 * whether every promise still holds. Everything is drawn from the seeds that it prints.
 */
import { parseArgs } from 'node:util';
import { soakBudget } from './budget.ts';
import { soakKills, soakTerms } from './ends.ts';
import { soakFaults } from './faults.ts';
import { type Section, type Trouble, tally } from './report.ts';
import { soakStorms } from './storm.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    points: { type: 'string', default: '10' },
    /** The first seed; with `--point` and `--seeds 1` what failed is played again. */
    seed: { type: 'string', default: '1' },
    point: { type: 'string' },
    only: { type: 'string', multiple: true },
  },
});
const firstSeed = Number(values.seed);
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => firstSeed + index);
const points = Number(values.points);
const point = values.point === undefined ? undefined : Number(values.point);

const sections: Readonly<Record<string, () => AsyncGenerator<Section, void>>> = {
  kill: () => soakKills({ seeds, points, point }),
  // Thirty moments where the kills have two hundred.
  term: () => soakTerms({ seeds: seeds.slice(0, Math.ceil(seeds.length * 0.15)), points, point }),
  budget: () => soakBudget(seeds.slice(0, 3)),
  faults: () => soakFaults(),
  storm: () => soakStorms({ seeds, rounds: 4, conversations: [60, 150], ends: [0, 2] }),
};

const troubles: Trouble[] = [];
for (const [name, section] of Object.entries(sections)) {
  if (values.only && !values.only.includes(name)) continue;
  for await (const part of section()) {
    print(`${name}: ${tally(part)}`);
    troubles.push(...part.troubles);
    for (const { where, wrong } of part.troubles) {
      print(`  VIOLATION ${where}`);
      for (const line of wrong.slice(0, 10)) print(`    ${line}`);
      print(
        `    again: npm run test:soak -- --only ${name} --seeds 1 ${where.replace(/ \(.*/s, '')}`,
      );
    }
  }
}
print(`${troubles.length} violations`);
process.exitCode = troubles.length > 0 ? 1 : 0;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
