import type { Request } from 'express';
import type { z } from 'zod';
import { Refusal } from './refusal.ts';

/** A query parameter that may be absent, but not there twice. */
export function queryText(request: Request, name: string): string | undefined {
  const value = request.query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new Refusal(400, `${name} must be given once.`);
}

export function requiredQueryText(request: Request, name: string): string {
  const value = queryText(request, name);
  if (value) return value;
  throw new Refusal(400, `${name} is required.`);
}

/** The `:id` of the route. */
export function idIn(request: Request): string {
  return String(request.params['id']);
}

/** @throws {Refusal} 400 with what is wrong first */
export function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Refusal(400, `${issue?.path.join('.') || 'body'}: ${issue?.message}`);
}
