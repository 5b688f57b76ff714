import type { Command } from '../grammar/command.ts';
import { helpCard, helpText } from '../help.ts';
import { applicantOf, type CommandContext, type CommandDeps, placeOf, zoneOf } from './context.ts';

const cardLifeMs = 24 * 60 * 60_000;

export async function help(
  _command: Command,
  { message }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const { roomType } = message;
  const { defaultQueue } = deps;
  await deps.cards.post({
    owner: applicantOf(message),
    place: placeOf(message),
    topic: 'help',
    lifeMs: cardLifeMs,
    buttons: { start: { kind: 'export_form' } },
    draw: ({ start }) => ({
      card: helpCard({ zone: zoneOf(message, deps), roomType, defaultQueue }, start),
      fallback: helpText(roomType),
    }),
  });
}
