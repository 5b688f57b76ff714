import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Entry,
  UnreadableTranscriptError,
} from '../../src/contact-center/transcript/entry.ts';
import { inOrderOfTime } from '../../src/contact-center/transcript/order.ts';
import { parseTranscript } from '../../src/contact-center/transcript/parse.ts';

const folder = new URL('../fixtures/transcripts/', import.meta.url);
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.json') && !name.endsWith('.expected.json'))
  .map((name) => name.replace(/\.json$/, ''));

/** Instant of the call's start, as Captures tells it for voice. */
const startMs = Date.UTC(2026, 0, 5, 9, 0, 0);

function read(body: string | Buffer): readonly Entry[] | { readonly unreadable: string } {
  try {
    return parseTranscript(Buffer.from(body), { startMs });
  } catch (error) {
    if (error instanceof UnreadableTranscriptError) return { unreadable: error.reason };
    throw error;
  }
}

describe('recorded transcripts', () => {
  it.each(cases)('reads %s as expected', (name) => {
    const result = read(readFileSync(new URL(`${name}.json`, folder)));
    const expected = readFileSync(new URL(`${name}.expected.json`, folder), 'utf8');
    // What is not there is left out of the files.
    expect(JSON.parse(JSON.stringify(result))).toEqual(JSON.parse(expected));
  });

  it('has every file that is meant to be unreadable refused, and no other', () => {
    const refused = cases.filter((name) => {
      return 'unreadable' in read(readFileSync(new URL(`${name}.json`, folder)));
    });
    expect(refused).toEqual(cases.filter((name) => name.startsWith('unreadable-')));
  });
});

