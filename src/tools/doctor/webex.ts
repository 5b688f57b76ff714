import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { below } from '../../oauth/urls.ts';
import { type Answer, ask, NoAnswerError } from './ask.ts';
import { bad, type Finding, ok, skipped } from './finding.ts';
import { standIn } from './stand-in.ts';
import type { Surroundings } from './surroundings.ts';

/** More than that, and logins and links count as expired, or as not begun. */
const mostSkewMs = 60_000;

/** The resources of the two webhooks that webex-node-bot-framework registers. */
const wantedHooks = ['all', 'attachmentActions'] as const;

const Me = z.object({ type: z.string(), displayName: z.string().catch('') });
const Hooks = z.object({
  items: z.array(z.object({ targetUrl: z.string(), status: z.string(), resource: z.string() })),
});
const Refusal = z.object({ error: z.string() });

/** Webex, its clock, and whose token that is: one question answers all three. */
export async function checkBotToken(
  config: Config,
  { dispatcher }: Surroundings,
): Promise<Finding[]> {
  const check = 'bot token';
  let answer: Answer;
  try {
    const url = below(config.WEBEX_API_URL, '/people/me');
    answer = await ask(url, { dispatcher, token: config.WEBEX_BOT_TOKEN });
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return [unreachable('Webex', config.WEBEX_API_URL, error)];
  }
  return [ok('Webex', `${config.WEBEX_API_URL.host} answers`), checkClock(answer), judge(answer)];

  function judge({ status, json }: Answer): Finding {
    if (status === 401) {
      return bad(
        check,
        'Webex refuses WEBEX_BOT_TOKEN',
        'Create a new access token for the bot on developer.webex.com.',
      );
    }
    const me = Me.safeParse(json);
    if (status !== 200 || !me.success) {
      return bad(check, `Webex answered ${status}`, 'Try again; look at status.webex.com.');
    }
    if (me.data.type !== 'bot') {
      return bad(
        check,
        `it belongs to an account of type "${me.data.type}"`,
        'Use the access token of a bot.',
      );
    }
    return ok(check, `it is that of the bot "${me.data.displayName}"`);
  }
}

function checkClock({ dateMs }: Answer): Finding {
  if (dateMs === undefined) return skipped('clock', 'Webex did not say what time it is');
  const skewMs = Math.abs(Date.now() - dateMs);
  const words = `${Math.round(skewMs / 1_000)} s from that of Webex`;
  return skewMs <= mostSkewMs
    ? ok('clock', words)
    : bad('clock', words, 'Let the machine set its clock by NTP (systemd-timesyncd, chrony).');
}

/** Whether the bot's own server answers on this machine. */
export async function isRunning(
  { HOST, PORT }: Config,
  { dispatcher }: Surroundings,
): Promise<boolean> {
  const host = HOST === '0.0.0.0' ? '127.0.0.1' : HOST === '::' ? '[::1]' : HOST;
  try {
    const { status } = await ask(new URL(`http://${host}:${PORT}/healthz`), { dispatcher });
    return status === 200;
  } catch {
    return false;
  }
}

export async function checkPublicUrl(config: Config, around: Surroundings): Promise<Finding> {
  const check = 'public address';
  const url = below(config.PUBLIC_URL, '/healthz');
  if (!(await around.running)) return await tryTheWay(config, around);
  try {
    const { status } = await ask(url, around);
    if (status === 200) return ok(check, `${url.host} leads to the bot`);
    return bad(
      check,
      `${url.href} answered ${status}`,
      'The proxy must pass PUBLIC_URL on to HOST:PORT.',
    );
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return unreachable(check, config.PUBLIC_URL, error);
  }
}

/** Before the first start nobody is behind the address: then we are, for one question. */
async function tryTheWay(config: Config, around: Surroundings): Promise<Finding> {
  const check = 'public address';
  const url = below(config.PUBLIC_URL, '/healthz');
  const behind = await standIn(config);
  if (typeof behind === 'string') {
    return bad(
      check,
      `nothing can listen at ${config.HOST}:${config.PORT} (${behind})`,
      'Set HOST to an address of this machine, and PORT to one that is free.',
    );
  }
  try {
    const { status, json } = await ask(url, around);
    if (json === behind.word) return ok(check, `${url.host} leads here`);
    // A bot elsewhere perhaps: this may be another container, or another machine.
    if (status === 200) return skipped(check, `${url.host} does not lead here`);
    return bad(
      check,
      `${url.href} answered ${status}`,
      'The proxy must pass PUBLIC_URL on to HOST:PORT.',
    );
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return unreachable(check, config.PUBLIC_URL, error);
  } finally {
    behind.close();
  }
}

