import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { endOf, refIn, startConversation } from '../helpers/sandbox.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Files below the program with the time of their last change. */
async function program(): Promise<string[]> {
  const files: string[] = [];
  for (const folder of ['dist', 'src', '.github']) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      const { mtimeMs } = await stat(join(root, folder, name));
      files.push(`${folder}/${name} ${mtimeMs}`);
    }
  }
  return [...files, ...(await readdir(root))].sort();
}

test('works from the start to a file where nothing but its data and the temporary folder can be written', async () => {
  const before = await program();
  const home = await makeTempFolder();
  const conversation = await startConversation({
    dataset: { kind: 'chats', count: 12, days: 5 },
    env: (sandbox) => ({
      HOME: home,
      // Node itself refuses everything else; the SDK's optional native parts are not for this test.
      NODE_OPTIONS: [
        // Named so until Node 23.5.
        process.allowedNodeEnvironmentFlags.has('--permission')
          ? '--permission'
          : '--experimental-permission',
        '--allow-fs-read=*',
        `--allow-fs-write=${sandbox.dataDir}`,
        `--allow-fs-write=${sandbox.dataDir}/*`,
        '--allow-child-process',
        '--allow-worker',
        '--allow-addons',
      ].join(' '),
    }),
  });
  const said = conversation.say('export last 7 days');
  const ref = refIn(await conversation.answerTo(said));
  await conversation.login();
  const posted = await conversation.answerTo(said, ({ file }) => file !== undefined);
  await conversation.waitForLine(endOf(ref));
  await conversation.bot.stop();
  expect(posted.text).toContain('12 found');
  expect(conversation.bot.output()).not.toContain('ERR_ACCESS_DENIED');
  expect(await readdir(home)).toEqual([]);
  expect(await program()).toEqual(before);
});
