import { CookieJar } from 'tough-cookie';
import { type Dispatcher, request } from 'undici';

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly html: string;
}

type Fields = Readonly<Record<string, string>>;

interface Form {
  readonly action: string;
  readonly method: string;
  /** What it sends in any case. */
  readonly hidden: Fields;
  /** Fields and buttons a person can set or press. */
  readonly controls: ReadonlySet<string>;
}

interface Navigation {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** The page that led here. */
  readonly from: URL | undefined;
  readonly form?: URLSearchParams;
}

const maxRedirects = 10;

/**
 * A browser without a screen: cookies, redirects one by one, forms, and the headers by which servers tell
 * where a request comes from. Another origin counts as another site here, as it is in production.
 */
export class Browser {
  readonly #cookies = new CookieJar();

  open(url: string): Promise<Page> {
    return this.#go({ method: 'GET', url: new URL(url), from: undefined });
  }

  /** Fills in the page's form that has all these fields and sends it, hidden inputs included. */
  async submit(page: Page, answers: Fields): Promise<Page> {
    const names = Object.keys(answers);
    const form = readForms(page.html).find(({ controls }) =>
      names.every((name) => controls.has(name)),
    );
    if (form?.method !== 'post') {
      throw new Error(`${withoutQuery(page.url)} has no form with ${names.join(' and ')}`);
    }
    return this.#go({
      method: 'POST',
      url: new URL(form.action, page.url),
      from: new URL(page.url),
      form: new URLSearchParams({ ...form.hidden, ...answers }),
    });
  }

  async #go(start: Navigation): Promise<Page> {
    let step = start;
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const answer = await this.#send(step);
      const html = await answer.body.text();
      const { location } = answer.headers;
      const status = answer.statusCode;
      if (typeof location !== 'string' || ![301, 302, 303].includes(status)) {
        return { url: step.url.href, status, html };
      }
      step = { method: 'GET', url: new URL(location, step.url), from: step.url };
    }
    throw new Error(`more than ${maxRedirects} redirects from ${withoutQuery(start.url.href)}`);
  }

  async #send({ method, url, from, form }: Navigation): Promise<Dispatcher.ResponseData> {
    const foreign = from !== undefined && from.origin !== url.origin;
    const sameSiteContext = foreign ? (method === 'GET' ? 'lax' : 'none') : 'strict';
    const cookie = await this.#cookies.getCookieString(url.href, { sameSiteContext });
    const answer = await request(url, {
      method,
      headers: {
        accept: 'text/html',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        'sec-fetch-site': from === undefined ? 'none' : foreign ? 'cross-site' : 'same-origin',
        ...(cookie !== '' && { cookie }),
        ...(form &&
          from && {
            origin: from.origin,
            'content-type': 'application/x-www-form-urlencoded',
          }),
      },
      ...(form && { body: form.toString() }),
    });
    for (const header of [answer.headers['set-cookie'] ?? []].flat()) {
      await this.#cookies.setCookie(header, url.href, { ignoreError: true });
    }
    return answer;
  }
}

function readForms(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, head = '', inside = '']) => {
    const hidden: Record<string, string> = {};
    const controls = new Set<string>();
    for (const [, tag = ''] of inside.matchAll(/<(?:input|button|select|textarea)\b([^>]*)>/gi)) {
      const name = attribute(tag, 'name');
      if (name === undefined) continue;
      if (attribute(tag, 'type') === 'hidden') hidden[name] = attribute(tag, 'value') ?? '';
      else controls.add(name);
    }
    const method = attribute(head, 'method') ?? 'get';
    return {
      action: attribute(head, 'action') ?? '',
      method: method.toLowerCase(),
      hidden,
      controls,
    };
  });
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}\\s*=\\s*"([^"]*)"`, 'i').exec(tag)?.[1];
  return value === undefined ? undefined : unescapeHtml(value);
}

const entities: Fields = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal, hex, name) => {
    if (name) return entities[name] ?? all;
    return String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

function withoutQuery(url: string): string {
  return url.split('?')[0] ?? '';
}
