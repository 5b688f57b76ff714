import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type BotProcess, startBot } from '../../src/sandbox/bot-process.ts';
import { findFreePort } from '../../src/sandbox/listen.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const server = `
import { createServer } from 'node:http';
let asked = 0;
const answer = (request, response) => {
  // Ready from the third time on.
  response.writeHead(request.url === '/readyz' && ++asked > 2 ? 200 : 503).end();
};
createServer(answer).listen(process.env.PORT, '127.0.0.1');
`;

/** Runs a script in place of the bot. */
async function start(
  script: string,
  options: Partial<Parameters<typeof startBot>[0]> = {},
): Promise<BotProcess> {
  const folder = await makeTempFolder();
  const entry = join(folder, 'main.mjs');
  await writeFile(entry, script);
  const env = { PORT: String(await findFreePort()), DATA_DIR: join(folder, 'home', 'data') };
  const bot = await startBot({ entry, ...options, env: { ...env, ...options.env } });
  onTestFinished(async () => {
    await bot.kill();
  });
  return bot;
}

describe('the bot as a child process', () => {
  it('is there once it says that it is ready, and ends when asked to', async () => {
    const lines: string[] = [];
    const script = `${server}
      process.on('SIGTERM', () => { console.log('good bye'); process.exit(3); });
      console.log('hello'); console.error('careful');`;
    const bot = await start(script, { onLine: (line) => lines.push(line) });
    const exit = await bot.stop();
    expect(exit).toEqual({ code: 3, signal: null });
    expect(lines.toSorted()).toEqual(['careful', 'good bye', 'hello']);
    expect(bot.output().split('\n')).toEqual(lines);
  });

  it('gets its settings and nothing else of ours', async () => {
    process.env['SECRET_OF_THE_TESTS'] = 'x';
    onTestFinished(() => {
      delete process.env['SECRET_OF_THE_TESTS'];
    });
    const script = `${server} console.log(JSON.stringify([process.cwd(), process.env]));`;
    const bot = await start(script, { env: { TIMEZONE: 'UTC' } });
    const [cwd, env] = JSON.parse(bot.output());
    expect(env).toMatchObject({ TIMEZONE: 'UTC', PATH: process.env['PATH'] });
    expect(env).not.toHaveProperty('SECRET_OF_THE_TESTS');
    expect(env).not.toHaveProperty('NODE_ENV');
    expect(cwd).toMatch(/home$/);
  });

  it('runs under the options of `npm start`', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
    const bot = await start(`${server} console.log(process.execArgv.join(' '));`);
    expect(scripts.start).toBe(`node ${bot.output()} dist/main.js`);
  });

  it('fails at once with what it printed when it ends instead', async () => {
    const starting = start('console.error("ADMINS is missing"); process.exitCode = 1;');
    await expect(starting).rejects.toThrow(/ended with code 1:\nADMINS is missing/);
  });

  it('is given up when it does not become ready in time', async () => {
    const starting = start('setInterval(() => {}, 1000);', { readyWithinMs: 300 });
    await expect(starting).rejects.toThrow('was not ready within 300 ms');
  });

  it('is killed when it does not end in time, or right away', async () => {
    const stubborn = `${server} process.on('SIGTERM', () => {});`;
    const slow = await start(stubborn, { stopWithinMs: 100 });
    const crashed = await start(stubborn);
    const exits = [await slow.stop(), await crashed.kill(), await crashed.exited];
    expect(exits).toEqual(Array(3).fill({ code: null, signal: 'SIGKILL' }));
  });
});
