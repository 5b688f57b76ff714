/** Calls of the page's own server; a refusal is thrown with the server's words. */

export const getJson = async (path, query = {}) =>
  (await call(`${path}?${new URLSearchParams(query)}`)).json();

export const postJson = (path, body) =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function call(path, options) {
  const response = await fetch(`/api/${path}`, options);
  if (response.ok) return response;
  const { message } = await response.json().catch(() => ({}));
  throw new Error(message ?? `The sandbox answered ${response.status}.`);
}
