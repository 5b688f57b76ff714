import { expect, test } from 'vitest';
import { keepStandIn } from './stand-in.ts';

test('kills the bot and starts it again, and tells of each step', async () => {
  const bot = await keepStandIn();
  const states: string[] = [bot.state];
  bot.onChange(() => states.push(bot.state));
  await bot.kill();
  await expect(fetch(bot.url)).rejects.toThrow();
  await bot.start();
  const { status } = await fetch(bot.url);
  await bot.start();
  expect({ status, states }).toEqual({
    status: 200,
    states: ['running', 'stopped', 'starting', 'running'],
  });
});

test('tells what the bot printed when it ended by itself', async () => {
  const bot = await keepStandIn();
  await fetch(`${bot.url}/end`).catch(() => undefined);
  expect(await bot.ended).toBe('enough');
});
