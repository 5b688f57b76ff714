import { ConfigError } from '../errors.ts';
import { ApiError } from '../http/errors.ts';
import type { WebexClient } from './client.ts';
import type { Person } from './schema.ts';

/** @throws {ConfigError} the token is refused or not a bot's; otherwise what Webex answered in the end */
export async function readOwnAccount(client: Pick<WebexClient, 'me'>): Promise<Person> {
  try {
    const me = await client.me();
    if (me.type === 'bot') return me;
    throw new ConfigError([
      `WEBEX_BOT_TOKEN belongs to an account of type "${me.type}": use the token of a bot.`,
    ]);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
    throw new ConfigError(['WEBEX_BOT_TOKEN is refused by Webex: create a new one for the bot.']);
  }
}
