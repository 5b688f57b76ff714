import type { Jobs } from '../../export/jobs.ts';
import type { ExportOrder } from '../../export/order.ts';
import { classesOf } from '../../export/redaction.ts';
import type { Window } from '../../time.ts';
import type { ExportRequest } from '../grammar/command.ts';
import { describeFilters, printCommand } from '../grammar/print.ts';
import type { CommandDeps } from './context.ts';

type NewOrder = Parameters<Jobs['accept']>[0];

/** What a request comes to for this person and place: the same whoever or whatever asks for it. */
export function newOrder(
  request: ExportRequest,
  {
    continues,
    ...at
  }: Pick<ExportOrder, 'requester' | 'place'> & {
    readonly window: Window;
    readonly continues?: { readonly ref: string } | undefined;
  },
  deps: Pick<CommandDeps, 'defaultQueue' | 'redactionFloor'>,
): NewOrder {
  return {
    ...at,
    ...(continues && { continues: continues.ref }),
    command: printCommand({ kind: 'export', request }),
    by: request.by,
    channel: request.channel,
    queues: typeof request.queues === 'string' ? request.queues : [...request.queues],
    ...(request.through.length > 0 && { through: [...request.through] }),
    ...(request.agents.length > 0 && { agents: [...request.agents] }),
    ...(request.customer !== undefined && { customer: request.customer }),
    ...(request.containing.length > 0 && { containing: [...request.containing] }),
    ...(request.redact && { redact: true }),
    ...(request.toMe && { toMe: true }),
    ...(request.format !== 'xlsx' && { format: request.format }),
    ...(request.withContact && { withContact: true }),
    filters: filtersInWords(request, deps),
  };
}

/** As an acknowledgement says them, with what the settings add. */
export function filtersInWords(
  request: ExportRequest,
  { defaultQueue, redactionFloor }: Pick<CommandDeps, 'defaultQueue' | 'redactionFloor'>,
): string {
  return describeFilters(
    withDefaultQueue(request, defaultQueue),
    classesOf(request, redactionFloor),
  );
}

function withDefaultQueue(request: ExportRequest, queue: string | undefined): ExportRequest {
  if (request.queues !== 'default') return request;
  return { ...request, queues: queue === undefined ? 'all' : [queue] };
}
