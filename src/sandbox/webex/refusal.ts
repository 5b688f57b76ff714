import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, RequestHandler } from 'express';

/** What Webex does not accept, with the status and the words it answers. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, description: string) {
    super(description);
    this.name = 'Refusal';
    this.status = status;
  }
}

const trackingHeader = 'trackingid';

/** Every answer carries a tracking id, the good ones too. */
export const track: RequestHandler = (_request, response, next) => {
  response.setHeader(trackingHeader, `ROUTERGW_${randomUUID()}`);
  next();
};

export const answerNotFound: RequestHandler = () => {
  throw new Refusal(404, 'The requested resource could not be found.');
};

// Express tells error handlers from others by their four parameters.
export const answerRefusal: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : 'Something went wrong.';
  if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="sandbox"');
  response.status(status).json({
    message,
    errors: [{ description: message }],
    trackingId: response.getHeader(trackingHeader),
  });
};

function statusOf(error: unknown): number {
  if (error instanceof Refusal) return error.status;
  // What express's own body readers throw carries the status that fits.
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
