import type { ExportOrder } from '../export/order.ts';
import { orAborted } from '../http/deadline.ts';
import type { WebexClient } from '../webex/client.ts';
import { type Asking, type PermissionRules, permissionOf } from './permission.ts';

/** A person who was taken off the list gets nothing five seconds later, whatever Webex does meanwhile. */
const lookUpMs = 2_000;

/** Who may command the bot, asked again whenever it matters. */
export class Permissions {
  #rules: PermissionRules;
  readonly #webex: Pick<WebexClient, 'person'>;

  constructor(webex: Pick<WebexClient, 'person'>, rules: PermissionRules) {
    this.#webex = webex;
    this.#rules = rules;
  }

  get rules(): PermissionRules {
    return this.#rules;
  }

  setAdmins(admins: readonly string[]): void {
    this.#rules = { ...this.#rules, admins };
  }

  /**
   * Whether new rules leave an export alone. Only whom they do not name as they were when they asked is
   * looked up, by a new address perhaps; where Webex cannot tell, the rules are what counts.
   */
  async outlivesRules({ requester, place }: ExportOrder): Promise<boolean> {
    const { personId: id, personUuid: uuid, orgUuid, email } = requester;
    const known = { id, uuid, orgUuid, emails: [email], type: 'person' };
    if (permissionOf({ person: known, space: place }, this.#rules) === 'allowed') return true;
    const signal = AbortSignal.timeout(lookUpMs);
    return orAborted(this.stillHolds(id, place), signal).catch(() => false);
  }

  async stillHolds(personId: string, space: Asking['space']): Promise<boolean> {
    const person = await this.#webex.person(personId);
    return permissionOf({ person, space }, this.#rules) === 'allowed';
  }
}
