import { z } from 'zod';

const Words = z.string().trim().min(1).optional().catch(undefined);

const ErrorItem = z.object({
  message: Words,
  description: Words,
  extensions: z.object({ classification: Words }).optional().catch(undefined),
});

/** What GraphQL and the gateways put under `errors`. */
export const ErrorItems = z.array(ErrorItem.catch({})).optional().catch(undefined);
export type ErrorItems = z.infer<typeof ErrorItems>;

/** The four documented shapes in one; developer.webex.com common-api-errors. */
const ErrorBody = z.object({
  trackingId: Words,
  message: Words,
  error: z
    .union([
      z.string().transform((message) => ({ message: [{ message }] })),
      z.object({ message: z.string().transform((message) => [{ message }]) }),
      z.object({ message: ErrorItems }),
    ])
    .optional()
    .catch(undefined),
  errors: ErrorItems,
});

const maxDetailLength = 500;

export interface ErrorReport {
  /** The vendor's words, one line, cut short; for the log. */
  readonly detail: string | undefined;
  readonly trackingId: string | undefined;
}

/** Whatever can be learnt from the body of a refusal; anything that is no such body teaches nothing. */
export function readErrorBody(body: Buffer): ErrorReport {
  const read = ErrorBody.safeParse(parseOrNothing(body));
  if (!read.success) return { detail: undefined, trackingId: undefined };
  const { trackingId, message, error, errors } = read.data;
  const items = [{ message }, ...(error?.message ?? []), ...(errors ?? [])];
  return { detail: describeItems(items), trackingId };
}

export function describeItems(items: NonNullable<ErrorItems>): string | undefined {
  const texts = items.flatMap(({ message, description }) => message ?? description ?? []);
  const line = [...new Set(texts)].join('; ').replace(/\s+/g, ' ');
  return line === '' ? undefined : line.slice(0, maxDetailLength);
}

function parseOrNothing(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
