import { loadSome } from '../config.ts';
import { AppError } from '../errors.ts';
import { verifyAudit } from '../store/audit-log.ts';

const usage = `audit verify   reads the whole audit log of DATA_DIR with the keys of STORE_KEYS, and says where it was changed
`;

process.exitCode = await main(process.argv.slice(2));

async function main([command, ...rest]: readonly string[]): Promise<number> {
  if (command !== 'verify' || rest.length > 0) {
    process.stderr.write(usage);
    return 2;
  }
  try {
    return await verify();
  } catch (error) {
    process.stderr.write(`${error instanceof AppError ? error.message : String(error)}\n`);
    return 2;
  }
}

async function verify(): Promise<number> {
  const { DATA_DIR, STORE_KEYS } = loadSome(process.env, ['DATA_DIR', 'STORE_KEYS']);
  const { lines, first, unproved, troubles } = await verifyAudit(DATA_DIR, STORE_KEYS);
  for (const { file, line, reason } of troubles) {
    process.stdout.write(`${file}, line ${line}: ${reason}\n`);
  }
  if (troubles.length > 0) {
    process.stdout.write('The audit log was changed. What follows the first place is not read.\n');
    return 1;
  }
  const since = first > 1 ? `, the first of them is number ${first}` : '';
  process.stdout.write(`${lines} lines, unchanged${since}.\n`);
  if (unproved > 0) {
    process.stdout.write(
      `The last ${unproved} were written with a key that STORE_KEYS does not hold, so they are not proved.\n`,
    );
    return 1;
  }
  return 0;
}
