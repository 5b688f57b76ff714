import { expect, onTestFinished, test } from 'vitest';
import { createAudit } from '../src/audit.ts';
import type { FinishedExport } from '../src/export/finished-exports.ts';
import { AuditLog } from '../src/store/audit-log.ts';
import { silent } from './contact-center/fake.ts';
import { nowMs, orderWith } from './export/orders.ts';
import { makeTempFolder } from './helpers/temp.ts';

const balance = {
  ...{ found: 1, exported: 1, no_transcript: 0, still_open: 0 },
  ...{ filtered_out: 0, failed: 0, cancelled: 0 },
};

function finished(ref: string, endedAtMs: number): FinishedExport {
  const order = { version: 1, ref, orderedAtMs: nowMs, ...orderWith() } as const;
  const post = { part: 1, of: 1, place: 'space', messageId: `file of ${ref}` } as const;
  const posts = [{ ...post, atMs: endedAtMs }];
  return { order, outcome: 'complete', balance, endedAtMs, posts, unconfirmed: 0 };
}

test('writes, once, what a kill behind the end of an export kept from being written', async () => {
  const dir = await makeTempFolder();
  const open = async () => {
    const log = await AuditLog.open({
      ...{ dir, now: () => nowMs, log: silent },
      keys: [{ kid: 'k1', key: Buffer.alloc(32, 1) }],
    });
    onTestFinished(() => log.close());
    return { log, audit: createAudit(log) };
  };
  const first = await open();
  const known = finished('AAAA', nowMs + 1);
  const lost = finished('BBBB', nowMs + 2);
  const before = finished('CCCC', nowMs - 1);
  await first.audit.ordered(known.order);
  const [post] = known.posts;
  if (post) first.audit.delivered(known.order, { kind: 'posted', ...post });
  await first.log.note('export_ended', { ref: 'AAAA' });

  // Once for each of two starts.
  await first.audit.catchUp([before, known, lost], []);
  await first.audit.catchUp([before, known, lost], []);

  const lines = (await first.log.recent()).map(({ kind, facts }) => [kind, facts['ref']]);
  const late = (await first.log.recent()).filter(({ facts }) => 'late' in facts);
  expect(lines).toEqual([
    ['export_ordered', 'AAAA'],
    ['delivered', 'AAAA'],
    ['export_ended', 'AAAA'],
    ['delivered', 'BBBB'],
    ['export_ended', 'BBBB'],
  ]);
  expect(late.map(({ facts }) => facts['late'])).toEqual(
    [nowMs + 2, nowMs + 2].map((ms) => new Date(ms).toISOString()),
  );
  expect(late[1]?.facts).toMatchObject({ outcome: 'complete', balance, email: expect.any(String) });
});
