import type { LoginPage } from '../../oauth/logins.ts';
import { formatInstant } from '../../time.ts';
import { foreignText, html, type Markup } from './html.ts';
import { page } from './layout.ts';

/** Who asked for what, and two ways on from here that are equally easy. */
export function startPage(login: LoginPage, action: string): string {
  const asker = html`<strong>${foreignText(login.displayName)}</strong> (${foreignText(login.maskedEmail)})`;
  return page(
    'Sign in to Webex?',
    html`<p>${asker} asked the export bot to do this:</p>
<dl>
${rowsOf(login)}
</dl>
<p>Continue only if that was you. The bot then reads the contact center with your rights, no others.
If somebody else signs in here, nothing is stored.</p>
<form method="post" action="${action}">
<button name="answer" value="continue">Continue to Webex</button>
<button name="answer" value="decline">No, do not sign in</button>
</form>
<p class="soft">Sign in with exactly this account. If this browser is signed in to Webex with another
one, open the link in a private window. The link works until ${instant(login.expiresAtMs)}.</p>`,
  );
}

function rowsOf({ waiting, askedAtMs }: LoginPage): Markup {
  const asked = row('When', instant(askedAtMs));
  if (waiting.kind === 'login') return html`${row('What', html`sign in to this bot`)}${asked}`;
  return html`${row('What', foreignText(waiting.what, 1_000))}
${row('Where', foreignText(waiting.where, 300))}
${asked}
${row('Reference', foreignText(waiting.ref))}`;
}

function row(term: string, value: Markup): Markup {
  return html`<div><dt>${term}</dt><dd>${value}</dd></div>`;
}

/** Where the reader is nobody knows here, so the zone is one that everybody can convert from. */
function instant(atMs: number): Markup {
  return html`<time datetime="${new Date(atMs).toISOString()}">${formatInstant(atMs, 'UTC')} UTC</time>`;
}
