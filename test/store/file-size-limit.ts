import { execFileSync, spawnSync } from 'node:child_process';

const program = '/usr/bin/prlimit';

/** Whether the kernel can be told to refuse writes of this process beyond a file size. */
export const canLimitFileSize = spawnSync(program, ['--version']).status === 0;

/**
 * Runs something while every write beyond this size of a file fails with EFBIG after what still fitted:
 * a real refusal by the kernel that needs no small disk.
 */
export async function withFileSizeLimit(bytes: number, act: () => Promise<void>): Promise<void> {
  const onSignal = () => {};
  // Without a handler the signal that comes with the refusal ends the process.
  process.on('SIGXFSZ', onSignal);
  limit(String(bytes));
  try {
    await act();
  } finally {
    limit('unlimited');
    process.off('SIGXFSZ', onSignal);
  }
}

function limit(soft: string): void {
  execFileSync(program, ['--pid', String(process.pid), `--fsize=${soft}:`]);
}
