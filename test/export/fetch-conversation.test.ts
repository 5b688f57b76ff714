import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { TranscriptLink } from '../../src/contact-center/captures.ts';
import { createTranscriptDownloads } from '../../src/contact-center/downloads.ts';
import { CancelledError, NotSignedInError } from '../../src/errors.ts';
import { fetchConversation } from '../../src/export/fetch-conversation.ts';
import { ApiError } from '../../src/http/errors.ts';
import { silent } from '../contact-center/fake.ts';
import { createTestClock } from '../helpers/clock.ts';
import { startTestServer } from '../helpers/server.ts';

type Answers = Readonly<Record<string, (response: ServerResponse) => void>>;
type Deps = Parameters<typeof fetchConversation>[1];

const entry = (message: string, second: number) => ({
  message,
  timestamp: new Date(Date.UTC(2026, 10, 20, 9, 0, second)).toISOString(),
});
const send = (content: unknown) => (response: ServerResponse) =>
  void response.end(JSON.stringify(content));
const refuse = (status: number) => (response: ServerResponse) =>
  void response.writeHead(status, { 'x-amz-request-id': `s3-${status}` }).end();

/** Reads a conversation whose files a local server serves by their names. */
async function startStorage(answers: Answers) {
  const server = await startTestServer(({ path }, response) => answers[path.slice(1)]?.(response));
  const downloads = createTranscriptDownloads({
    allowedHosts: [server.host],
    clock: createTestClock(),
    log: silent,
  });
  onTestFinished(() => downloads.close());
  const links = (...names: string[]): TranscriptLink[] =>
    names.map((name) => linkTo(`${server.url}/${name}`));
  const fetchLinks = (given: readonly TranscriptLink[], deps: Partial<Deps> = {}) =>
    fetchConversation(found(given), {
      taskId: 'task',
      downloads,
      freshLinks: async () => found(given),
      signal: new AbortController().signal,
      log: silent,
      ...deps,
    });
  const fetch = (names: readonly string[], deps: Partial<Deps> = {}) =>
    fetchLinks(links(...names), deps);
  return { server, links, fetch, fetchLinks };
}

const asked = { attempts: 2, status: 200, trackingId: 't-captures' };
const found = (links: readonly TranscriptLink[]) => ({ links, asked });

function linkTo(url: string, more: Partial<TranscriptLink> = {}): TranscriptLink {
  return {
    url,
    kind: 'digital',
    source: 'chat',
    fileName: 'chatTranscript.json',
    startMs: undefined,
    languageCode: undefined,
    ...more,
  };
}

test('merges all transcripts of a conversation in order of time', async () => {
  const { fetch } = await startStorage({
    one: send([entry('first', 1), entry('third', 3)]),
    two: send([entry('second', 2)]),
  });
  const { bucket, entries } = await fetch(['one', 'two']);
  expect([bucket, entries.map(({ message }) => message)]).toEqual([
    'exported',
    ['first', 'second', 'third'],
  ]);
});

test('takes from the link what the file does not say: when it began, and its language', async () => {
  const { links, fetchLinks } = await startStorage({
    voice: send({
      responseContents: [
        {
          recognitionResult: {
            role: 'CALLER',
            alternatives: [
              { transcript: 'hello there', words: [{ word: 'hello', startTime: '1.5s' }] },
            ],
          },
        },
      ],
    }),
  });
  const startMs = Date.UTC(2026, 10, 20, 9);
  const { entries } = await fetchLinks(
    links('voice').map((link) => ({ ...link, startMs, languageCode: 'de-DE' })),
  );
  expect(entries).toMatchObject([{ timestampMs: startMs + 1_500, languageCode: 'de-DE' }]);
});

test('is without transcript when none is named, and when all of them are empty', async () => {
  const { fetch } = await startStorage({ empty: send([]) });
  const results = [await fetch([]), await fetch(['empty', 'empty'])];
  expect(results).toMatchObject([
    {
      bucket: 'no_transcript',
      reason: { text: expect.stringContaining('holds no transcript'), ...asked },
    },
    { bucket: 'no_transcript', reason: { text: expect.stringContaining('is empty'), ...asked } },
  ]);
});

test('is without transcript when a fresh look finds that there is none any more', async () => {
  const { fetch } = await startStorage({ old: refuse(403) });
  const result = await fetch(['old'], { freshLinks: async () => found([]) });
  expect(result).toMatchObject({
    bucket: 'no_transcript',
    reason: { text: expect.stringContaining('holds no transcript') },
  });
});

