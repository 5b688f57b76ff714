import { type BotProcess, startBot } from './bot-process.ts';

type BotState = 'running' | 'stopped' | 'starting';

/** The bot of a demo, which may be killed and started again with the same settings and data. */
export interface BotKeeper {
  readonly state: BotState;
  /** Resolves when the bot ended without being asked to, with what it had printed. */
  readonly ended: Promise<string>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Does nothing unless it is stopped. */
  start(): Promise<void>;
  /** Asks it to end; for the end of the demo. */
  stop(): Promise<void>;
  /** @returns the function that ends it */
  onChange(listener: () => void): () => void;
}

export async function keepBot(options: Parameters<typeof startBot>[0]): Promise<BotKeeper> {
  const listeners = new Set<() => void>();
  let state: BotState = 'starting';
  let bot: BotProcess | undefined;
  let tellEnded: (output: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    tellEnded = resolve;
  });
  const become = (next: BotState) => {
    state = next;
    for (const listener of listeners) listener();
  };
  const launch = async () => {
    become('starting');
    const started = await startBot(options);
    bot = started;
    become('running');
    void started.exited.then(() => {
      if (bot === started) tellEnded(started.output());
    });
  };
  /** From here on its end is no surprise. */
  const letGo = () => {
    const known = bot;
    bot = undefined;
    return known;
  };

  await launch();
  return {
    get state() {
      return state;
    },
    ended,
    async kill() {
      await letGo()?.kill();
      if (state === 'running') become('stopped');
    },
    async start() {
      if (state !== 'stopped') return;
      await launch().catch((error: unknown) => tellEnded(String(error)));
    },
    async stop() {
      await letGo()?.stop();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
