import type { Request, Response } from 'express';
import { Refusal } from './refusal.ts';
import { queryText } from './requests.ts';

interface PageOptions {
  /** Page size where the request names none. */
  readonly usual: number;
  /** A larger `max` is capped, not refused. */
  readonly cap: number;
  /** Address under which the API is reached, for the link to the next page. */
  readonly apiUrl: string;
}

/** Sends one page of a list, with the link to the next one in the header (RFC 5988). */
export function sendPage(
  request: Request,
  response: Response,
  items: readonly unknown[],
  { usual, cap, apiUrl }: PageOptions,
): void {
  const start = wholeNumber(request, 'cursor', 0) ?? 0;
  const max = Math.min(wholeNumber(request, 'max', 1) ?? usual, cap);
  if (start + max < items.length) {
    const next = new URL(request.originalUrl, apiUrl);
    next.searchParams.set('max', String(max));
    next.searchParams.set('cursor', String(start + max));
    response.setHeader('link', `<${next.href}>; rel="next"`);
  }
  response.json({ items: items.slice(start, start + max) });
}

function wholeNumber(request: Request, name: string, min: number): number | undefined {
  const value = queryText(request, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : -1;
  if (number < min) throw new Refusal(400, `${name} must be a whole number from ${min}.`);
  return number;
}
