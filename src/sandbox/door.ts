import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Fault, holdBack, playFault } from './door-faults.ts';

type SandboxService = 'webex' | 'contact-center' | 'files';

export interface DoorRequest {
  readonly service: SandboxService;
  readonly method: string;
  /** Path with its query, as it arrived. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** As UTF-8, cut after the first mebibyte. */
  readonly body: string;
  readonly atMs: number;
  /** Not set while the answer is on its way, and for ever where none was given. */
  readonly status: number | undefined;
}

/** Fits an express app as well as a plain `node:http` server. Mount it before every body parser. */
type DoorMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
) => void;

export interface Door {
  middleware(service: SandboxService): DoorMiddleware;
  /**
   * Faults for the next requests of a route, one each; then the route is itself again. A second script for
   * the same route replaces the first one.
   *
   * @param route method and path pattern: `GET /v1/messages/:id`; the query takes no part
   * @param options `repeat` keeps the last fault for ever
   */
  script(route: string, faults: readonly Fault[], options?: { readonly repeat?: boolean }): void;
  /** What arrived, oldest first. */
  requests(route?: string): readonly DoorRequest[];
  /** Tells every request once it is over; the function returned ends that. */
  onRequest(listener: (request: DoorRequest) => void): () => void;
  /** Tells every request when its head is here, those too that are never answered. */
  onArrival(listener: (request: DoorRequest) => void): () => void;
  /**
   * Every answer of the service comes at least this late. Its work is done meanwhile, so that what a
   * client sees is this latency and not the time the sandbox takes on top of it.
   */
  latency(service: SandboxService, ms: number): void;
  /** Forgets scripts, latencies and requests; listeners stay. */
  clear(): void;
}

interface Script {
  readonly matches: RouteMatcher;
  readonly faults: Fault[];
  readonly repeat: boolean;
}

type RouteMatcher = (method: string, pathname: string) => boolean;

const maxBodyBytes = 1024 * 1024;

/**
 * The tests' hand in the sandbox: sees every request and decides how its answer goes wrong.
 *
 * @param options `keep`: how many requests are remembered, so that a long run stays flat in memory
 */
