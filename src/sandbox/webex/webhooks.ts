import { createHmac } from 'node:crypto';
import { Agent, request } from 'undici';
import type { Person } from './directory.ts';
import type { Happening } from './feed.ts';
import { newId } from './ids.ts';
import { Refusal } from './refusal.ts';
import { eventData, type Hears } from './webhook-event.ts';

export interface NewWebhook {
  readonly name: string;
  readonly targetUrl: string;
  readonly resource: 'all' | Happening['resource'];
  readonly event: 'all' | Happening['event'];
  readonly secret?: string | undefined;
}

export interface Webhook extends NewWebhook {
  readonly id: string;
  readonly owner: Person;
  readonly status: 'active' | 'inactive';
  readonly createdMs: number;
}

/** One event as it went out. */
export interface Delivery {
  readonly webhookId: string;
  readonly targetUrl: string;
  readonly body: string;
  readonly signature: string | undefined;
  /** What the receiver answered; 0 where nobody did. */
  readonly status: number;
}

/** Source: Webhooks guide. */
const failuresAllowed = 100;
const failureWindowMs = 5 * 60_000;
const deliveryTimeoutMs = 15_000;

const deliveriesKept = 1_000;

/** Registered webhooks, and the deliveries to them: each event once, signed, never repeated. */
export class Webhooks {
  readonly #webhooks = new Map<string, Webhook>();
  readonly #failuresMs = new Map<string, number[]>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #agent = new Agent({
    headersTimeout: deliveryTimeoutMs,
    bodyTimeout: deliveryTimeoutMs,
  });
  readonly #hears: Hears;
  readonly #now: () => number;
  #deliveries: Delivery[] = [];

  constructor(deps: { readonly hears: Hears; readonly now: () => number }) {
    this.#hears = deps.hears;
    this.#now = deps.now;
  }

  create(owner: Person, given: NewWebhook): Webhook {
    const webhook: Webhook = {
      ...given,
      id: newId('WEBHOOK'),
      owner,
      status: 'active',
      createdMs: this.#now(),
    };
    this.#webhooks.set(webhook.id, webhook);
    return webhook;
  }

  /** A webhook that is switched on again keeps its failures: within five minutes one more disables it. */
  update(
    owner: Person,
    id: string,
    change: Pick<NewWebhook, 'name' | 'targetUrl' | 'secret'> & {
      readonly status?: Webhook['status'] | undefined;
    },
  ): Webhook {
    const known = this.get(owner, id);
    const webhook: Webhook = { ...known, ...change, status: change.status ?? known.status };
    this.#webhooks.set(id, webhook);
    return webhook;
  }

  get(owner: Person, id: string): Webhook {
    const webhook = this.#webhooks.get(id);
    if (webhook?.owner.id === owner.id) return webhook;
    throw new Refusal(404, 'Unable to find webhook.');
  }

  list(owner: Person): Webhook[] {
    return [...this.#webhooks.values()].filter((webhook) => webhook.owner.id === owner.id);
  }

  delete(owner: Person, id: string): void {
    this.#webhooks.delete(this.get(owner, id).id);
  }

  /** Disables it as the service does after too many failures. */
  disable(id: string): void {
    const webhook = this.#webhooks.get(id);
    if (webhook) this.#webhooks.set(id, { ...webhook, status: 'inactive' });
  }

  tell(happening: Happening): void {
    for (const webhook of this.#webhooks.values()) {
      if (webhook.status !== 'active' || !wants(webhook, happening)) continue;
      if (!this.#hears(webhook.owner, happening)) continue;
      const delivery = this.#deliver(webhook, happening);
      this.#underWay.add(delivery);
      void delivery.finally(() => this.#underWay.delete(delivery));
    }
  }

  /** The latest ones, oldest first. */
  deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  /** Resolves when no delivery is under way any more. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
    await this.settled();
  }

  async #deliver(webhook: Webhook, happening: Happening): Promise<void> {
    const { id: webhookId, targetUrl, secret } = webhook;
    const body = JSON.stringify({
      ...webhookJson(webhook),
      // The payload names what happened, where the registration may have said "all".
      resource: happening.resource,
      event: happening.event,
      actorId: happening.actor.id,
      data: eventData(happening),
    });
    const signature = secret === undefined ? undefined : sign(body, secret);
    const status = await this.#send(targetUrl, body, signature);
    const delivery = { webhookId, targetUrl, body, signature, status };
    this.#deliveries = [...this.#deliveries.slice(-deliveriesKept), delivery];
    if (status < 200 || status > 299) this.#countFailure(webhookId);
  }

  async #send(url: string, body: string, signature: string | undefined): Promise<number> {
    try {
      const answer = await request(url, {
        method: 'POST',
        dispatcher: this.#agent,
        headers: {
          'content-type': 'application/json',
          ...(signature !== undefined && { 'x-spark-signature': signature }),
        },
        body,
      });
      await answer.body.dump();
      return answer.statusCode;
    } catch {
      return 0;
    }
  }

  #countFailure(id: string) {
    const nowMs = this.#now();
    const known = this.#failuresMs.get(id) ?? [];
    const recent = [...known.filter((atMs) => nowMs - atMs < failureWindowMs), nowMs];
    this.#failuresMs.set(id, recent);
    if (recent.length >= failuresAllowed) this.disable(id);
  }
}

/** Hex HMAC-SHA1 over exactly the bytes that are sent. */
export function sign(body: string | Buffer, secret: string): string {
  return createHmac('sha1', secret).update(body).digest('hex');
}

export function webhookJson(webhook: Webhook) {
  const { id, name, targetUrl, resource, event, owner, status, createdMs } = webhook;
  return {
    id,
    name,
    targetUrl,
    resource,
    event,
    orgId: owner.organization.id,
    createdBy: owner.id,
    appId: owner.id,
    ownedBy: 'creator',
    status,
    created: new Date(createdMs).toISOString(),
  };
}

/** The firehose covers messages, memberships and rooms; attachment actions are asked for by name. */
function wants({ resource, event }: Webhook, happening: Happening): boolean {
  if (event !== 'all' && event !== happening.event) return false;
  return resource === 'all'
    ? happening.resource !== 'attachmentActions'
    : resource === happening.resource;
}
