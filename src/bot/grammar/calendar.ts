/** Days and times as they are written in commands: `2026-11-20`, `08:00`. */

export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export function isoDay({ year, month, day }: Day): string {
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

export function isoTime(hour: number, minute: number): string {
  return `${digits(hour, 2)}:${digits(minute, 2)}`;
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0');
}

export function dayExists({ year, month, day }: Day): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/** The existing day next to one that does not exist. */
export function nearestDay({ year, month, day }: Day): Day {
  const realMonth = between(1, month, 12);
  return { year, month: realMonth, day: between(1, day, daysInMonth(year, realMonth)) };
}

export function dayAfter(day: Day): Day {
  if (dayExists({ ...day, day: day.day + 1 })) return { ...day, day: day.day + 1 };
  if (day.month < 12) return { year: day.year, month: day.month + 1, day: 1 };
  return { year: day.year + 1, month: 1, day: 1 };
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

export function between(least: number, value: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

const monthWords = new Intl.DateTimeFormat('en', { timeZone: 'UTC', month: 'long' });

export const monthNames: readonly string[] = Array.from({ length: 12 }, (_, index) =>
  monthWords.format(Date.UTC(2026, index, 1)),
);

/** `30 February 2026`, whether it exists or not. */
export function dayInWords({ year, month, day }: Day): string {
  return `${day} ${monthNames[month - 1] ?? `month ${month}`} ${year}`;
}
