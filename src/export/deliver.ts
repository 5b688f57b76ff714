import { ForbiddenError } from '../errors.ts';
import { ApiError, InvalidAnswerError, UnreachableError } from '../http/errors.ts';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { PostedMessage, Target, WebexClient } from '../webex/client.ts';
import type { ExportOrder } from './order.ts';
import { judgeMember, judgeRoom, type SpaceRules, type SpaceVerdict } from './space-check.ts';

export interface FinishedFile {
  readonly path: string;
  readonly name: string;
  readonly contentType: string;
}

/** Where a file is, and with what words it goes there. */
export type Place = 'space' | 'direct';

/** Why a file is not where it was asked for: not everybody there may see it, or it cannot be posted there. */
export type Detour = 'unsafe' | 'refused';

export interface Delivery {
  readonly place: Place;
  /** Only of a file that was asked for in a group space and did not go there. */
  readonly detour: Detour | undefined;
  readonly message: PostedMessage;
}

interface DeliverDeps {
  readonly webex: WebexClient;
  readonly rules: SpaceRules;
  readonly clock: Clock;
  /** Ends the pause before a second upload, not an upload under way. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Webex gets this long to become well again after an upload that may or may not have arrived. */
const secondUploadAfterMs = 2_000;

/**
 * Posts a file where it may be seen: into the thread of the command, or to the person alone when the
 * space is not provably safe at this very moment, or does not take the file.
 */
export async function deliver(
  file: FinishedFile,
  caption: (place: Place) => string,
  order: ExportOrder,
  deps: DeliverDeps,
): Promise<Delivery> {
  const posted = await postInSpace(file, caption('space'), order, deps);
  if (typeof posted !== 'string') return { place: 'space', detour: undefined, message: posted };
  const message = await postDirectly(file, caption('direct'), order, deps);
  return { place: 'direct', detour: posted, message };
}

/** The space must not get the file. */
class UnsafeSpaceError extends Error {}

async function postInSpace(
  file: FinishedFile,
  caption: string,
  order: ExportOrder,
  deps: DeliverDeps,
): Promise<PostedMessage | Detour> {
  const { roomId, parentId } = order.place;
  const { webex, log } = deps;
  // Asked before each attempt: between two of them Webex may have made us wait for minutes.
  const before = () => mustBeSafe(order, deps);
  const targets: Target[] = [
    { roomId, parentId },
    // The command itself may have been deleted meanwhile; then there is no thread to answer in.
    { roomId },
  ];
  for (const target of targets) {
    try {
      return await upload(() => webex.postFile(target, file, caption, { before }), deps);
    } catch (error) {
      if (error instanceof UnsafeSpaceError) return 'unsafe';
      if (!isRefusedForGood(error)) throw error;
      log.warn({ err: error }, 'the space did not take the file');
    }
  }
  return 'refused';
}

/** @throws {ForbiddenError} there is no place left where the file could go */
async function postDirectly(
  file: FinishedFile,
  caption: string,
  { requester }: ExportOrder,
  deps: DeliverDeps,
): Promise<PostedMessage> {
  const target = { personId: requester.personId };
  try {
    return await upload(() => deps.webex.postFile(target, file, caption), deps);
  } catch (cause) {
    if (!isRefusedForGood(cause)) throw cause;
    throw new ForbiddenError(
      'the file could neither be posted in the space nor sent to the person',
      'The workbook may not be posted here, and Webex did not let me send it to you directly. Send the command again in a space that only your organization is in.',
      { cause },
    );
  }
}

/** The space is gone, or the bot may not post there. */
function isRefusedForGood(error: unknown): boolean {
  return error instanceof ApiError && [400, 403, 404, 410].includes(error.status);
}

/**
 * Uploads once more where nobody knows whether the file arrived: two copies, which the ref tells apart
 * from two exports, are better than none.
 */
async function upload(
  post: () => Promise<PostedMessage>,
  { clock, signal, log }: DeliverDeps,
): Promise<PostedMessage> {
  try {
    return await post();
  } catch (error) {
    if (!mayHaveArrived(error)) throw error;
    log.warn({ err: error }, 'the file may not have arrived, uploading it once more');
    await clock.sleep(secondUploadAfterMs, signal);
    return await post();
  }
}

function mayHaveArrived(error: unknown): boolean {
  if (error instanceof UnreachableError) return error.mayHaveArrived;
  if (error instanceof ApiError) return error.status === 408 || error.status >= 500;
  return error instanceof InvalidAnswerError;
}

async function mustBeSafe(order: ExportOrder, deps: DeliverDeps): Promise<void> {
  const verdict = await inspectSpace(order, deps);
  if (verdict.safe) return;
  deps.log.info({ why: verdict.why }, 'the space is not safe for the file, sending it directly');
  throw new UnsafeSpaceError(verdict.why);
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
