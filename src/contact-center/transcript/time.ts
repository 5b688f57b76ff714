import { z } from 'zod';

const documentedForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const isoForm = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

export interface Timestamp {
  readonly timestamp: string | undefined;
  readonly timestampMs: number | undefined;
}

export const Time = z.unknown().optional().transform(readTimestamp);

/** A text stays as it is, a number of milliseconds becomes ISO 8601. */
export function readTimestamp(value: unknown): Timestamp {
  // The one form that the vendor documents is read at once: this runs for every message of an export.
  if (typeof value === 'string' && documentedForm.test(value)) {
    return { timestamp: value, timestampMs: orUndefined(Date.parse(value)) };
  }
  if (typeof value === 'string' && !/^\d{12,14}$/.test(value)) {
    return { timestamp: value === '' ? undefined : value, timestampMs: toEpochMs(value) };
  }
  return fromEpochMs(typeof value === 'string' ? Number(value) : value);
}

export function fromEpochMs(value: unknown): Timestamp {
  const date = typeof value === 'number' ? new Date(value) : undefined;
  if (!date || Number.isNaN(date.getTime())) {
    return { timestamp: undefined, timestampMs: undefined };
  }
  return { timestamp: date.toISOString(), timestampMs: date.getTime() };
}

/** Without a zone it is UTC, which is what the vendor documents; the process's own zone never counts. */
function toEpochMs(text: string): number | undefined {
  const [, day, minutes, seconds = ':00', zone = 'Z'] = isoForm.exec(text.trim()) ?? [];
  if (day === undefined) return undefined;
  const offset = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone.replace(/^(...)(\d\d)$/, '$1:$2');
  return orUndefined(Date.parse(`${day}T${minutes}${seconds}${offset.toUpperCase()}`));
}

function orUndefined(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : ms;
}
