import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has had, in MB, where Linux tells it: what `resourceUsage` says begins
 * with the size of the process that started this one.
 */
export function readPeakMb() {
  return (readStatus() ?? process.resourceUsage().maxRSS) / 1024;
}

/** Kilobytes; `undefined` on other systems. */
function readStatus() {
  try {
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return peak === undefined ? undefined : Number(peak);
  } catch {
    return undefined;
  }
}
