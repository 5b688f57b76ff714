// Loaded into the measured bot by NODE_OPTIONS, so that production code knows nothing of the bench.
// SIGUSR2 begins the measured time; what it took is printed when the process ends.
import { writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readPeakMb } from './peak-memory.mjs';

const delay = monitorEventLoopDelay({ resolution: 1 });
let before = process.cpuUsage();

process.on('SIGUSR2', () => {
  before = process.cpuUsage();
  delay.reset();
  delay.enable();
});

process.on('exit', () => {
  const { user, system } = process.cpuUsage(before);
  const usage = {
    msg: 'usage',
    rssMb: readPeakMb(),
    p99Ms: delay.percentile(99) / 1e6,
    maxMs: delay.max / 1e6,
    cpuMs: (user + system) / 1_000,
  };
  writeSync(1, `${JSON.stringify(usage)}\n`);
});
