import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse as parseDotenv } from 'dotenv';
import { problemWith, type SettingName, settingRows } from '../config.ts';
import { AppError, ConfigError } from '../errors.ts';
import { replaceFile } from '../store/durable.ts';
import { type Asker, createAsker } from './setup/asker.ts';
import { mergeEnvText } from './setup/env-text.ts';
import { askAll } from './setup/questions.ts';
import { type FromScript, readScriptConfig } from './setup/script-config.ts';

const usage = `setup                      asks for the settings, writes them to ENV_FILE (default .env) and runs the doctor
setup --from config.json   begins with the settings of the script that this bot replaces
Answers can be piped in, one a line. A file that is there is changed only after "yes".
`;

process.umask(0o077);
process.exitCode = await main(process.argv.slice(2));

/** @returns 2 where nothing was written, else what the doctor returns */
async function main([option, from, ...rest]: readonly string[]): Promise<number> {
  if ((option !== undefined && (option !== '--from' || !from)) || rest.length > 0) {
    process.stderr.write(usage);
    return 2;
  }
  const asker = await createAsker(process.stdin, process.stdout);
  try {
    const path = resolve(process.env['ENV_FILE']?.trim() || '.env');
    const isWritten = await setUp(asker, path, from);
    asker.close();
    return isWritten ? await runDoctor(path) : 2;
  } catch (error) {
    // Errors of the system name a file at most; an answer is in none of them.
    process.stderr.write(`\n${error instanceof AppError ? error.message : String(error)}\n`);
    process.stderr.write('Nothing was written.\n');
    return 2;
  } finally {
    asker.close();
  }
}

async function setUp(asker: Asker, path: string, from: string | undefined): Promise<boolean> {
  const script = from === undefined ? undefined : readScriptConfig(await readFile(from, 'utf8'));
  const before = await readIfThere(path);
  if (before !== undefined && !(await mayChange(asker, path))) return false;
  const known = new Map([
    ...Object.entries(parseDotenv(before ?? '')),
    ...(script ? usable(script) : []),
  ]);
  const answers = await askAll(asker, known, say);
  const values = new Map([...(script ? usable(script) : []), ...answers]);
  for (const [name, value] of newSecrets(known, answers)) values.set(name, value);
  mustBeRight(new Map([...known, ...values]));
  await replaceFile(path, mergeEnvText(before ?? '', values));
  say(`\n${path} is written, for you alone. Keep a copy of STORE_KEYS in another place.\n`);
  sayWhatToDo(answers.get('PUBLIC_URL') ?? '', script);
  return true;
}

function say(text: string): void {
  process.stdout.write(text);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function mayChange(asker: Asker, path: string): Promise<boolean> {
  say(`${path} is there. Its values become the defaults; all other lines of it stay.\n`);
  const answer = await asker.ask('Change it? (yes/no) [no]: ');
  if (/^y(es)?$/i.test(answer ?? '')) return true;
  say('\nIt stays as it is.\n');
  return false;
}

/** A value of the script that is not valid here is asked for, or left at its default. */
function usable({ values }: FromScript): (readonly [SettingName, string])[] {
  return [...values].filter(([name, value]) => problemWith(name, value) === undefined);
}

/** What nobody has to choose. What is there stays: records are sealed with it. */
function* newSecrets(
  known: ReadonlyMap<string, string>,
  answers: ReadonlyMap<string, string>,
): Generator<[SettingName, string]> {
  if (!known.get('STORE_KEYS')) yield ['STORE_KEYS', `k1:${randomBytes(32).toString('base64')}`];
  if (answers.get('BOT_TRANSPORT') === 'webhook' && !known.get('WEBEX_WEBHOOK_SECRET')) {
    yield ['WEBEX_WEBHOOK_SECRET', randomBytes(32).toString('hex')];
  }
}

/** @throws {ConfigError} something that was not asked for, and stood there before, is not right */
function mustBeRight(values: ReadonlyMap<string, string>): void {
  const problems = settingRows.flatMap(({ name }) => {
    const value = values.get(name);
    // The rows are made of the names of settings.
    const problem = value && problemWith(name as SettingName, value);
    return problem ? [`${name} ${problem}`] : [];
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

function sayWhatToDo(publicUrl: string, script: FromScript | undefined): void {
  const redirect = `${publicUrl.replace(/\/+$/, '')}/oauth/callback`;
  const was = script?.redirect === undefined ? '' : ` (until now ${withoutQuery(script.redirect)})`;
  say('\nOn developer.webex.com, My Apps, the integration must have:\n');
  say(`  Redirect URI: ${redirect}${was}\n`);
  say('  Scopes: cjp:config_read spark:people_read, unless WXCC_SCOPES says otherwise\n');
  if (script && script.notes.length > 0) {
    say(`\nOf the script's settings:\n${script.notes.map((note) => `  ${note}\n`).join('')}`);
    const left = [...script.values].filter(([name, value]) => problemWith(name, value));
    for (const [name] of left) say(`  its value for ${name} is not valid here and was left out\n`);
  }
  say('\n');
}

function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/, '');
}

function runDoctor(path: string): Promise<number> {
  const doctor = fileURLToPath(new URL('./doctor.js', import.meta.url));
  const child = spawn(process.execPath, [doctor], {
    env: { ...process.env, ENV_FILE: path },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 1));
  });
}
