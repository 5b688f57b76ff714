import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    // Most of these tests wait for other processes, so one core can do with two of them at a time.
    maxWorkers: Math.max(2, availableParallelism()),
    expect: { requireAssertions: true },
    // A test that waits for a child process has its own deadline; nothing here is timed.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
