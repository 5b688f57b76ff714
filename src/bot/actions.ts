import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { BadCommandError, CancelledError } from '../errors.ts';
import type { Card, Deed } from '../store/cards.ts';
import { keyOf } from '../store/person-key.ts';
import type { Target } from '../webex/client.ts';
import { isSameId } from '../webex/ids.ts';
import type { IncomingAction } from '../webex/listener.ts';
import type { Asked, CommandContext } from './commands/context.ts';
import { runCommand } from './commands.ts';
import { readExportForm } from './export-form.ts';
import type { Command } from './grammar/command.ts';
import { parseCommand } from './grammar/parse.ts';
import { type HandlerDeps, refusalFor } from './handler.ts';
import * as replies from './replies.ts';

/** What each of our buttons carries; inputs stand beside it. */
const Pressed = z.object({ button: z.string().max(100) });

/** A press, and what is known of its button. */
interface Press {
  readonly action: IncomingAction;
  readonly button: { readonly card: Card; readonly does: Deed } | undefined;
  /** The button is on record, but not with this card. */
  readonly isElsewhere: boolean;
  readonly roomType: Asked['roomType'];
  readonly reply: CommandContext['reply'];
}

/**
 * From a press of a button to an answer in the thread of its card: permission, whose card, single use,
 * age, inputs, command. A press comes to the same as typing, and only once.
 *
 * @throws {CancelledError} the bot is leaving and could not answer: the press has to come again
 */
export function createActionHandler(deps: HandlerDeps) {
  return async (action: IncomingAction): Promise<void> => {
    const press = await readPress(action, deps);
    try {
      await answer(press, deps);
    } catch (err) {
      if (err instanceof CancelledError) throw err;
      const reference = randomBytes(4).toString('hex');
      deps.log.error({ err, reference }, 'a button could not be handled');
      await press.reply(replies.somethingBroke(reference)).catch((lost: unknown) => {
        deps.log.error({ err: lost, reference }, 'and the person could not be told');
      });
    }
  };
}

async function readPress(action: IncomingAction, deps: HandlerDeps): Promise<Press> {
  const pressed = Pressed.safeParse(action.inputs);
  const button = pressed.success ? deps.cards.find(pressed.data.button) : undefined;
  if (button && isPressedOn(button.card, action)) {
    const { roomId, roomType, parentId } = button.card;
    return { action, button, isElsewhere: false, roomType, reply: to({ roomId, parentId }, deps) };
  }
  const isElsewhere = button !== undefined;
  const card = await readMessage(action, deps);
  if (card) {
    const thread = { roomId: action.roomId, parentId: card.parentId ?? card.id };
    return { action, button, isElsewhere, roomType: card.roomType, reply: to(thread, deps) };
  }
  // Where it was pressed cannot be told, so nobody else needs to hear of it.
  const reply = to({ personId: action.person.id }, deps);
  return { action, button, isElsewhere, roomType: 'direct', reply };
}

function to(target: Target, { webex }: HandlerDeps): Press['reply'] {
  return async (markdown) => {
    await webex.postMessage(target, markdown);
  };
}

function isPressedOn({ roomId, messageId }: Card, action: IncomingAction): boolean {
  if (!isSameId(roomId, action.roomId, 'ROOM')) return false;
  // The id of a card that was posted a moment ago may not be noted yet.
  return messageId === undefined || isSameId(messageId, action.messageId, 'MESSAGE');
}

/** The message of a card of which nothing is on record. */
async function readMessage({ messageId, roomId }: IncomingAction, { webex, log }: HandlerDeps) {
  try {
    const message = await webex.message(messageId);
    return isSameId(message.roomId, roomId, 'ROOM') ? message : undefined;
  } catch (err) {
    if (err instanceof CancelledError) throw err;
    log.info({ err }, 'the card of a button cannot be read');
    return undefined;
  }
}

async function answer(press: Press, deps: HandlerDeps): Promise<void> {
  const { action, button, roomType, reply } = press;
  const { id, person, roomId } = action;
  const refusal = refusalFor({ id, person, roomId, roomType }, deps);
  if (refusal !== undefined) return reply(refusal);
  if (!button || press.isElsewhere) {
    deps.log.warn(
      { action: id, personUuid: person.uuid },
      'a button was pressed that is not there',
    );
    return reply(button ? replies.cardElsewhere() : replies.cardUnknown());
  }
  const { card, does } = button;
  const worthless = whyWorthless(action, card, deps);
  if (worthless !== undefined) return reply(worthless);
  const command = readDeed(does, action);
  if (command instanceof BadCommandError) {
    return reply(replies.badCommand(command.userMessage, command.suggestion));
  }
  if (!(await deps.cards.spend(card, id))) return reply(replies.cardSpent());
  const { title, parentId } = card;
  const message = {
    ...{ id, person, roomId: card.roomId, roomType, parentId },
    ...(title !== undefined && { spaceTitle: title }),
  };
  await runCommand(command, { message, reply }, deps);
  await deps.cards.takeBack(card, action.messageId);
}

/** @returns the sentence for a press that does nothing; none where it may do something */
function whyWorthless(
  { id, person, tooOld }: IncomingAction,
  card: Card,
  { cards }: HandlerDeps,
): string | undefined {
  if (keyOf(card) !== keyOf({ personUuid: person.uuid, orgUuid: person.orgUuid })) {
    return replies.cardOfAnother();
  }
  // The same press again, which a crash kept from being answered.
  if (card.spentBy === id) return undefined;
  if (card.spentBy !== undefined) return replies.cardSpent();
  if (cards.isExpired(card)) return replies.cardExpired();
  return tooOld ? replies.pressedWhileOffline() : undefined;
}

function readDeed(does: Deed, { inputs }: IncomingAction): Command | BadCommandError {
  try {
    return does.kind === 'command' ? parseCommand(does.command) : readExportForm(inputs);
  } catch (error) {
    if (error instanceof BadCommandError) return error;
    throw error;
  }
}
