import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError, describeError } from '../../src/errors.ts';
import { createRig } from '../oauth/rig.ts';
import { anyJson, mutated, withOtherMember } from './mutated.ts';

const replies = [
  { access_token: 'canary', token_type: 'Bearer', expires_in: 3600, refresh_token: 'canary' },
  { error: 'invalid_grant', error_description: 'canary' },
].map((reply) => JSON.stringify(reply));

test('whatever the token endpoint answers is tokens, or an error that tells none of it', async () => {
  const { protocol, webex } = await createRig();
  const answers = fc.record({
    status: fc.constantFrom(200, 200, 200, 201, 204, 400, 401, 403),
    type: fc.constantFrom('application/json', 'application/json; charset=utf-8', 'text/html', ''),
    text: fc.oneof(mutated(replies), withOtherMember(replies), anyJson),
  });
  const outcomes = { tokens: 0, errors: 0 };
  await fc.assert(
    fc.asyncProperty(answers, async ({ status, type, text }) => {
      webex.script((response) => {
        response.writeHead(status, type === '' ? {} : { 'content-type': type });
        response.end(status === 204 ? undefined : text);
      });
      try {
        const { accessToken } = await protocol.refresh('old');
        outcomes.tokens++;
        expect(accessToken).toMatch(/^[\x21-\x7e]+$/);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        outcomes.errors++;
        expect(JSON.stringify(describeError(error)) + error.userMessage).not.toContain('canary');
      }
    }),
    { seed: 20_261_120, numRuns: 1_300 },
  );
  expect(Math.min(outcomes.tokens, outcomes.errors)).toBeGreaterThan(20);
}, 120_000);