export async function checkWebhooks(config: Config, around: Surroundings): Promise<Finding> {
  const check = 'webhooks';
  if (config.BOT_TRANSPORT === 'websocket') return skipped(check, 'events come by websocket');
  let answer: Answer;
  try {
    const url = below(config.WEBEX_API_URL, '/webhooks?max=100');
    answer = await ask(url, { ...around, token: config.WEBEX_BOT_TOKEN });
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return unreachable(check, config.WEBEX_API_URL, error);
  }
  const hooks = Hooks.safeParse(answer.json);
  if (!hooks.success) return skipped(check, `Webex answered ${answer.status}`);
  const target = below(config.PUBLIC_URL, '/webex/events').href;
  const ours = hooks.data.items.filter(({ targetUrl }) => targetUrl === target);
  const dead = ours.filter(({ status }) => status !== 'active');
  if (dead.length > 0) {
    const what = dead.map(({ resource }) => resource).join(', ');
    return bad(
      check,
      `Webex has switched off: ${what}`,
      'Start the bot again once PUBLIC_URL can be reached from outside; it switches them on.',
    );
  }
  if (!(await around.running)) return skipped(check, 'the bot makes them when it starts');
  const missing = wantedHooks.filter((one) => !ours.some(({ resource }) => resource === one));
  return missing.length === 0
    ? ok(check, 'both lead here and are active')
    : bad(
        check,
        `none leads to PUBLIC_URL for: ${missing.join(', ')}`,
        'Start the bot again: it makes them.',
      );
}

/** A code that nobody was given: what the answer refuses tells what it has accepted. */
export async function checkIntegration(config: Config, around: Surroundings): Promise<Finding> {
  const check = 'integration';
  const redirect = redirectOf(config);
  const form = {
    grant_type: 'authorization_code',
    client_id: config.WEBEX_CLIENT_ID,
    client_secret: config.WEBEX_CLIENT_SECRET,
    code: `doctor-${randomUUID()}`,
    redirect_uri: redirect,
  };
  try {
    const { status, json } = await ask(below(config.WEBEX_API_URL, '/access_token'), {
      ...around,
      form,
    });
    const error = Refusal.safeParse(json).data?.error;
    if (status === 401 || error === 'invalid_client' || error === 'unauthorized_client') {
      return bad(
        check,
        'Webex knows no integration with this id and secret',
        'Copy WEBEX_CLIENT_ID and WEBEX_CLIENT_SECRET from developer.webex.com again.',
      );
    }
    // What it says of the code itself is documented nowhere; that it looked at it is enough.
    if (status === 400) return ok(check, 'Webex knows its id and secret');
    return skipped(check, `Webex answered ${status}, which tells nothing`);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return unreachable(check, config.WEBEX_API_URL, error);
  }
}

/** As a browser would begin a login; an address that is not registered is refused before anybody signs in. */
export async function checkRedirect(config: Config, around: Surroundings): Promise<Finding> {
  const check = 'redirect address';
  const url = below(config.WEBEX_API_URL, '/authorize');
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: config.WEBEX_CLIENT_ID,
    redirect_uri: redirectOf(config),
    scope: config.WXCC_SCOPES.join(' '),
    state: randomUUID(),
    code_challenge: randomUUID().replaceAll('-', '').padEnd(43, 'x'),
    code_challenge_method: 'S256',
  }).toString();
  try {
    const { status, location } = await ask(url, around);
    const error =
      location === undefined ? undefined : new URL(location, url).searchParams.get('error');
    if (status >= 500) return skipped(check, `Webex answered ${status}`);
    if (error === 'invalid_scope') {
      return bad(
        check,
        'the integration does not have all of WXCC_SCOPES',
        `Tick ${config.WXCC_SCOPES.join(', ')} for it on developer.webex.com.`,
      );
    }
    if (status >= 400 || error) {
      return bad(
        check,
        'Webex does not take it',
        `Register ${redirectOf(config)} for the integration, to the letter.`,
      );
    }
    return ok(
      check,
      `${redirectOf(config)} is registered, as far as Webex tells before somebody signs in`,
    );
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return unreachable(check, config.WEBEX_API_URL, error);
  }
}

function redirectOf({ PUBLIC_URL }: Config): string {
  return below(PUBLIC_URL, '/oauth/callback').href;
}

function unreachable(check: string, { host }: URL, error: NoAnswerError): Finding {
  return bad(
    check,
    `${host} cannot be reached: ${error.message}`,
    'Look at DNS, firewall and certificate of that host.',
  );
}
