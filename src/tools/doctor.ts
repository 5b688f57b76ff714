import { Agent } from 'undici';
import { type Config, loadConfig } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { checkContactCenter } from './doctor/contact-center.ts';
import { bad, type Finding, ok, settle, skipped } from './doctor/finding.ts';
import {
  checkDataFolder,
  checkDisk,
  checkEnvFile,
  checkKeys,
  checkZone,
} from './doctor/installation.ts';
import type { Surroundings } from './doctor/surroundings.ts';
import {
  checkBotToken,
  checkIntegration,
  checkPublicUrl,
  checkRedirect,
  checkWebhooks,
  isRunning,
} from './doctor/webex.ts';

const usage = `doctor          checks this installation, before the first start and any day after
doctor --json   the same for machines: a list of {check, result, detail, remedy}
`;

const marks = { ok: 'ok  ', bad: 'BAD ', skipped: '-   ' } as const;

process.exitCode = await main(process.argv.slice(2));

/** @returns 1 where something would break */
async function main(args: readonly string[]): Promise<number> {
  const isForMachines = args[0] === '--json';
  if (args.length > (isForMachines ? 1 : 0)) {
    process.stderr.write(usage);
    return 2;
  }
  const findings = await examine();
  process.stdout.write(
    isForMachines ? `${JSON.stringify(findings, undefined, 2)}\n` : inWords(findings),
  );
  return findings.some(({ result }) => result === 'bad') ? 1 : 0;
}

async function examine(): Promise<Finding[]> {
  const envFile = process.env['ENV_FILE']?.trim() || '.env';
  const first = await settle('settings file', () => checkEnvFile(envFile));
  const config = readConfig();
  if (Array.isArray(config)) {
    return [...first, ...config, skipped('everything else', 'it needs the settings')];
  }
  const dispatcher = new Agent({ connect: { timeout: 5_000 } });
  try {
    return [
      ...first,
      ok('settings', 'all are there and well-formed'),
      ...(await examineWith(config, dispatcher)),
    ];
  } finally {
    await dispatcher.destroy();
  }
}

async function examineWith(config: Config, dispatcher: Agent): Promise<Finding[]> {
  const around: Surroundings = {
    dispatcher,
    running: isRunning(config, { dispatcher, running: Promise.resolve(false) }),
  };
  const checks: readonly (readonly [string, () => Promise<Finding | Finding[]>])[] = [
    ['data folder', () => checkDataFolder(config)],
    ['disk', () => checkDisk(config)],
    ['keys', () => checkKeys(config)],
    ['zone', () => checkZone(config)],
    ['bot token', () => checkBotToken(config, around)],
    ['public address', () => checkPublicUrl(config, around)],
    ['webhooks', () => checkWebhooks(config, around)],
    ['integration', () => checkIntegration(config, around)],
    ['redirect address', () => checkRedirect(config, around)],
    ['sign-in', () => checkContactCenter(config, around)],
  ];
  const all = await Promise.all(checks.map(([name, check]) => settle(name, check)));
  return all.flat();
}

function readConfig(): Config | Finding[] {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => bad('settings', problem, 'Set it as the message says.'));
  }
}

function inWords(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, result, detail, remedy }) => [
    `${marks[result]} ${check}: ${detail}`,
    ...(remedy === undefined ? [] : [`       ${remedy}`]),
  ]);
  const wrong = findings.filter(({ result }) => result === 'bad').length;
  const sum =
    wrong === 0
      ? 'Nothing would break.'
      : `${wrong} ${wrong === 1 ? 'thing needs' : 'things need'} your attention.`;
  return `${[...lines, '', sum].join('\n')}\n`;
}
