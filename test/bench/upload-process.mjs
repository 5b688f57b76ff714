// Uploads a file with the bot's own client in a process of its own, and prints what memory that took.
// Arguments: the address of a server in place of Webex, a small file, a large file.
import { Agent } from 'undici';
import { systemClock } from '../../dist/http/retry.js';
import { createLog } from '../../dist/log.js';
import { createWebexClient } from '../../dist/webex/client.js';
import { readPeakMb } from './peak-memory.mjs';

const [apiUrl, small, large] = process.argv.slice(2);
const dispatcher = new Agent();
const client = createWebexClient({
  apiUrl: new URL(apiUrl),
  token: 'bench',
  dispatcher,
  clock: systemClock,
  log: createLog({ level: 'error', stdout: process.stderr }),
});
const post = (path) =>
  client.postFile(
    { roomId: 'bench' },
    { path, name: 'bench.xlsx', contentType: 'application/octet-stream' },
    'bench',
  );

await post(small);
const before = readPeakMb();
await post(large);
process.stdout.write(JSON.stringify({ addedMb: readPeakMb() - before }));
await dispatcher.close();
