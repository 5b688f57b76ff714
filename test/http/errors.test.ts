import { expect, it } from 'vitest';
import { ApiError, TooLargeError, UnreachableError } from '../../src/http/errors.ts';

it.each([
  [423, 'api_unavailable'],
  [429, 'rate_limited'],
  [500, 'api_unavailable'],
  [503, 'api_unavailable'],
  [200, 'api_refused'],
  [401, 'api_refused'],
  [403, 'api_refused'],
  [404, 'api_refused'],
])('sorts status %i by what the reader can do: %s', (status, code) => {
  expect(new ApiError({ service: 'webex', status, doing: 'testing' }).code).toBe(code);
});

it('keeps the words of the vendor for the log, away from the chat', () => {
  const error = new ApiError({
    service: 'contact-center',
    status: 403,
    doing: 'counting tasks',
    detail: 'scope missing for 42',
    trackingId: 't-1',
  });
  expect(error.message).toBe(
    'counting tasks: Webex Contact Center answered 403 (scope missing for 42)',
  );
  expect(error.userMessage).toContain('administrator or supervisor');
  expect(error.userMessage).not.toContain('42');
});

it('does not log what a vendor quotes of our request', () => {
  const { message } = new ApiError({
    service: 'webex',
    status: 400,
    doing: 'posting',
    detail:
      'TaskDetailsSpecification: token "NjA0YzQ5_hunter2hunter2" of (ada@shop.example) for 11111111-2222-4333-8444-555555555555, see https://x.example/y?sig=hunter2',
  });
  expect(message).toBe(
    'posting: Webex answered 400 (TaskDetailsSpecification: token "…" of (…@…) for 11111111-2222-4333-8444-555555555555, see https://x.example/y?…)',
  );
});

it("does not ask people for a sign-in or a role where it is the bot's own token that is refused", () => {
  const texts = [401, 403].map(
    (status) => new ApiError({ service: 'webex', status, doing: 'posting' }).userMessage,
  );
  expect(texts).toEqual([
    'Webex does not accept my own token any more (401); the operator has to renew it.',
    'Webex refused the request (403).',
  ]);
});

it('does not send people to sign in again because a storage refused a link', () => {
  const texts = [401, 403, 404].map(
    (status) => new ApiError({ service: 'storage', status, doing: 'downloading' }).userMessage,
  );
  expect(texts).toEqual(
    [401, 403, 404].map((status) => `The transcript storage refused the download (${status}).`),
  );
});

it('names the service in words, whatever went wrong', () => {
  const texts = [
    new UnreachableError('storage', 'downloading', 'ECONNRESET', { mayHaveArrived: true }),
    new TooLargeError('storage', 'downloading', 100),
    new ApiError({ service: 'storage', status: 200, doing: 'downloading' }),
    new ApiError({ service: 'storage', status: 502, doing: 'downloading' }),
  ].map(({ userMessage }) => userMessage);
  expect(texts.filter((text) => /the transcript storage/i.test(text))).toHaveLength(4);
});
