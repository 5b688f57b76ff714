import { problemWith, readVerdict } from '../verdict.ts';
import type { Webex } from '../webex/webex.ts';

export interface ExportView {
  readonly state: 'running' | 'complete' | 'partial' | 'empty' | 'ended';
  readonly ref: string | undefined;
  /** The balance, once there is one. */
  readonly found: number | undefined;
  readonly parts: readonly { readonly name: string; readonly count: number }[];
  /** Why it is no success, in a sentence. */
  readonly problem: string | undefined;
}

/** Follows the latest export by what the bot says of it, as the people in the space can. */
export class ExportWatch {
  #latest: ExportView | undefined;
  readonly #stop: () => void;

  constructor(webex: Webex, tell: { readonly started: () => void; readonly changed: () => void }) {
    this.#stop = webex.onMessage(({ kind, message }) => {
      if (kind === 'deleted' || message.author.id !== webex.bot.id) return;
      const next = this.#read(message.text);
      if (!next) return;
      this.#latest = next;
      if (next.state === 'running') tell.started();
      tell.changed();
    });
  }

  get latest(): ExportView | undefined {
    return this.#latest;
  }

  close(): void {
    this.#stop();
  }

  #read(text: string): ExportView | undefined {
    const verdict = readVerdict(text);
    switch (verdict?.kind) {
      case undefined:
        return this.#stopped(text);
      case 'accepted':
        return { ...nothing, state: 'running', ref: verdict.ref };
      case 'empty':
        return { ...nothing, state: 'empty', ref: this.#latest?.ref };
      case 'ended':
        return { ...nothing, state: 'ended', ref: this.#latest?.ref, problem: verdict.sentence };
      case 'finished': {
        const problem = problemWith(verdict);
        return {
          state: problem === undefined ? 'complete' : 'partial',
          ref: verdict.ref,
          found: verdict.found,
          parts: [...verdict.parts].map(([name, count]) => ({ name, count })),
          problem,
        };
      }
      default:
        return verdict satisfies never;
    }
  }

  /** Of an export that is cancelled the bot says only that it stops it. */
  #stopped(text: string): ExportView | undefined {
    const ref = this.#latest?.ref;
    const [, refs = ''] = /\b(?:Stopping|I stopped) (\w{4}(?:, \w{4})*)\./.exec(text) ?? [];
    if (ref === undefined || !refs.split(', ').includes(ref)) return undefined;
    return { ...nothing, state: 'ended', ref, problem: text };
  }
}

const nothing = { found: undefined, parts: [], problem: undefined } as const;
