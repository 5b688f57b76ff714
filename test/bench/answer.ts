import { cardButtons } from '../../src/sandbox/webex/cards.ts';
import type { Sandbox } from './sign-in.ts';

/** Lets each large export run as soon as the bot asks, as whoever has ordered it. */
export function letAllRun({ webex }: Sandbox, onPress: () => void = () => {}): void {
  webex.onMessage(({ kind, message: { id, card, parentId } }) => {
    const person = webex.message(parentId ?? '')?.author;
    const run = card && cardButtons(card).find(({ title }) => title === 'Run');
    if (kind !== 'created' || !person || run?.type !== 'Action.Submit') return;
    onPress();
    webex.press({ person, messageId: id, inputs: run.data as Record<string, unknown> });
  });
}