test('says of the file that failed how often it was asked for, under both of its links', async () => {
  let asked = 0;
  const { fetch } = await startStorage({
    good: send([entry('x', 1)]),
    bad: (response) => {
      asked++;
      if (asked === 1) refuse(503)(response);
      else refuse(403)(response);
    },
  });
  const { bucket, entries, reason } = await fetch(['good', 'bad']);
  expect([bucket, entries, asked]).toEqual(['failed', [], 3]);
  expect(reason).toEqual({
    text: 'The transcript storage refused the download (403).',
    attempts: 3,
    status: 403,
    trackingId: 's3-403',
  });
});

test('does not blame a file for the failures of one that came in the end', async () => {
  let asked = 0;
  const { fetch } = await startStorage({
    slow: (response) => {
      asked++;
      if (asked < 4) refuse(500)(response);
      else send([entry('x', 1)])(response);
    },
    html: (response) => void response.end('<html>'),
  });
  const { reason } = await fetch(['slow', 'html']);
  expect(reason).toEqual({
    text: expect.stringContaining('HTML or XML'),
    attempts: 1,
    trackingId: 't-captures',
  });
});

test('is out of time at its own deadline, and tells the last refusal', async () => {
  let asked = 0;
  const { fetch } = await startStorage({
    stuck: (response) => {
      asked++;
      if (asked === 1) refuse(503)(response);
    },
  });
  const { bucket, reason } = await fetch(['stuck'], { deadlineMs: 400 });
  expect([bucket, reason]).toEqual([
    'failed',
    {
      text: 'The transcript did not arrive within the time allowed for one conversation.',
      attempts: 2,
      status: 503,
      trackingId: 's3-503',
    },
  ]);
});

test('does not count the time that fresh links take', async () => {
  const { fetch, links, server } = await startStorage({
    old: refuse(403),
    new: send([entry('x', 1)]),
  });
  const { bucket } = await fetch(['old'], {
    deadlineMs: 250,
    freshLinks: async () => {
      await once(AbortSignal.timeout(300), 'abort');
      return found(links('new'));
    },
  });
  expect([bucket, server.requests.length]).toEqual(['exported', 2]);
});

test('does not count the time in which its job waits for the storage', async () => {
  const { fetch } = await startStorage({ one: send([entry('x', 1)]), two: send([entry('y', 2)]) });
  const waits: number[] = [];
  const retries = {
    turn: async () => {
      waits.push(waits.length);
      await once(AbortSignal.timeout(150), 'abort');
      return { end: () => {} };
    },
  };
  const { bucket } = await fetch(['one', 'two'], { deadlineMs: 200, retries });
  expect([bucket, waits.length]).toEqual(['exported', 2]);
});

test('fails with the words of Captures when fresh links cannot be had', async () => {
  const { fetch } = await startStorage({ old: refuse(403) });
  const busy = new ApiError({
    service: 'contact-center',
    status: 503,
    doing: 'asking',
    trackingId: 't-503',
  });
  busy.attempts = 5;
  const { reason } = await fetch(['old'], { freshLinks: () => Promise.reject(busy) });
  expect(reason).toMatchObject({ attempts: 5, status: 503, trackingId: 't-503' });
});

test.each([
  ['a lost grant', new NotSignedInError('no grant', 'Please sign in.'), 'not_signed_in'],
  ['nothing else', new TypeError('a fault of this program'), undefined],
])('is not in a bucket after %s', async (_name, error, code) => {
  const { fetch } = await startStorage({ old: refuse(403) });
  const result = await fetch(['old'], { freshLinks: () => Promise.reject(error) }).catch(
    (thrown: unknown) => thrown,
  );
  expect(result).toMatchObject(
    code === undefined
      ? { bucket: 'failed', reason: { text: 'An unexpected error in the bot.' } }
      : { code },
  );
});

test('is not in a bucket when it was stopped on purpose', async () => {
  const stopping = new AbortController();
  const { fetch } = await startStorage({
    stuck: () => stopping.abort(new CancelledError()),
  });
  const result = fetch(['stuck'], { signal: stopping.signal });
  await expect(result).rejects.toMatchObject({ code: 'cancelled' });
});

test('names a host that is not allowed and asks it for nothing', async () => {
  const { fetchLinks } = await startStorage({});
  const result = await fetchLinks([linkTo('https://files.elsewhere.example/x?sig=secret')]);
  expect(result).toMatchObject({
    bucket: 'failed',
    reason: { attempts: 0, refusedHost: 'files.elsewhere.example' },
  });
  expect(JSON.stringify(result)).not.toContain('secret');
});
