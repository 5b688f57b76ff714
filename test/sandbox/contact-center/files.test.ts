import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { CaptureDraft } from '../../../src/sandbox/dataset/capture.ts';
import { uuidFor } from '../../../src/sandbox/dataset/task.ts';
import { at, nowMs, startSandbox } from './start.ts';

const id = uuidFor('the task');

async function startWith(transcript: CaptureDraft, more: Parameters<typeof startSandbox>[0] = {}) {
  const sandbox = await startSandbox({ tasks: [{ id, transcripts: [transcript] }], ...more });
  const answer = await sandbox.captures({ taskIds: [id], urlExpiration: 10 });
  const link = String(at(answer.json, 'data', 0, 'transcription', 0, 'filePath'));
  return { ...sandbox, link };
}

describe('the file host', () => {
  it('serves the transcript behind a link', async () => {
    const { ask, link, filesHost } = await startWith({ content: [{ message: 'schöne Grüße' }] });
    const answer = await ask('GET', link);
    expect(answer.json).toEqual([{ message: 'schöne Grüße' }]);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(new URL(link).host).toBe(filesHost);
  });

  it('serves whatever a test put there', async () => {
    const page = '<html>proxy error</html>';
    const html = await startWith({ content: page, contentType: 'text/html' });
    const bomb = await startWith({
      content: gzipSync(Buffer.alloc(1024 * 1024, 0x20)),
      contentEncoding: 'gzip',
    });
    const first = await html.ask('GET', html.link);
    const second = await bomb.ask('GET', bomb.link);
    expect([first.text, first.headers['content-type']]).toEqual([page, 'text/html']);
    expect(second.headers['content-encoding']).toBe('gzip');
  });

  it('refuses every Authorization header', async () => {
    const { ask, link } = await startWith({});
    const answer = await ask('GET', link, { headers: { authorization: 'Bearer admin' } });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('<Code>InvalidArgument</Code>');
  });

  it('refuses a link that has expired', async () => {
    let clock = nowMs;
    const { ask, link } = await startWith({}, { nowMs: () => clock });
    clock += 10 * 60_000 - 1;
    const inTime = await ask('GET', link);
    clock += 1;
    const late = await ask('GET', link);
    expect([inTime.status, late.status]).toEqual([200, 403]);
    expect(late.headers['content-type']).toBe('application/xml');
    expect(late.text).toContain('<Code>AccessDenied</Code>');
  });

  it('gives links the life it is told to', async () => {
    let clock = nowMs;
    const { ask, link } = await startWith({}, { nowMs: () => clock, options: { linkLifeMs: 500 } });
    clock += 500;
    expect((await ask('GET', link)).status).toBe(403);
  });

  it('refuses a signature that is not its own', async () => {
    const { ask, link } = await startWith({});
    const longer = link.replace('Expires=600', 'Expires=6000');
    const other = link.replace(`${id}.0`, `${id}.1`);
    const bare = link.replace(/\?.*/, '');
    const answers = await Promise.all([longer, other, bare].map((path) => ask('GET', path)));
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(answers[0]?.text).toContain('<Code>SignatureDoesNotMatch</Code>');
  });

  it('does not know a file that is gone', async () => {
    const { ask, link, dataset } = await startWith({});
    dataset.setTranscripts(id, []);
    expect((await ask('GET', link)).status).toBe(404);
  });

  it('serves GET only', async () => {
    const { ask, link } = await startWith({});
    expect((await ask('POST', link)).status).toBe(405);
  });

  it('stands behind the door', async () => {
    const { ask, link, door } = await startWith({ content: 'x'.repeat(100) });
    door.script('GET /files/:id', [{ status: 503 }, { truncate: true }]);
    const first = await ask('GET', link);
    await expect(ask('GET', link)).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    expect(first.status).toBe(503);
    expect(door.requests(`GET /files/${id}.0`)).toHaveLength(2);
  });
});
