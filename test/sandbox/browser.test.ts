import { describe, expect, it } from 'vitest';
import { Browser } from '../../src/sandbox/browser.ts';
import { startTestServer } from '../helpers/server.ts';

const form = (action: string) => `
  <form method="get" action="/search"><input name="q"></form>
  <form method="post" action="${action}">
    <input type="hidden" name="token" value="a&amp;b&#39;c">
    <input type="radio" name="person" value="1"><button name="answer" value="yes">Yes</button>
  </form>`;

describe('the browser without a screen', () => {
  it('sends the form that fits, hidden fields included, and follows redirects with its cookies', async () => {
    const other = await startTestServer(({ path }, response) => {
      if (path === '/away') response.writeHead(302, { location: `${home.url}/back` }).end();
      else response.writeHead(404).end();
    });
    const home = await startTestServer(({ path }, response) => {
      if (path === '/start') response.writeHead(200).end(form('/send'));
      else if (path === '/send') {
        response
          .writeHead(303, {
            location: `${other.url}/away`,
            'set-cookie': ['lax=1; SameSite=Lax; HttpOnly', 'strict=1; SameSite=Strict'],
          })
          .end();
      } else response.writeHead(200).end('welcome back');
    });
    const browser = new Browser();
    const page = await browser.open(`${home.url}/start`);
    const last = await browser.submit(page, { person: '1', answer: 'yes' });
    const [start, send, back] = home.requests;
    const [away] = other.requests;
    expect(last).toEqual({ url: `${home.url}/back`, status: 200, html: 'welcome back' });
    expect(start?.headers['sec-fetch-site']).toBe('none');
    expect(send).toMatchObject({
      method: 'POST',
      body: 'token=a%26b%27c&person=1&answer=yes',
      headers: { 'sec-fetch-site': 'same-origin', origin: home.url },
    });
    expect(away?.headers).toMatchObject({ 'sec-fetch-site': 'cross-site' });
    // Coming back from another site brings Lax cookies, not Strict ones.
    expect(back?.headers.cookie).toBe('lax=1');
  });

  it('gives up on redirects without end and on pages without the form', async () => {
    const { url } = await startTestServer((_request, response) => {
      response.writeHead(302, { location: '/again' }).end('');
    });
    const browser = new Browser();
    const page = { url, status: 200, html: form('/send') };
    await expect(browser.open(url)).rejects.toThrow('more than 10 redirects');
    await expect(browser.submit(page, { code: '1' })).rejects.toThrow('no form with code');
  });
});
