import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worksheet } from 'exceljs';
import { outletOf } from './package-writer.ts';

export interface Pace {
  /** Counts a row; true when it is time for a pause. */
  isDue(units: number): boolean;
  pause(worksheet: Worksheet): Promise<void>;
}

const rowsPerTurn = 50;
const unitsPerTurn = 65_536;
/** What may wait for the zip: with less it and the rows wait for each other, more is only memory. */
const bytesInFlight = 262_144;

/**
 * Keeps memory flat and the event loop free. exceljs never asks anybody to wait: without this a million
 * rows cost a gigabyte and half a minute of silence. Every few rows the loop gets its turn, and where the
 * disk is slower than the rows, they wait for it.
 */
export function createPace(signal: AbortSignal): Pace {
  let rows = 0;
  let units = 0;
  return {
    isDue(more) {
      rows++;
      units += more;
      if (rows < rowsPerTurn && units < unitsPerTurn) return false;
      rows = 0;
      units = 0;
      return true;
    },
    pause: (worksheet) => pause(worksheet, signal),
  };
}

async function pause(worksheet: Worksheet, signal: AbortSignal): Promise<void> {
  const outlet = outletOf(worksheet);
  const state = outlet?._writableState;
  if (outlet && state?.needDrain && state.length > bytesInFlight) {
    await once(outlet, 'drain', { signal });
  } else {
    await nextTurn();
  }
}