describe('reading a transcript', () => {
  const entry = '{"message":"hello","timestamp":"2026-01-05T09:00:00Z"}';

  it.each([
    ['a byte order mark', `\uFEFF[${entry}]`],
    ['white space around', `\r\n\t [${entry}] \n`],
  ])('does not mind %s', (_name, body) => {
    expect(read(body)).toMatchObject([{ message: 'hello' }]);
  });

  it.each([
    ['an empty file', '', 'the file is empty'],
    ['white space', ' \n\t\n', 'the file is empty'],
    ['a page', '<!DOCTYPE html><html><body>Sign in</body></html>', 'it is HTML or XML, not JSON'],
    ['an error of S3', '<?xml version="1.0"?><Error/>', 'it is HTML or XML, not JSON'],
    ['a text', 'Hello, this is a transcript', 'it is not JSON'],
    ['half a file', '[{"message":"hel', 'its JSON is broken'],
  ])('refuses %s', (_name, body, reason) => {
    expect(read(body)).toEqual({ unreadable: reason });
  });

  it('refuses bytes that are no UTF-8', () => {
    const body = Buffer.concat([
      Buffer.from('[{"message":"'),
      Buffer.from([0xff]),
      Buffer.from('"}]'),
    ]);
    expect(read(body)).toEqual({ unreadable: 'it is not UTF-8 text' });
  });

  it('never tells what a file contains when it refuses it', () => {
    const secret = 'my PIN is 4711';
    const bodies = [
      `[{"message":"${secret}"`,
      secret,
      `<html>${secret}</html>`,
      `["${secret}"]`,
      `[{"x":"${secret}"}]`,
      `{"${secret}":"${secret}"}`,
      `{"messages":["${secret}"]}`,
      `{"responseContents":[{"x":"${secret}"}]}`,
      `{"parties":[],"dialog":["${secret}"]}`,
    ];
    const refusals = bodies.map((body) => JSON.stringify(read(body)));
    expect(
      refusals.filter((text) => !text.includes('unreadable') || text.includes('4711')),
    ).toEqual([]);
  });

  it('survives JSON of a hundred thousand levels', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(read(`[{"workItemData":${deep}}]`)).toEqual({
      unreadable: 'it is nested too deeply',
    });
    expect(read(deep)).toMatchObject({ unreadable: expect.any(String) });
    expect(read(`${'{"data":'.repeat(100_000)}1${'}'.repeat(100_000)}`)).toMatchObject({
      unreadable: expect.any(String),
    });
  });

  it('cannot be made to change what all objects have', () => {
    const hostile = [
      `[{"__proto__":{"message":"polluted","polluted":1},"direction":"inbound"}]`,
      `[{"message":"a","participant":{"__proto__":{"name":"polluted"},"constructor":{"x":1}}}]`,
      `{"__proto__":{"messages":[{"message":"polluted"}]}}`,
      `{"messages":[{"message":"a"}],"constructor":{"prototype":{"polluted":1}}}`,
    ];
    const read1 = hostile.map((body) => JSON.stringify(read(body)));
    expect(read1.filter((text) => text.includes('polluted'))).toEqual([]);
    expect('polluted' in {}).toBe(false);
  });

  it('either reads or refuses whatever JSON there is', () => {
    const members = fc.constantFrom(
      ...['message', 'participant', 'timestamp', 'attachments', 'workItemData', 'messages', 'data'],
      ...['parties', 'dialog', 'originator', 'body', 'encoding', 'start', 'vcon', 'analysis'],
      ...[
        'responseContents',
        'recognitionResult',
        'alternatives',
        'words',
        'start_time',
        '__proto__',
      ],
    );
    const { anything } = fc.letrec((tie) => ({
      anything: fc.oneof(
        { depthSize: 'medium' },
        fc.jsonValue({ maxDepth: 1 }),
        fc.constantFrom('base64url', 'json', 'text', 0, 1e300, -1, '1767603600000'),
        fc.array(tie('anything'), { maxLength: 4 }),
        fc.dictionary(members, tie('anything'), { maxKeys: 6 }),
      ),
    }));
    const outcome = fc.check(
      fc.property(anything, (json) => {
        const result = read(JSON.stringify(json));
        if ('unreadable' in result) return;
        for (const { message, timestampMs } of result) {
          if (message !== undefined && typeof message !== 'string') throw new Error('no text');
          if (Number.isNaN(timestampMs)) throw new Error('no time');
        }
      }),
      { numRuns: 3_000, seed: 7 },
    );
    expect(outcome.counterexample).toBeNull();
  });

  it('has no time for voice whose start nobody knows, but keeps its order', () => {
    const body = readFileSync(new URL('recognition.json', folder));
    const entries = parseTranscript(body);
    expect(entries.map(({ timestamp }) => timestamp)).toEqual(entries.map(() => undefined));
    expect(entries[0]?.message).toBe('good morning');
  });

  it('takes the language of the Captures answer where the file has none', () => {
    const [first] = parseTranscript(Buffer.from(`[${entry}]`), { languageCode: 'ja-JP' });
    expect(first?.languageCode).toBe('ja-JP');
  });

  it('reads a thousand entries of which one is unusual, all of them', () => {
    const body = `[${Array(999).fill(entry).join(',')},{"message":{"a":null}}]`;
    expect(read(body)).toHaveLength(1_000);
  });
});

describe('order of time', () => {
  it('merges several transcripts, keeping untimed entries behind those they follow', () => {
    const at = (second: number) => `"timestamp":"2026-01-05T09:00:0${second}Z"`;
    const parse = (...entries: string[]) => parseTranscript(Buffer.from(`[${entries.join(',')}]`));
    const first = parse(
      `{"message":"a1",${at(1)}}`,
      `{"message":"a1 goes on"}`,
      `{"message":"a5",${at(5)}}`,
    );
    const second = parse(`{"message":"b1",${at(1)}}`, `{"message":"b3",${at(3)}}`);
    const merged = inOrderOfTime([...first, ...second]).map(({ message }) => message);
    expect(merged).toEqual(['a1', 'a1 goes on', 'b1', 'b3', 'a5']);
  });
});
