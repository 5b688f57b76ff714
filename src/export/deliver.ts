import { AppError, ForbiddenError } from '../errors.ts';
import { ApiError, InvalidAnswerError, UnreachableError } from '../http/errors.ts';
import { isUndone } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { PostedMessage, Target, WebexClient } from '../webex/client.ts';
import { isRefusedForGood } from '../webex/refusal.ts';
import type { ExportOrder } from './order.ts';
import { inspectSpace, type SpaceRules } from './space-check.ts';

export interface FinishedFile {
  readonly path: string;
  readonly name: string;
  readonly contentType: string;
}

/** Where a file is, and with what words it goes there. */
export type Place = 'space' | 'direct';

/** Why a file is not where the command was: as asked for, not everybody there may see it, or it cannot be posted. */
export type Detour = 'asked' | 'unsafe' | 'refused';

export interface Delivery {
  readonly place: Place;
  /** Only of a file whose command was said in a group space and that did not go there. */
  readonly detour: Detour | undefined;
  readonly message: PostedMessage;
}

interface DeliverDeps {
  readonly webex: WebexClient;
  readonly rules: SpaceRules;
  /** Called when the first byte is about to leave; what it throws keeps it from leaving. */
  readonly beforeUpload: () => void;
  readonly log: Log;
}

/** Webex did not say whether it took the file: it may be there, and it may not. */
export class UnconfirmedUploadError extends AppError {
  readonly code = 'api_unavailable';

  constructor(cause: unknown) {
    super(
      'posting a file: nobody knows whether it arrived',
      'Webex did not confirm that it took the file. If it is not here, please send the command again.',
      { cause },
    );
  }
}

/**
 * Posts a file where it may be seen: into the thread of the command, or to the person alone when the
 * space is not provably safe at this very moment, or does not take the file.
 *
 * @throws {UnconfirmedUploadError} another attempt may make a second copy; {ForbiddenError}; {ApiError} or
 *   {UnreachableError} nothing was posted; whatever `beforeUpload` throws
 */
export async function deliver(
  file: FinishedFile,
  caption: (place: Place) => string,
  order: ExportOrder,
  deps: DeliverDeps,
): Promise<Delivery> {
  const isAsked = order.toMe === true && order.place.roomType === 'group';
  const posted = isAsked ? 'asked' : await postInSpace(file, caption('space'), order, deps);
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
  const before = async () => {
    await mustBeSafe(order, deps);
    deps.beforeUpload();
  };
  const targets: Target[] = [
    { roomId, parentId },
    // The command itself may have been deleted meanwhile; then there is no thread to answer in.
    { roomId },
  ];
  for (const target of targets) {
    try {
      return await upload(() => webex.postFile(target, file, caption, { before }));
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
  const before = async () => deps.beforeUpload();
  try {
    return await upload(() => deps.webex.postFile(target, file, caption, { before }));
  } catch (cause) {
    if (!isRefusedForGood(cause)) throw cause;
    throw new ForbiddenError(
      'the file could neither be posted in the space nor sent to the person',
      'The file may not be posted here, and Webex did not let me send it to you directly. Send the command again in a space that only your organization is in.',
      { cause },
    );
  }
}

async function upload(post: () => Promise<PostedMessage>): Promise<PostedMessage> {
  try {
    return await post();
  } catch (error) {
    throw mayHaveArrived(error) ? new UnconfirmedUploadError(error) : error;
  }
}

function mayHaveArrived(error: unknown): boolean {
  if (error instanceof UnreachableError) return error.mayHaveArrived;
  if (error instanceof ApiError) {
    return (error.status === 408 || error.status >= 500) && !isUndone(error);
  }
  return error instanceof InvalidAnswerError;
}

async function mustBeSafe(order: ExportOrder, deps: DeliverDeps): Promise<void> {
  if (order.place.roomType === 'direct') return;
  const verdict = await inspectSpace(order.place.roomId, deps);
  if (verdict.safe) return;
  deps.log.info({ why: verdict.why }, 'the space is not safe for the file, sending it directly');
  throw new UnsafeSpaceError(verdict.why);
}
