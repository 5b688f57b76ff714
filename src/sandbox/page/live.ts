import type { Response } from 'express';
import type { Person } from '../webex/directory.ts';
import type { Webex } from '../webex/webex.ts';
import type { Panel } from './panel.ts';
import { messageView } from './view.ts';

const keepAliveMs = 15_000;

/**
 * Server-sent events for one person: every message as it is posted, edited or removed, `spaces` when
 * somebody came or went, and `panel` with all that the side panel shows.
 */
export function streamTo(
  person: Person,
  { webex, panel }: { readonly webex: Webex; readonly panel: Panel },
  response: Response,
): void {
  const send = openStream(response);
  const stops = [
    webex.onMessage(({ kind, message }) => {
      if (webex.isMember(message.roomId, person)) send({ kind, message: messageView(message) });
    }),
    webex.onMembership(() => send({}, 'spaces')),
    panel.onChange(() => send(panel.view(), 'panel')),
  ];
  response.once('close', () => {
    for (const stop of stops) stop();
  });
}

/** The comment now and then keeps the connection from being given up. */
function openStream(response: Response): (data: unknown, event?: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': hello\n\n');
  const timer = setInterval(() => response.write(': still here\n\n'), keepAliveMs);
  response.once('close', () => clearInterval(timer));
  return (data, event) => {
    const name = event === undefined ? '' : `event: ${event}\n`;
    response.write(`${name}data: ${JSON.stringify(data)}\n\n`);
  };
}
