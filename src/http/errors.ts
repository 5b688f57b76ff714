import { AppError, withoutQueries } from '../errors.ts';

export type Service = 'webex' | 'contact-center' | 'storage';

const serviceNames = {
  webex: 'Webex',
  'contact-center': 'Webex Contact Center',
  storage: 'the transcript storage',
} as const satisfies Record<Service, string>;

interface ApiErrorFields {
  readonly service: Service;
  readonly status: number;
  /** What we were doing, for the log: `listing queues, page 3`. Never a URL with its query. */
  readonly doing: string;
  readonly trackingId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The vendor's own words, cut short; the message holds them as far as they are fit for the log. */
  readonly detail?: string | undefined;
  /** Whether the same request may succeed later; by default the status decides. */
  readonly temporary?: boolean | undefined;
}

/** An upstream answered, and the answer was not a success. */
export class ApiError extends AppError {
  readonly code: 'api_refused' | 'api_unavailable' | 'rate_limited';
  readonly service: Service;
  readonly status: number;
  readonly trackingId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly detail: string | undefined;
  readonly temporary: boolean | undefined;
  /** How often the request was made in all; whoever repeats it keeps this true. */
  attempts = 1;

  constructor(fields: ApiErrorFields, options?: ErrorOptions) {
    const name = serviceNames[fields.service];
    super(
      `${fields.doing}: ${name} answered ${fields.status}${fields.detail ? ` (${fitForLog(fields.detail)})` : ''}`,
      describeForPeople(fields.service, fields.status),
      options,
    );
    this.code = codeOf(fields.status);
    this.service = fields.service;
    this.status = fields.status;
    this.trackingId = fields.trackingId;
    this.retryAfterMs = fields.retryAfterMs;
    this.detail = fields.detail;
    this.temporary = fields.temporary;
  }
}

/** No usable answer: refused or reset connection, time-out, cut body. */
export class UnreachableError extends AppError {
  readonly code = 'api_unavailable';
  readonly service: Service;
  /** False only when it is certain that the request never left; then even a POST may be repeated. */
  readonly mayHaveArrived: boolean;
  /** As in `ApiError`. */
  attempts = 1;

  constructor(
    service: Service,
    doing: string,
    reason: string,
    options: ErrorOptions & { mayHaveArrived: boolean },
  ) {
    super(
      `${doing}: ${serviceNames[service]} could not be reached (${reason})`,
      `I could not reach ${serviceNames[service]}. Please try again in a few minutes.`,
      options,
    );
    this.service = service;
    this.mayHaveArrived = options.mayHaveArrived;
  }
}

/** The call worked, but the data is not what we expect; `issues` names members, never values. */
export class InvalidAnswerError extends AppError {
  readonly code = 'answer_invalid';
  readonly service: Service;

  constructor(service: Service, doing: string, issues: string, options?: ErrorOptions) {
    super(
      `${doing}: unexpected answer from ${serviceNames[service]}: ${issues}`,
      `${atStart(serviceNames[service])} sent an answer I do not understand.`,
      options,
    );
    this.service = service;
  }
}

/** More bytes than we accept; the rest was not read. */
export class TooLargeError extends AppError {
  readonly code = 'too_large';
  readonly service: Service;

  constructor(service: Service, doing: string, limitBytes: number) {
    super(
      `${doing}: the body is larger than ${limitBytes} bytes`,
      `${atStart(serviceNames[service])} sent more data than I accept for one item.`,
    );
    this.service = service;
  }
}

/** Whoever refuses a request may quote it: links, addresses and whatever looks like a token stay out. */
function fitForLog(detail: string): string {
  return withoutQueries(detail)
    .replace(/[^\s"'<>()]+@[^\s"'<>()]+/g, '…@…')
    .replace(/[\w+/=~.-]{20,}/g, (word) => (/\d/.test(word) && !uuid.test(word) ? '…' : word));
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.?$/i;

function codeOf(status: number): ApiError['code'] {
  if (status === 429) return 'rate_limited';
  return status >= 500 || status === 423 ? 'api_unavailable' : 'api_refused';
}

function describeForPeople(service: Service, status: number): string {
  const name = atStart(serviceNames[service]);
  if (status === 429)
    return `${name} asked me to slow down (429). Please try again a little later.`;
  if (status >= 500) return `${name} has a problem of its own (${status}). Please try again later.`;
  if (status < 300) return `${name} answered with an error message instead of data.`;
  if (service === 'storage') return `${name} refused the download (${status}).`;
  if (service === 'webex') {
    return status === 401
      ? `${name} does not accept my own token any more (401); the operator has to renew it.`
      : `${name} refused the request (${status}).`;
  }
  if (status === 401) return `${name} no longer accepts the sign-in (401). Please send "login".`;
  if (status === 403)
    return `${name} refused this (403). The account needs the administrator or supervisor role there.`;
  return `${name} refused the request (${status}).`;
}

function atStart(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
