/** What the service says no to; the status and the sentence become the answer. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, description: string) {
    super(description);
    this.name = 'Refusal';
    this.status = status;
  }
}

type ErrorShape = (refusal: Refusal, trackingId: string) => unknown;

/** Each service words its errors in its own way: developer.webex.com/webex-contact-center/docs/common-api-errors */
export const errorShapes = {
  described: (refusal, trackingId) => ({
    trackingId,
    error: { key: String(refusal.status), message: [{ description: refusal.message }] },
  }),
  listed: (refusal) => ({ errors: [{ key: String(refusal.status), message: refusal.message }] }),
  messaged: (refusal, trackingId) => ({
    message: refusal.message,
    errors: [{ description: refusal.message }],
    trackingId,
  }),
} as const satisfies Record<string, ErrorShape>;

export type ErrorShapeName = keyof typeof errorShapes;
