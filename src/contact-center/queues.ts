import { z } from 'zod';
import { InvalidAnswerError } from '../http/errors.ts';
import type { Caller, ContactCenter } from './client.ts';
import { fold } from './conditions.ts';
import { parseAnswer } from './graphql.ts';
import { Flag, Text } from './values.ts';

/** Contact service queue: developer.webex.com/webex-contact-center/docs/api/v1/contact-service-queue */
export const Queue = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  active: Flag,
  /** Upper case here, other than in Search: `CHAT`, `SOCIAL_CHANNEL`, … */
  channelType: Text,
});
export type Queue = z.infer<typeof Queue>;

/** Version 1 of this API answers with the bare list. */
const QueuePage = z.union([
  z.array(z.unknown()).transform((data) => ({ data, totalPages: 1 })),
  z
    .object({
      data: z.array(z.unknown()),
      meta: z
        .object({ totalPages: z.number().optional().catch(undefined) })
        .optional()
        .catch(undefined),
    })
    .transform(({ data, meta }) => ({ data, totalPages: meta?.totalPages })),
]);

const pageSize = 100;
const maxPages = 1_000;

/**
 * Lists every queue of the caller's organization, inactive ones too: their conversations still exist.
 *
 * @yields queues in the API's order, each once; what has no id or no name is left out
 */
export async function* listQueues(
  contactCenter: ContactCenter,
  caller: Caller,
): AsyncGenerator<Queue> {
  const seen = new Set<string>();
  const base = `/organization/${encodeURIComponent(caller.orgId)}/v2/contact-service-queue`;
  for (let page = 0; ; page++) {
    const doing = `listing queues, page ${page + 1}`;
    if (page === maxPages) {
      throw new InvalidAnswerError('contact-center', doing, 'the paging does not end');
    }
    const path = `${base}?page=${page}&pageSize=${pageSize}&attributes=id,name,channelType,active`;
    const { data, totalPages } = await contactCenter.request(
      caller,
      { doing, method: 'GET', path },
      ({ json }) => parseAnswer(QueuePage, json, doing),
    );
    const known = seen.size;
    for (const row of data) {
      const { data: queue } = Queue.safeParse(row);
      if (!queue || seen.has(queue.id)) continue;
      seen.add(queue.id);
      yield queue;
    }
    // A page without news ends the list as well: some servers repeat the last one for ever.
    const last = totalPages === undefined ? data.length < pageSize : page + 1 >= totalPages;
    if (last || seen.size === known) return;
  }
}

export interface ResolvedQueues {
  readonly found: readonly Queue[];
  readonly unknown: readonly string[];
}

/**
 * Finds queues by name; case and extra spaces do not matter. Of several queues with one name all are
 * meant, unless one of them has exactly the spelling that was given.
 */
export function resolveQueueNames(
  names: readonly string[],
  queues: readonly Queue[],
): ResolvedQueues {
  const found = new Set<Queue>();
  const unknown: string[] = [];
  for (const name of names) {
    const alike = queues.filter((queue) => fold(queue.name) === fold(name));
    const exact = alike.filter((queue) => queue.name === name);
    if (alike.length === 0) unknown.push(name);
    for (const queue of exact.length > 0 ? exact : alike) found.add(queue);
  }
  return { found: [...found], unknown };
}
