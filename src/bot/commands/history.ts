import type { FinishedExport } from '../../export/finished-exports.ts';
import { uuidOf } from '../../webex/ids.ts';
import type { Command } from '../grammar/command.ts';
import * as replies from '../replies.ts';
import { applicantOf, type CommandContext, type CommandDeps, zoneOf } from './context.ts';

/** The exports of the person; in a group space those that were asked for there, because others read along. */
export async function history(
  { count }: Extract<Command, { kind: 'history' }>,
  { message, reply }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const own = deps.finished.of(applicantOf(message)).filter(isKnown);
  const shown =
    message.roomType === 'direct'
      ? own
      : own.filter(({ order }) => order.place.roomId === message.roomId);
  const exports = shown.slice(0, count);
  await reply(
    replies.history({
      exports: exports.map((one) => ({ ...one, link: linkTo(one) })),
      zone: zoneOf(message, deps),
      more: shown.length - exports.length,
      elsewhere: own.length - shown.length,
    }),
  );
}

/** Looks at late transcripts that brought nothing were never spoken of. */
function isKnown({ order, posts, recalledAtMs }: FinishedExport): boolean {
  return order.lateLook === undefined || posts.length > 0 || recalledAtMs !== undefined;
}

/** Opens the message with the file in the Webex app, or the one with the command where there is no file. */
function linkTo({ order: { place }, posts }: FinishedExport): string | undefined {
  const post = posts.find((one) => one.place === 'space');
  // The space between the bot and the person is not known by its id.
  if (!post && posts.length > 0 && place.roomType === 'group') return undefined;
  const space = uuidOf(place.roomId, 'ROOM');
  const message = uuidOf(post?.messageId ?? place.messageId, 'MESSAGE');
  if (space === undefined || message === undefined) return undefined;
  return `webexteams://im?space=${space}&message=${message}`;
}
