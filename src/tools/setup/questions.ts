import { problemWith, type SettingName, settingRows } from '../../config.ts';
import { ConfigError } from '../../errors.ts';
import type { Asker } from './asker.ts';

interface Question {
  readonly name: SettingName;
  /** Where the answer is found. */
  readonly where: string;
  readonly isSecret?: boolean;
}

/** In the order of the steps of README. */
const questions: readonly Question[] = [
  {
    name: 'WEBEX_BOT_TOKEN',
    where: 'developer.webex.com, My Apps, the bot, Bot access token',
    isSecret: true,
  },
  { name: 'WEBEX_CLIENT_ID', where: 'developer.webex.com, My Apps, the integration' },
  {
    name: 'WEBEX_CLIENT_SECRET',
    where: 'developer.webex.com, My Apps, the integration',
    isSecret: true,
  },
  { name: 'BOT_TRANSPORT', where: 'websocket where Webex cannot reach this machine' },
  { name: 'PUBLIC_URL', where: 'the address of your proxy or tunnel' },
  { name: 'ADMINS', where: 'e-mail addresses, comma between' },
  { name: 'ALLOWED_ORG_IDS', where: 'Control Hub, Account, Organization ID' },
  { name: 'WXCC_REGION', where: 'the data center that Control Hub shows for the contact center' },
  { name: 'TIMEZONE', where: 'such as Europe/Berlin' },
];

const rows = new Map(settingRows.map((row) => [row.name, row]));

/**
 * Asks for every setting that has to be known, each until it is right.
 *
 * @param known offered as defaults; a secret among them is not shown
 * @throws {ConfigError} an answer is missing, or piped in and wrong
 */
export async function askAll(
  asker: Asker,
  known: ReadonlyMap<string, string>,
  say: (text: string) => void,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (const question of questions) {
    answers.set(question.name, await askOne(asker, question, known.get(question.name), say));
  }
  return answers;
}

async function askOne(
  asker: Asker,
  { name, where, isSecret = false }: Question,
  known: string | undefined,
  say: (text: string) => void,
): Promise<string> {
  const row = rows.get(name);
  const offered = known || row?.fallback || undefined;
  const shown = isSecret ? 'as it is' : offered;
  const hint = offered === undefined ? '' : ` [${shown}]`;
  say(`\n${name}: ${row?.meaning} (${where})\n`);
  for (;;) {
    const given = await asker.ask(`${name}${hint}: `, { isSecret });
    if (given === undefined) throw new ConfigError([`${name} has no answer: the input ended`]);
    const value = given || offered;
    const problem = value === undefined ? 'is missing' : problemWith(name, value);
    if (value !== undefined && problem === undefined) return value;
    // The next line answers the next question, so a second try would take the wrong one.
    if (!asker.isPerson) throw new ConfigError([`${name} ${problem}`]);
    say(`${name} ${problem}\n`);
  }
}
