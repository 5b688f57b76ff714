import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type BotKeeper, keepBot } from '../../src/sandbox/bot-keeper.ts';
import { findFreePort } from '../../src/sandbox/listen.ts';
import { makeTempFolder } from '../helpers/temp.ts';

/** A process in place of the bot that is ready at once, and ends by itself when it is asked for `/end`. */
const script = `
import { createServer } from 'node:http';
createServer((request, response) => {
  response.writeHead(200).end();
  if (request.url === '/end') { console.log('enough'); process.exit(1); }
}).listen(process.env.PORT, '127.0.0.1');
`;

export async function keepStandIn(): Promise<BotKeeper & { readonly url: string }> {
  const folder = await makeTempFolder();
  const entry = join(folder, 'main.mjs');
  await writeFile(entry, script);
  const port = String(await findFreePort());
  const bot = await keepBot({ entry, env: { PORT: port, DATA_DIR: join(folder, 'home', 'data') } });
  onTestFinished(() => bot.stop());
  return Object.assign(bot, { url: `http://127.0.0.1:${port}` });
}
