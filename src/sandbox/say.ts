import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Door } from './door.ts';
import { EventQueue, Patience } from './event-queue.ts';
import { narrate } from './narrate.ts';
import { loginLinkIn, signInThrough } from './sign-in.ts';
import { problemWith, readVerdict, type Verdict } from './verdict.ts';
import type { Message } from './webex/message.ts';
import type { MessageEvent, Webex } from './webex/webex.ts';

interface SayDeps {
  readonly webex: Webex;
  readonly door: Door;
  /** Where posted files are written. */
  readonly outDir: string;
  readonly print: (line: string) => void;
  /** Ends the conversation early. */
  readonly signal: AbortSignal;
  /** So long without a message and without a request of the bot is too long. */
  readonly silenceMs?: number;
}

/** After the last word: what is said in the same breath still belongs to it. */
const sameBreathMs = 300;

/**
 * Says these texts one after another as the admin in the group space, signs in where the bot asks for it,
 * and writes every file to disk. A text is over when its export ended, or else when the bot has answered.
 *
 * @returns why that was not a success, as a sentence; nothing when it was one
 */
export async function holdConversation(
  texts: readonly string[],
  deps: SayDeps,
): Promise<string | undefined> {
  const conversation = new Conversation(deps);
  try {
    for (const text of texts) {
      const problem = await conversation.say(text);
      if (problem !== undefined) return problem;
    }
    return undefined;
  } finally {
    conversation.end();
  }
}

class Conversation {
  readonly #deps: SayDeps;
  readonly #events = new EventQueue<MessageEvent>();
  readonly #patience: Patience;
  readonly #stopListening: readonly (() => void)[];

  constructor(deps: SayDeps) {
    this.#deps = deps;
    this.#patience = new Patience(deps.silenceMs ?? 120_000);
    this.#stopListening = [
      deps.webex.onMessage((event) => {
        this.#patience.renew();
        if (this.#concernsUs(event.message)) this.#events.push(event);
      }),
      deps.door.onRequest(() => this.#patience.renew()),
    ];
  }

  end(): void {
    for (const stop of this.#stopListening) stop();
    this.#patience.end();
  }

  async say(text: string): Promise<string | undefined> {
    const { webex, signal } = this.#deps;
    const said = webex.say({ person: webex.people.admin, text });
    const answers = new Answers(said, isExport(text));
    while (!answers.over) {
      const event = await this.#events.next(AbortSignal.any([signal, this.#patience.signal]));
      if (!event) return signal.aborted ? 'The conversation was interrupted.' : tooQuiet(text);
      answers.add(event, await this.#witness(event, answers));
    }
    await this.#hearOut(answers);
    return answers.problem();
  }

  async #hearOut(answers: Answers) {
    const breath = () => AbortSignal.any([this.#deps.signal, AbortSignal.timeout(sameBreathMs)]);
    for (;;) {
      const event = await this.#events.next(breath());
      if (!event) return;
      answers.add(event, await this.#witness(event, answers));
    }
  }

  /** Prints what happened and does what a person would do about it. @returns whether that was to sign in */
  async #witness(event: MessageEvent, answers: Answers): Promise<boolean> {
    const { webex, outDir, print } = this.#deps;
    const { kind, message } = event;
    const { admin } = webex.people;
    const isNew = kind === 'created' && message.author.id !== admin.id;
    const savedAs = isNew && message.file ? join(outDir, basename(message.file.name)) : undefined;
    if (savedAs && message.file) await writeFile(savedAs, message.file.bytes);
    for (const line of narrate(event, { space: this.#nameOf(message), savedAs })) print(line);
    const link = isNew ? loginLinkIn(message) : undefined;
    if (link === undefined) return false;
    // A person reads what comes with the card before pressing its button.
    await this.#hearOut(answers);
    const page = await signInThrough(link, admin);
    print(`${admin.displayName} signed in; the browser says: ${headingOf(page.html)}`);
    return true;
  }

  #concernsUs({ roomId, author }: Message): boolean {
    const { webex } = this.#deps;
    const { admin } = webex.people;
    const isPartOfIt = author.id === admin.id || author.id === webex.bot.id;
    return isPartOfIt && webex.isMember(roomId, admin);
  }

  #nameOf({ roomId, roomType }: Message): string {
    const { webex } = this.#deps;
    if (roomType === 'direct') return `direct messages with ${webex.bot.displayName}`;
    return webex.spacesOf(webex.people.admin).find(({ id }) => id === roomId)?.title ?? '';
  }
}

/** What has come back on one text so far, and whether that is all. */
class Answers {
  readonly #said: Message;
  readonly #isExport: boolean;
  #accepted = false;
  #signingIn = false;
  #answer: string | undefined;
  #hasFile = false;
  #verdict: Exclude<Verdict, { kind: 'accepted' }> | undefined;

  constructor(said: Message, isExport: boolean) {
    this.#said = said;
    this.#isExport = isExport;
  }

  add({ kind, message }: MessageEvent, signedIn: boolean): void {
    if (kind === 'deleted' || message.author.id === this.#said.author.id) return;
    this.#hasFile ||= message.file !== undefined;
    const verdict = readVerdict(message.text);
    if (verdict?.kind === 'accepted') this.#accepted = true;
    else this.#verdict ??= verdict;
    // A sign-in is not the answer: something is said after it.
    this.#signingIn = signedIn;
    if (message.parentId === this.#said.id) this.#answer ??= message.text;
  }

  get over(): boolean {
    if (this.#verdict) return true;
    return this.#answer !== undefined && !this.#signingIn && !(this.#isExport && this.#accepted);
  }

  problem(): string | undefined {
    if (!this.#isExport) return undefined;
    if (!this.#verdict) return `The bot did not start an export: ${this.#answer}`;
    const problem = problemWith(this.#verdict);
    if (problem === undefined && this.#verdict.kind === 'finished' && !this.#hasFile) {
      return 'The export ended without a workbook.';
    }
    return problem;
  }
}

function isExport(text: string): boolean {
  return /^\s*export\b/i.test(text);
}

function tooQuiet(text: string): string {
  return `Nothing happened any more after "${text}".`;
}

function headingOf(html: string): string {
  const heading = /<h1[^>]*>(.*?)<\/h1>/is.exec(html)?.[1] ?? '';
  return heading.replace(/<[^>]*>/g, '').trim();
}
