import type { CellValue } from 'exceljs';

const numbers = new Intl.NumberFormat('en');
/** Day 0 of Excel's calendar. */
const dayZeroMs = Date.UTC(1899, 11, 30);

/** What a spreadsheet program shows in a cell, for the formats that a workbook of the bot uses. */
export function cellText(value: CellValue, numFmt = 'General'): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return dateText(value, numFmt);
  if (typeof value === 'number') return numberText(value, numFmt);
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'string') return value;
  if ('richText' in value) return value.richText.map(({ text }) => text).join('');
  if ('text' in value) return cellText(value.text);
  if ('result' in value) return cellText(value.result, numFmt);
  return 'error' in value ? value.error : '';
}

function dateText(date: Date, numFmt: string): string {
  if (numFmt.startsWith('[h]')) return durationText((date.getTime() - dayZeroMs) / 1_000);
  const text = date.toISOString().replace('T', ' ').slice(0, -1);
  return numFmt.includes('.000') ? text : text.slice(0, 19);
}

function numberText(value: number, numFmt: string): string {
  if (numFmt.startsWith('[h]')) return durationText(value * 86_400);
  if (numFmt.endsWith('%')) return `${(value * 100).toFixed(decimals(numFmt))}%`;
  if (numFmt.startsWith('#,##0')) {
    return value.toLocaleString('en', {
      minimumFractionDigits: decimals(numFmt),
      maximumFractionDigits: decimals(numFmt),
    });
  }
  return numFmt === '0' ? value.toFixed(0) : numbers.format(value).replaceAll(',', '');
}

function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${Math.floor(whole / 3_600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

function decimals(numFmt: string): number {
  return /\.(0+)/.exec(numFmt)?.[1]?.length ?? 0;
}
