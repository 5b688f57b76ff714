import { z } from 'zod';
import { ApiError, InvalidAnswerError } from '../http/errors.ts';
import type { ApiAnswer, Caller, ContactCenter } from './client.ts';
import { describeItems, ErrorItems } from './error-body.ts';

interface Question<T extends z.ZodType> {
  readonly doing: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Of the answer's `data`. */
  readonly schema: T;
}

/** `endCursor` is there exactly as long as there is a next page; usually digits, but not promised to be. */
export const PageInfo = z
  .object({
    hasNextPage: z.boolean(),
    endCursor: z.union([z.string(), z.number().transform(String)]).nullish(),
  })
  .refine(({ hasNextPage, endCursor }) => !hasNextPage || endCursor)
  .transform(({ hasNextPage, endCursor }) => ({
    endCursor: (hasNextPage && endCursor) || undefined,
  }));

const Envelope = z.object({ data: z.unknown().optional(), errors: z.unknown().optional() });

/**
 * Asks the Search API: `POST /search`, developer.webex.com/webex-contact-center/docs/api/v1/search.
 * Nothing a person typed ever becomes part of the query text; it travels in the variables.
 *
 * @throws {ApiError} also for GraphQL errors that come with status 200; {InvalidAnswerError}
 */
export async function askSearch<T extends z.ZodType>(
  contactCenter: ContactCenter,
  caller: Caller,
  { doing, query, variables, schema }: Question<T>,
): Promise<z.infer<T>> {
  const path = `/search?orgId=${encodeURIComponent(caller.orgId)}`;
  const call = { doing, method: 'POST', path, body: { query, variables } } as const;
  return await contactCenter.request(caller, call, (answer) => {
    const { data, errors } = parseAnswer(Envelope, answer.json, doing);
    throwErrors(errors, answer, doing);
    return parseAnswer(schema, data, doing);
  });
}

/** @throws {InvalidAnswerError} naming the members that are wrong, never their values */
export function parseAnswer<T extends z.ZodType>(
  schema: T,
  json: unknown,
  doing: string,
): z.infer<T> {
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const issues = read.error.issues
    .slice(0, 5)
    .map(({ path, code }) => `${path.join('.') || 'the whole'} (${code})`);
  throw new InvalidAnswerError('contact-center', doing, issues.join(', '));
}

function throwErrors(errors: unknown, { status, trackingId }: ApiAnswer, doing: string): void {
  if (errors === undefined || errors === null) return;
  if (Array.isArray(errors) && errors.length === 0) return;
  const items = ErrorItems.parse(errors) ?? [];
  const detail = describeItems(items) ?? 'GraphQL errors without a message';
  const temporary = !isRefusal(items, detail);
  throw new ApiError({ service: 'contact-center', status, doing, detail, trackingId, temporary });
}

/** A question that was not understood stays so; an error while answering may pass. */
function isRefusal(items: NonNullable<ErrorItems>, detail: string): boolean {
  return (
    items.some(({ extensions }) => /validation|syntax/i.test(extensions?.classification ?? '')) ||
    /validation|syntax|undefined|unknown|cannot query|not defined|invalid|expected type/i.test(
      detail,
    )
  );
}
