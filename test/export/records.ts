import { readTask, type Task } from '../../src/contact-center/task.ts';
import type { Entry } from '../../src/contact-center/transcript/entry.ts';
import type { Settlement, SpoolPlace } from '../../src/export/ledger.ts';

/** A task as the search would have given it. */
export function taskWith(more: Record<string, unknown> = {}): Task {
  const task = readTask({ id: 'task-1', channelType: 'chat', status: 'ended', ...more });
  if (!task) throw new Error('a task needs an id');
  return task;
}

export function entryWith(more: Partial<Entry> = {}): Entry {
  return {
    id: undefined,
    timestamp: undefined,
    timestampMs: undefined,
    direction: undefined,
    message: undefined,
    participantName: undefined,
    participantRole: undefined,
    role: undefined,
    participantUserId: undefined,
    participantAliasId: undefined,
    kind: 'message',
    attachmentNames: [],
    redacted: false,
    languageCode: undefined,
    ...more,
  };
}

export function settlementWith(more: Partial<Settlement> = {}): Settlement {
  return { id: 'task-1', bucket: 'exported', entries: 1, place: placeWith(1), ...more };
}

/** A place of so many bytes. */
export function placeWith(length: number): SpoolPlace {
  return { segment: { offset: 0, length: length + 28 }, offset: 0, length };
}
