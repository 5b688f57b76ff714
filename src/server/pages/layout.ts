import { createHash } from 'node:crypto';
import { html, Markup } from './html.ts';

const style = `
:root {
  color-scheme: light dark;
  --back: #f3f4f6; --card: #fff; --text: #16181d; --soft: #565d6b; --line: #d5d9e0; --mark: #0b6b4f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #121417; --card: #1d2025; --text: #eceef1; --soft: #a4abb8; --line: #3a404a; --mark: #63d3ab;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: flex; align-items: center; justify-content: center;
  padding: 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main {
  width: 100%; max-width: 34rem; padding: 2rem; background: var(--card);
  border: 1px solid var(--line); border-top: 4px solid var(--mark); border-radius: 12px;
}
h1 { margin: 0 0 .75rem; font-size: 1.45rem; line-height: 1.25; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
p:last-child { margin-bottom: 0; }
dl { margin: 0 0 1.25rem; border-top: 1px solid var(--line); }
dl div {
  display: flex; gap: 1rem; padding: .6rem 0; border-bottom: 1px solid var(--line);
}
dt { flex: 0 0 5.5rem; color: var(--soft); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: .9rem; }
form { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0; }
button {
  flex: 1 1 12rem; min-height: 3rem; padding: .6rem 1rem; font: inherit; font-weight: 600;
  color: var(--text); background: var(--back); border: 2px solid var(--mark); border-radius: 8px;
  cursor: pointer;
}
button:hover { background: var(--line); }
button:focus-visible { outline: 3px solid var(--mark); outline-offset: 3px; }
@media (max-width: 30rem) {
  main { padding: 1.25rem; }
  dl div { flex-direction: column; gap: 0; }
  dt { flex-basis: auto; }
}
`;

/** For `style-src`: this one sheet and no other. */
export const styleSource = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

// The sheet is ours and constant; escaped, its quotes would no longer be the ones that were hashed.
const sheet = new Markup(`<style>${style}</style>`);

/** A whole page: one heading, one column, no script, nothing from elsewhere. */
export function page(title: string, content: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
${sheet}
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.text;
}
