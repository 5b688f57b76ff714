import { expect, test } from 'vitest';
import { runStages } from '../../src/export/pipeline.ts';

/** One turn of the event loop. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('tells when all workers of a stage are done, and ends when all stages are', async () => {
  const story: string[] = [];
  let worker = 0;
  await runStages(
    [
      {
        workers: 3,
        work: async () => {
          const number = ++worker;
          for (let wait = 0; wait < number; wait++) await turn();
          story.push(`worker ${number}`);
        },
        done: () => void story.push('first stage'),
      },
      { workers: 1, work: async () => void story.push('quick') },
    ],
    () => story.push('stopped'),
  );
  expect(story).toEqual(['quick', 'worker 1', 'worker 2', 'worker 3', 'first stage']);
});

test('stops everybody at the first failure, throws that one, and not before everybody has ended', async () => {
  const story: string[] = [];
  let stop: (error: Error) => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  const slow = async () => {
    await stopped.catch(() => {});
    await turn();
    await turn();
    story.push('slow worker');
    throw new Error('an echo');
  };
  const result = runStages(
    [
      { workers: 2, work: slow, done: () => void story.push('done') },
      {
        workers: 1,
        work: async () => {
          await turn();
          throw new Error('the cause');
        },
        done: () => void story.push('done'),
      },
    ],
    (error) => {
      story.push(`stopped by ${error.message}`);
      stop(error);
    },
  ).catch((error: unknown) => void story.push(String(error)));
  await result;
  expect(story).toEqual(['stopped by the cause', 'slow worker', 'slow worker', 'Error: the cause']);
});
