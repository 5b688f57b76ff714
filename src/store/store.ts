import { join } from 'node:path';
import type { Log } from '../log.ts';
import { BudgetNotes } from './budget-notes.ts';
import { CardStore } from './cards.ts';
import { preparePrivateFolder } from './folder.ts';
import { GrantStore } from './grants.ts';
import { Inbox } from './inbox.ts';
import { LoginStore } from './logins.ts';
import type { Vault } from './vault.ts';

export interface Store {
  readonly grants: GrantStore;
  readonly logins: LoginStore;
  readonly inbox: Inbox;
  readonly cards: CardStore;
  readonly budgetNotes: BudgetNotes;
  /** Resolves when nothing is on its way to the disk any more. */
  close(): Promise<void>;
}

/** All files of the folder, whoever reads them: at the start they are closed to others. */
export const fileNames = {
  grants: 'grants.json',
  logins: 'logins.json',
  inbox: 'inbox.json',
  cards: 'cards.json',
  budget: 'budget.json',
  exports: 'exports.json',
  schedules: 'schedules.json',
  audit: 'audit.json',
  auditLog: 'audit.ndjson',
} as const;

/**
 * Opens the state of the bot: one small file for each kind of record, in a folder of its own.
 *
 * @throws {ConfigError} the folder cannot be made or closed to others; {StoreCorruptError} a file cannot be
 *   read, and was left untouched
 */
export async function openStore(deps: {
  dir: string;
  vault: Vault;
  now: () => number;
  log: Log;
}): Promise<Store> {
  const { dir, vault, now, log } = deps;
  await preparePrivateFolder(dir, Object.values(fileNames), log);
  const grants = await GrantStore.open(join(dir, fileNames.grants), { vault, log });
  const logins = await LoginStore.open(join(dir, fileNames.logins), { vault });
  const inbox = await Inbox.open(join(dir, fileNames.inbox), now);
  const cards = await CardStore.open(join(dir, fileNames.cards));
  const budgetNotes = await BudgetNotes.open(join(dir, fileNames.budget), log);
  return {
    grants,
    logins,
    inbox,
    cards,
    budgetNotes,
    async close() {
      const all = [grants, logins, inbox, cards, budgetNotes];
      await Promise.all(all.map((one) => one.idle()));
    },
  };
}
