import { type BotKeeper, keepBot } from './bot-keeper.ts';
import type { Listening } from './listen.ts';
import { startPage } from './page/server.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

interface ShowOptions {
  readonly seed: number;
  /** Of the page; 0 takes a free one. */
  readonly port?: number;
  /** How many conversations the contact center has in a day. */
  readonly perDay?: number;
  /** What an answer of the contact center takes, and of the storage. */
  readonly contactCenterMs?: number;
  readonly filesMs?: number;
}

/** The sandbox, the bot in it, and the page on which people are with it. */
export interface Show {
  readonly sandbox: Sandbox;
  readonly bot: BotKeeper;
  readonly page: Listening;
  close(): Promise<void>;
}

/** Unless it is said otherwise, the contact center is so large and far away that an export can be watched. */
export async function startShow(options: ShowOptions): Promise<Show> {
  const { seed, port = 0, perDay = 160, contactCenterMs = 400, filesMs = 150 } = options;
  const sandbox = await startSandbox({ dataset: { seed, perDay } });
  const closing: (() => Promise<unknown>)[] = [() => sandbox.close()];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    sandbox.door.latency('contact-center', contactCenterMs);
    sandbox.door.latency('files', filesMs);
    const bot = await keepBot({ env: sandbox.botEnv({ LOG_LEVEL: 'warn' }) });
    closing.push(() => bot.stop());
    const page = await startPage({ ...sandbox, bot, usualLatencyMs: contactCenterMs, port });
    closing.push(() => page.close());
    return { sandbox, bot, page, close };
  } catch (error) {
    await close();
    throw error;
  }
}