export function createDoor({
  now = Date.now,
  keep = 20_000,
}: {
  readonly now?: () => number;
  readonly keep?: number;
} = {}): Door {
  const scripts = new Map<string, Script>();
  const latencies = new Map<SandboxService, number>();
  const listeners = new Set<(request: DoorRequest) => void>();
  const arrivalListeners = new Set<(request: DoorRequest) => void>();
  let records: RequestRecord[] = [];

  const remember = (record: RequestRecord) => {
    records.push(record);
    // Cut rarely and by half: shifting a long array once per request would cost more than the answer.
    if (records.length > 2 * keep) records = keep === 0 ? [] : records.slice(-keep);
  };

  return {
    middleware: (service) => (request, response, next) => {
      const record = new RequestRecord(service, request, response, now());
      if (keep > 0) remember(record);
      response.once('close', () => {
        record.close();
        for (const listener of listeners) listener(record.view());
      });
      for (const listener of arrivalListeners) listener(record.view());
      const fault = takeFault(scripts, record);
      const latencyMs = latencies.get(service) ?? 0;
      if (fault === 'pass') {
        if (latencyMs > 0) answerLate(response, latencyMs);
        next();
        return;
      }
      later(response, latencyMs + (fault.delayMs ?? 0), () => {
        if (fault.until === undefined) playFault(fault, request, response, next);
        else {
          void fault.until().then(() => {
            if (!response.destroyed) playFault(fault, request, response, next);
          });
        }
      });
    },
    script(route, faults, { repeat = false } = {}) {
      scripts.set(route, { matches: routeMatcher(route), faults: [...faults], repeat });
    },
    requests(route) {
      const matches = route === undefined ? () => true : routeMatcher(route);
      const kept = keep === 0 ? [] : records.slice(-keep);
      return kept.filter(({ method, pathname }) => matches(method, pathname)).map((r) => r.view());
    },
    onRequest(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onArrival(listener) {
      arrivalListeners.add(listener);
      return () => arrivalListeners.delete(listener);
    },
    latency(service, ms) {
      latencies.set(service, ms);
    },
    clear() {
      scripts.clear();
      latencies.clear();
      records = [];
    },
  };
}

class RequestRecord {
  readonly method: string;
  readonly pathname: string;
  readonly #service: SandboxService;
  readonly #path: string;
  readonly #headers: IncomingMessage['headers'];
  readonly #atMs: number;
  #response: ServerResponse | undefined;
  #status: number | undefined;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(
    service: SandboxService,
    request: IncomingMessage,
    response: ServerResponse,
    atMs: number,
  ) {
    this.#service = service;
    this.method = request.method ?? '';
    this.#path = originalUrl(request);
    const queryAt = this.#path.indexOf('?');
    this.pathname = queryAt < 0 ? this.#path : this.#path.slice(0, queryAt);
    this.#headers = request.headers;
    this.#atMs = atMs;
    this.#response = response;
    if (this.method !== 'GET' && this.method !== 'HEAD') this.#listen(request);
  }

  /** Overhears the body on its way in, so that whoever reads the request finds it untouched. */
  #listen(request: IncomingMessage) {
    const push = request.push.bind(request);
    request.push = (chunk, encoding) => {
      if (Buffer.isBuffer(chunk) && this.#size < maxBodyBytes) {
        this.#chunks.push(chunk.subarray(0, maxBodyBytes - this.#size));
        this.#size += chunk.length;
      }
      return push(chunk, encoding);
    };
  }

  close() {
    this.#status = this.#currentStatus();
    this.#response = undefined;
  }

  #currentStatus() {
    if (!this.#response) return this.#status;
    return this.#response.headersSent ? this.#response.statusCode : undefined;
  }

  view(): DoorRequest {
    return {
      service: this.#service,
      method: this.method,
      path: this.#path,
      headers: this.#headers,
      body: Buffer.concat(this.#chunks).toString('utf8'),
      atMs: this.#atMs,
      status: this.#currentStatus(),
    };
  }
}

/** Express shortens `url` below a mount point and keeps the whole one here. */
function originalUrl(request: IncomingMessage): string {
  if ('originalUrl' in request && typeof request.originalUrl === 'string') {
    return request.originalUrl;
  }
  return request.url ?? '/';
}

function takeFault(scripts: ReadonlyMap<string, Script>, record: RequestRecord): Fault {
  for (const { matches, faults, repeat } of scripts.values()) {
    const [fault] = faults;
    if (fault === undefined || !matches(record.method, record.pathname)) continue;
    if (!repeat || faults.length > 1) faults.shift();
    return fault;
  }
  return 'pass';
}

function routeMatcher(route: string): RouteMatcher {
  const [method, pattern] = route.split(' ');
  if (!method || !pattern?.startsWith('/')) {
    throw new TypeError(`a route reads "GET /path/:id", not "${route}"`);
  }
  const segments = pattern.split('/');
  return (actualMethod, pathname) => {
    if (actualMethod !== method) return false;
    const actual = pathname.split('/');
    return (
      actual.length === segments.length &&
      segments.every((segment, index) =>
        segment.startsWith(':') ? actual[index] !== '' : segment === actual[index],
      )
    );
  };
}

function answerLate(response: ServerResponse, ms: number) {
  const arrivedMs = performance.now();
  holdBack(response, (body) => {
    later(response, ms - (performance.now() - arrivedMs), () => response.end(body));
  });
}

function later(response: ServerResponse, ms: number, act: () => void) {
  if (ms <= 0) {
    act();
    return;
  }
  const timer = setTimeout(act, ms);
  response.once('close', () => clearTimeout(timer));
}
