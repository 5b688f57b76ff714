import type { ExportOrder } from '../export/order.ts';
import type { Schedule } from '../export/schedules.ts';
import type { Log } from '../log.ts';
import type { BegunLogin, Logins } from '../oauth/logins.ts';
import { describeWindow } from '../time.ts';
import type { PostedMessage, Target, WebexClient } from '../webex/client.ts';
import { type LoginCardFacts, loginCard } from './cards.ts';
import * as replies from './replies.ts';
import { threadOf } from './thread.ts';

export interface Applicant {
  readonly personId: string;
  readonly personUuid: string;
  readonly orgUuid: string;
  readonly displayName: string;
  readonly email: string;
}

interface Handover {
  readonly applicant: Applicant;
  readonly place: ExportOrder['place'];
  readonly facts: LoginCardFacts;
}

interface LoginDeskDeps {
  readonly logins: Logins;
  readonly webex: WebexClient;
  readonly scopes: readonly string[];
  /** `direct`: the card goes to the person, and to the space only if that fails. */
  readonly cardPlace: 'direct' | 'space';
  readonly log: Log;
}

/** Hands out login cards and takes them back; which message a card is stands with its login. */
export class LoginDesk {
  readonly #deps: LoginDeskDeps;

  constructor(deps: LoginDeskDeps) {
    this.#deps = deps;
  }

  /** @param place where the person is told: in the thread of the export, unless `login` was said elsewhere */
  async askForJob(
    order: ExportOrder,
    why: 'first' | 'lost',
    place: ExportOrder['place'] = order.place,
  ): Promise<void> {
    const { requester, window, ref } = order;
    const where = whereIn(order.place);
    const login = await this.#deps.logins.begin({
      person: requester,
      waiting: {
        kind: 'job',
        ref,
        what: `export ${order.filters}, ${describeWindow(window)}`,
        where,
      },
    });
    const facts: LoginCardFacts = {
      ...this.#factsFor(requester, login, window.zone),
      job: { ref, window, where },
    };
    const sent = await this.#hand(login, { applicant: requester, place, facts });
    const words = why === 'lost' ? replies.signInAgain(ref) : replies.signInSentDirectly();
    // In a direct space the card itself is the answer, unless it comes as a surprise.
    if (sent === 'direct' || (sent === 'here' && why === 'lost')) {
      await this.#deps.webex.postMessage(threadOf({ place }), words);
    }
  }

  /**
   * @param place where the card goes if not to the person directly: where the schedule was made, unless
   *   `login` was said elsewhere
   */
  async askForSchedule(
    schedule: Schedule,
    place: ExportOrder['place'] = schedule.place,
  ): Promise<'direct' | 'here'> {
    const { ref, owner, zone } = schedule;
    const where = whereIn(schedule.place);
    const what = replies.scheduleInWords(schedule);
    const login = await this.#deps.logins.begin({
      person: owner,
      waiting: { kind: 'schedule', ref, what, where },
    });
    const facts: LoginCardFacts = {
      ...this.#factsFor(owner, login, zone),
      schedule: { ref, what, where },
    };
    return this.#hand(login, { applicant: owner, place, facts });
  }

  async askPlain(
    applicant: Applicant,
    place: ExportOrder['place'],
    zone: string,
  ): Promise<'direct' | 'here'> {
    const login = await this.#deps.logins.begin({ person: applicant, waiting: { kind: 'login' } });
    const facts = this.#factsFor(applicant, login, zone);
    return this.#hand(login, { applicant, place, facts });
  }

  /** Ends the login a person may have begun; nothing is said. */
  async withdraw(person: Pick<Applicant, 'personUuid' | 'orgUuid'>): Promise<void> {
    await this.takeBack(await this.#deps.logins.cancel(person));
  }

  /** Removes the card of a login that is over; a card that is gone already is no error. */
  async takeBack(cardId: string | undefined): Promise<void> {
    if (cardId === undefined) return;
    await this.#deps.webex.deleteMessage(cardId).catch((err: unknown) => {
      this.#deps.log.info({ err }, 'a login card could not be removed');
    });
  }

  #factsFor(
    { displayName }: Applicant,
    login: { loginUrl: string; expiresAtMs: number },
    zone: string,
  ): LoginCardFacts {
    const { loginUrl, expiresAtMs } = login;
    return { loginUrl, expiresAtMs, name: displayName, scopes: this.#deps.scopes, zone };
  }

  /** @returns `direct` when the card went to the person while the command was said in a group space */
  async #hand(
    login: Pick<BegunLogin, 'id' | 'replacedCardId'>,
    { applicant, place, facts }: Handover,
  ): Promise<'direct' | 'here'> {
    await this.takeBack(login.replacedCardId);
    const here = threadOf({ place });
    const inSpace = place.roomType === 'direct' || this.#deps.cardPlace === 'space';
    try {
      const { target, message } = inSpace
        ? { target: 'here' as const, message: await this.#post(here, facts) }
        : await this.#postDirectly(applicant, here, facts);
      // Whoever was quicker than the answer of Webex has used the card already.
      const isAwaited = await this.#deps.logins.noteCard(login.id, message.id);
      if (!isAwaited) await this.takeBack(message.id);
      return target;
    } catch (error) {
      // Nobody holds its link, so its end would only puzzle.
      await this.withdraw(applicant);
      throw error;
    }
  }

  async #postDirectly(applicant: Applicant, here: Target, facts: LoginCardFacts) {
    try {
      const message = await this.#post({ personId: applicant.personId }, facts);
      return { target: 'direct' as const, message };
    } catch (err) {
      this.#deps.log.warn({ err }, 'the login card could not be sent directly');
      // The card is harmless in the wrong hands: whoever signs in must be the one who asked.
      return { target: 'here' as const, message: await this.#post(here, facts) };
    }
  }

  #post(target: Target, facts: LoginCardFacts): Promise<PostedMessage> {
    const { card, fallback } = loginCard(facts);
    return this.#deps.webex.postCard(target, card, fallback);
  }
}

function whereIn({ roomType, title }: ExportOrder['place']): string {
  return roomType === 'direct' ? 'your direct space with me' : `the space "${title ?? ''}"`;
}
