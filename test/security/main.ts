/** Runs the attacks and prints what came of them: row, threat, attempts, breaches. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rows } from './rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'security-'));
const report = join(folder, 'report.ndjson');
writeFileSync(report, '');
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', 'test/security'],
  { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, SECURITY_REPORT: report } },
);
const seen = new Map<string, { attempts: number; breaches: number }>();
for (const line of readFileSync(report, 'utf8').split('\n').filter(Boolean)) {
  const { row, attempts, breaches } = JSON.parse(line);
  const before = seen.get(row) ?? { attempts: 0, breaches: 0 };
  seen.set(row, { attempts: before.attempts + attempts, breaches: before.breaches + breaches });
}
rmSync(folder, { recursive: true });
let wrong = 0;
for (const [row, [threat, demanded]] of Object.entries(rows)) {
  const { attempts = 0, breaches = 0 } = seen.get(row) ?? {};
  const isGood = breaches === 0 && attempts >= demanded;
  if (!isGood) wrong++;
  const verdict = isGood ? '' : `  WRONG, ${demanded} attacks are demanded`;
  process.stdout.write(
    `${row.padEnd(4)} ${threat.padEnd(70)} ${String(attempts).padStart(6)} attacks ${String(breaches).padStart(3)} breaches${verdict}\n`,
  );
}
process.stdout.write(`${Object.keys(rows).length} rows, ${wrong} wrong\n`);
// A test that failed otherwise is no breach, and no success either.
process.exitCode = wrong > 0 || status !== 0 ? 1 : 0;
