import type { ExportOrder } from '../export/order.ts';
import type { Target, WebexClient } from '../webex/client.ts';

/** Where answers to the command of an order belong. */
export function threadOf({ place }: Pick<ExportOrder, 'place'>): Target {
  return { roomId: place.roomId, parentId: place.parentId };
}

/** In the thread of the command; directly to the person when the space no longer takes it. */
export async function sayInThread(
  webex: WebexClient,
  order: Pick<ExportOrder, 'place' | 'requester'>,
  markdown: string,
): Promise<void> {
  try {
    await webex.postMessage(threadOf(order), markdown);
  } catch {
    await webex.postMessage({ personId: order.requester.personId }, markdown);
  }
}
