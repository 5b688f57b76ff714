import type { Person } from './directory.ts';
import { escapeHtml } from './text.ts';

interface SignInPage {
  /** Where the form goes. */
  readonly action: string;
  /** Id of the request that is decided. */
  readonly request: string;
  readonly app: string;
  readonly host: string;
  readonly scopes: readonly string[];
  readonly people: readonly Person[];
}

/** The page on which a person says who they are and whether the app may act for them. */
export function signInPage({ action, request, app, host, scopes, people }: SignInPage): string {
  const choices = people.map(
    (person, index) => `
      <label class="person">
        <input type="radio" name="person" value="${person.id}"${index === 0 ? ' checked' : ''}>
        <span><strong>${escapeHtml(person.displayName)}</strong>
        <small>${escapeHtml(person.email)} · ${escapeHtml(person.organization.name)}</small></span>
      </label>`,
  );
  return page(
    'Sign in',
    `<p class="where">Sandbox sign-in · ${escapeHtml(host)}</p>
    <h1>Sign in to continue to ${escapeHtml(app)}</h1>
    <form method="post" action="${escapeHtml(action)}">
      <input type="hidden" name="request" value="${escapeHtml(request)}">
      <fieldset><legend>Who are you?</legend>${choices.join('')}
      </fieldset>
      <p>${escapeHtml(app)} asks for:</p>
      <ul>${scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`).join('')}</ul>
      <p class="buttons">
        <button name="answer" value="approve">Approve</button>
        <button name="answer" value="deny">Deny</button>
      </p>
    </form>`,
  );
}

export function signInErrorPage(message: string): string {
  return page('Sign-in failed', `<h1>This sign-in cannot go on</h1><p>${escapeHtml(message)}</p>`);
}

const page = (title: string, body: string) => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} – Webex sandbox</title>
  <style>${style}</style>
</head>
<body>
  <main>
    ${body}
  </main>
</body>
</html>
`;

const style = `
:root { color-scheme: light dark; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#f3f5f7, #16191d);
  color: light-dark(#1c2126, #e8ebee); }
main { max-width: 26rem; margin: 4vh auto; padding: 1.5rem; border-radius: .75rem;
  background: light-dark(#fff, #20252b); box-shadow: 0 1px 6px light-dark(#0002, #0008); }
h1 { font-size: 1.3rem; line-height: 1.3; margin: .25rem 0 1rem; }
.where, small { color: light-dark(#5a646e, #9aa5b0); }
.where { margin: 0; font-size: .85rem; }
fieldset { border: 0; padding: 0; margin: 0; display: grid; gap: .5rem; }
legend { padding: 0 0 .5rem; }
.person { display: flex; gap: .75rem; align-items: center; padding: .6rem .75rem; border-radius: .5rem;
  border: 1px solid light-dark(#c9d1d9, #3a424b); cursor: pointer; }
.person:has(:checked) { border-color: #0b7a5f; outline: 1px solid #0b7a5f; }
.person strong, .person small { display: block; }
.buttons { display: flex; gap: .75rem; margin: 1.25rem 0 0; }
button { flex: 1; padding: .65rem; font: inherit; font-weight: 600; border-radius: 2rem; cursor: pointer;
  border: 1px solid #0b7a5f; color: light-dark(#0b7a5f, #57d6b4); background: transparent; }
button[value=approve] { background: #0b7a5f; color: #fff; }
:focus-visible { outline: 3px solid #3d8bfd; outline-offset: 2px; }
`;
