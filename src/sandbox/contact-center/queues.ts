import type { Request } from 'express';
import { z } from 'zod';
import type { QueueRecord } from '../dataset/catalogue.ts';
import type { Handler } from './access.ts';
import { Refusal } from './refusal.ts';

export interface QueuesDeps {
  readonly queues: readonly QueueRecord[];
  readonly largestPage: number;
}

const Paging = z.object({
  page: z.coerce.number().int().min(0).default(0),
  pageSize: z.coerce.number().int().min(1).default(100),
  attributes: z.string().optional(),
  search: z.string().optional(),
  filter: z.string().optional(),
});
type Paging = z.infer<typeof Paging>;

/** `GET /organization/{orgId}/v2/contact-service-queue`: the queue part of github.com/webex/webex-openapi-specs, webex-contact-center.json */
export function createQueues({ queues, largestPage }: QueuesDeps): Handler {
  return (caller, request, response) => {
    const { orgId } = request.params;
    if (orgId !== caller.orgUuid) throw new Refusal(403, 'The token is of another organization');
    const read = Paging.safeParse(request.query);
    if (!read.success) throw new Refusal(400, 'page or pageSize is not a number in range');
    const { page, attributes, search, filter } = read.data;
    const pageSize = Math.min(read.data.pageSize, largestPage);
    const found = queues.filter(bySearch(search)).filter(byFilter(filter));
    const rows = found.slice(page * pageSize, (page + 1) * pageSize);
    response.json({
      meta: describePage(request, { ...read.data, pageSize }, orgId, found.length),
      data: rows.map((queue) => pick(queue, attributes)),
    });
  };
}

function describePage(request: Request, paging: Paging, orgid: string, totalRecords: number) {
  const { page, pageSize } = paging;
  const totalPages = Math.ceil(totalRecords / pageSize);
  const link = (number: number) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...paging, page: number })) {
      if (value !== undefined) query.set(name, String(value));
    }
    return `${request.path}?${query}`;
  };
  return {
    orgid,
    page,
    pageSize,
    totalPages,
    totalRecords,
    links: {
      self: link(page),
      first: link(0),
      last: link(Math.max(0, totalPages - 1)),
      ...(page + 1 < totalPages && { next: link(page + 1) }),
      ...(page > 0 && { prev: link(page - 1) }),
    },
  };
}

function pick(queue: QueueRecord, attributes: string | undefined): Partial<QueueRecord> {
  const { socialChannelType, ...members } = queue;
  const whole = { ...members, ...(socialChannelType !== null && { socialChannelType }) };
  if (attributes === undefined) return whole;
  const wanted = new Set(attributes.split(',').map((name) => name.trim()));
  return Object.fromEntries(Object.entries(whole).filter(([name]) => wanted.has(name)));
}

type Keeps = (queue: QueueRecord) => boolean;

/** `"text"` in name or description, or `field=="name";value=="text"`. */
function bySearch(search: string | undefined): Keeps {
  if (search === undefined) return () => true;
  const [, field, value] = /^field=="(name|description)";value=="(.*)"$/.exec(search) ?? [];
  const text = (value ?? search.replace(/^"(.*)"$/, '$1')).toLowerCase();
  return ({ name, description }) => {
    const places =
      field === 'name' ? [name] : field === 'description' ? [description] : [name, description];
    return places.some((place) => place.toLowerCase().includes(text));
  };
}

/** One comparison of RSQL; the sandbox knows no more of it. */
function byFilter(filter: string | undefined): Keeps {
  if (filter === undefined) return () => true;
  const [, field, operator, list] = /^(\w+)(==|!=|=in=|=out=)(.+)$/.exec(filter) ?? [];
  if (field === undefined || list === undefined) {
    throw new Refusal(400, 'filter is not one comparison');
  }
  const values = new Set(
    operator?.startsWith('=i') || operator?.startsWith('=o') ? listed(list) : [unquoted(list)],
  );
  const wanted = operator === '==' || operator === '=in=';
  return (queue) => values.has(String(Reflect.get(queue, field))) === wanted;
}

function listed(text: string): string[] {
  if (!/^\(.+\)$/.test(text)) throw new Refusal(400, 'filter needs a list in brackets');
  const parts = text.slice(1, -1).match(/"(?:[^"\\]|\\.)*"|'[^']*'|[^,]+/g) ?? [];
  return parts.map(unquoted);
}

/** A value with spaces is quoted; without quotes RSQL ends it at the first space. */
function unquoted(text: string): string {
  const [, double, single] = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)')$/.exec(text) ?? [];
  if (double !== undefined) return double.replaceAll(/\\(.)/g, '$1');
  if (single !== undefined) return single;
  if (/[\s"'();,]/.test(text)) throw new Refusal(400, 'filter: a value with spaces needs quotes');
  return text;
}
