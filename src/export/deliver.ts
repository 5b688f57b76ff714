import { ApiError } from '../http/errors.ts';
import type { Log } from '../log.ts';
import type { PostedMessage, Target, WebexClient } from '../webex/client.ts';
import type { ExportOrder } from './order.ts';
import { judgeMember, judgeRoom, type SpaceRules, type SpaceVerdict } from './space-check.ts';

export interface FinishedFile {
  readonly path: string;
  readonly name: string;
  readonly contentType: string;
}

export interface Delivery {
  readonly place: 'space' | 'direct';
  readonly message: PostedMessage;
}

interface DeliverDeps {
  readonly webex: WebexClient;
  readonly rules: SpaceRules;
  readonly log: Log;
}

/**
 * Posts a file where it may be seen: into the thread of the command, or to the person alone when the
 * space is not provably safe at this very moment, or does not take the file.
 */
export async function deliver(
  file: FinishedFile,
  caption: string,
  order: ExportOrder,
  { webex, rules, log }: DeliverDeps,
): Promise<Delivery> {
  const verdict = await inspectSpace(order, { webex, rules, log });
  if (verdict.safe) {
    const message = await postInSpace(file, caption, order, { webex, log });
    if (message) return { place: 'space', message };
  } else {
    log.info({ why: verdict.why }, 'the space is not safe for the file, sending it directly');
  }
  const target = { personId: order.requester.personId };
  return { place: 'direct', message: await webex.postFile(target, file, caption) };
}

/** Reads the space and every page of its members again; whatever cannot be read is not safe. */
async function inspectSpace(
  order: ExportOrder,
  { webex, rules, log }: DeliverDeps,
): Promise<SpaceVerdict> {
  if (order.place.roomType === 'direct') return { safe: true };
  try {
    const ofRoom = judgeRoom(await webex.room(order.place.roomId), rules);
    if (!ofRoom.safe) return ofRoom;
    for await (const member of webex.memberships(order.place.roomId)) {
      const ofMember = judgeMember(member, rules);
      if (!ofMember.safe) return ofMember;
    }
    return { safe: true };
  } catch (err) {
    log.warn({ err }, 'the space could not be checked');
    return { safe: false, why: 'unreadable' };
  }
}

/** @returns undefined when the space refuses the file for good: it is gone, or the bot may not post */
async function postInSpace(
  file: FinishedFile,
  caption: string,
  { place }: ExportOrder,
  { webex, log }: Pick<DeliverDeps, 'webex' | 'log'>,
): Promise<PostedMessage | undefined> {
  const targets: Target[] = [
    { roomId: place.roomId, parentId: place.parentId },
    // The command itself may have been deleted meanwhile; then there is no thread to answer in.
    { roomId: place.roomId },
  ];
  for (const target of targets) {
    try {
      return await webex.postFile(target, file, caption);
    } catch (error) {
      if (!(error instanceof ApiError) || ![400, 403, 404, 410].includes(error.status)) throw error;
      log.warn({ err: error }, 'the space did not take the file');
    }
  }
  return undefined;
}
