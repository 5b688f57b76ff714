import { pino } from 'pino';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { openStore } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';
import { readAccount, tallyOfMessage, tallyOfRows, tallyOfSummary } from '../helpers/account.ts';
import { type Conversation, within } from './conversations.ts';
import { strayFiles } from './disk.ts';
import { type Ordered, settled } from './orders.ts';
import { answersTo, isLastWord, type Rig } from './rig.ts';
import type { Seen } from './soak-door.ts';

/** Milliseconds that a request may be under way, a second more than the bot allows itself. */
const deadlines = { webex: 16_000, 'contact-center': 31_000, files: 21_000 } as const;
const uploadDeadlineMs = 601_000;

/** What is wrong with the end of an export, if anything. */
export async function judgeExport(rig: Rig, ordered: Ordered): Promise<string[]> {
  const answers = answersTo(rig, ordered.said);
  const last = answers.filter(({ text }) => isLastWord(text));
  const wrong = [...judgeConversation(answers, last.length, ordered)];
  const expected = rig.conversations.filter(
    (one) =>
      within(one, ordered.days) &&
      (ordered.channel === 'all' || one.draft.channelType === undefined),
  );
  for (const message of last) wrong.push(...(await judgeFile(message, expected)));
  return wrong;
}

/** One last word, one acknowledgement at most, and one sentence for each time it came back. */
function* judgeConversation(answers: readonly Message[], last: number, ordered: Ordered) {
  const count = (pattern: RegExp) => answers.filter(({ text }) => pattern.test(text)).length;
  if (last > 1 + ordered.unacknowledged) yield `${last} last words`;
  const acknowledged = count(/^Exporting /);
  if (acknowledged > 1) yield `acknowledged ${acknowledged} times`;
  const continued = count(/^I was restarted\. /);
  if (continued > ordered.restarts) yield `said ${continued} times that it continues`;
  const refs = new Set(
    answers.flatMap(({ text }) => /\b(?:Ref|ref|Export) (\w{4})\b/.exec(text)?.[1] ?? []),
  );
  if (refs.size > 1) yield `several refs: ${[...refs].join(', ')}`;
  // A kill between the answer to a refresh and its note costs a grant whose tokens rotate: once, and asked for.
  const asked = count(/^Webex no longer accepts your sign-in|^I need you to sign in first/);
  if (asked > continued) yield `asked ${asked} times to sign in`;
  const others = answers.length - last - acknowledged - continued - asked;
  if (others > 0) yield `said something else: ${answers.map(({ text }) => text).join(' | ')}`;
  for (const { edits } of answers) if (edits > 10) yield `a message was edited ${edits} times`;
}

/** Each conversation exactly once, where it belongs, with all its entries, and counted the same everywhere. */
async function judgeFile(message: Message, expected: readonly Conversation[]): Promise<string[]> {
  if (!message.file) return [`there is no file: ${message.text}`];
  const wrong: string[] = [];
  const account = await readAccount(message.file.bytes);
  const found = new Map<string, string[]>();
  for (const [id, bucket] of account.buckets) found.set(id, [...(found.get(id) ?? []), bucket]);
  for (const { draft, bucket, entries } of expected) {
    const buckets = found.get(draft.id) ?? [];
    found.delete(draft.id);
    if (buckets.join() !== bucket) {
      const reason = JSON.stringify(account.missing.get(draft.id));
      wrong.push(`${draft.id} is in [${buckets.join()}] and belongs in ${bucket}: ${reason}`);
    }
    const inFile = account.messages.get(draft.id) ?? 0;
    if (inFile !== entries) wrong.push(`${draft.id} has ${inFile} of ${entries} entries`);
  }
  for (const id of found.keys()) wrong.push(`${id} does not belong in this file`);
  const tallies = [tallyOfMessage(message.text), tallyOfRows(account), tallyOfSummary(account)];
  const [first, ...others] = tallies.map((tally) => JSON.stringify(Object.entries(tally).sort()));
  if (others.some((other) => other !== first))
    wrong.push(`balances differ: ${JSON.stringify(tallies)}`);
  if (/incomplete|broke off/.test(message.text)) wrong.push(`incomplete: ${message.text}`);
  return wrong;
}

/** What is wrong with the state of everything while no export is under way. */
export async function judgeRest(rig: Rig): Promise<string[]> {
  // What is written behind the last word, to the audit log for instance, is on its way for a moment.
  await settled(rig);
  const wrong = [...rig.improper.splice(0), ...strayFiles(rig.sandbox.dataDir)];
  for (const seen of rig.soak.seen) {
    const tookMs = (seen.endedMs ?? Date.now()) - seen.atMs;
    if (tookMs > deadlineOf(seen)) wrong.push(`${seen.method} ${seen.path} took ${tookMs} ms`);
  }
  return wrong;
}

function deadlineOf({ service, isUpload }: Seen): number {
  return isUpload ? uploadDeadlineMs : deadlines[service];
}

/** Whether the bot, which must not be running, left its store readable, with the grants in it. */
export async function judgeStore({ sandbox }: Rig): Promise<string[]> {
  const [kid = '', key = ''] = sandbox.botEnv()['STORE_KEYS']?.split(':') ?? [];
  const vault = createVault([{ kid, key: Buffer.from(key, 'base64') }]);
  const log = pino({ level: 'silent' });
  try {
    const store = await openStore({ dir: sandbox.dataDir, vault, now: Date.now, log });
    const { admin } = sandbox.webex.people;
    const grant = store.grants.get({ personUuid: admin.uuid, orgUuid: admin.organization.uuid });
    await store.close();
    return grant && !grant.needsLogin ? [] : ['the grant is gone'];
  } catch (error) {
    return [`the store cannot be read: ${error}`];
  }
}
