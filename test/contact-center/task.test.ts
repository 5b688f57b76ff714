import { describe, expect, it } from 'vitest';
import {
  isOpen,
  neededFields,
  optionalFields,
  readTask,
  type Task,
} from '../../src/contact-center/task.ts';

function read(row: unknown): Task {
  const task = readTask(row);
  if (!task) throw new Error('the row was not read');
  return task;
}

describe('a task', () => {
  it('reads numbers and times in either form', () => {
    const task = read({
      id: 'a',
      createdTime: '1763000000000',
      endedTime: 1_763_000_060_000,
      totalDuration: '60000',
      queueDuration: 0,
      csatScore: '4',
    });
    expect(task).toMatchObject({
      createdTime: 1_763_000_000_000,
      endedTime: 1_763_000_060_000,
      totalDuration: 60_000,
      queueDuration: 0,
      csatScore: 4,
    });
  });

  it('takes null, "NA", empty, missing and misplaced values for nothing', () => {
    const nothing = read({
      id: 'a',
      status: null,
      origin: 'NA',
      destination: ' ',
      direction: {},
      totalDuration: 'NA',
      transferCount: null,
      endedTime: 0,
      createdTime: -1,
      captureRequested: 'NA',
      isTranscriptionAvailable: null,
      lastQueue: { id: null, name: 'NA' },
      lastAgent: 'NA',
      lastTeam: null,
      customer: null,
    });
    expect(Object.values(nothing).filter((value) => value !== undefined)).toEqual(['a']);
  });

  it('keeps a queue of which only the name is known', () => {
    const task = read({ id: 'a', lastQueue: { name: 'Support' } });
    expect(task.lastQueue).toEqual({ id: undefined, name: 'Support' });
  });

  it('needs an id, and takes a number for one', () => {
    const ids = ['x', 7, '', 'NA', null, undefined, {}].map((id) => readTask({ id })?.id);
    expect(ids).toEqual(['x', '7', undefined, undefined, undefined, undefined, undefined]);
  });

  it('ignores members that nobody asked for, hostile ones too', () => {
    const task = read(JSON.parse('{"id":"a","__proto__":{"polluted":1},"queue":{}}'));
    expect(Object.hasOwn(task, 'queue')).toBe(false);
    expect('polluted' in task).toBe(false);
  });

  it.each([
    [{ isActive: true }, true],
    [{ isActive: false }, false],
    [{ isActive: false, status: 'wrapup' }, false],
    [{ endedTime: 1_763_000_060_000 }, false],
    [{ status: 'ended' }, false],
    [{ status: 'connected' }, true],
    [{}, true],
  ])('with %j is open: %s', (members, open) => {
    expect(isOpen(read({ id: 'a', ...members }))).toBe(open);
  });

  it('has every member that is asked for', () => {
    const fields = [...neededFields, ...optionalFields];
    const rowOf = (value: unknown) => {
      const row: Record<string, Record<string, unknown> | unknown> = {};
      for (const [name = '', member] of fields.map((field) => field.split('.'))) {
        row[name] = member === undefined ? value : { [member]: value };
      }
      return { ...row, id: 'a' };
    };
    const members = [rowOf('5'), rowOf(true)].flatMap((row) => Object.keys(read(row)));
    const asked = fields.map((field) => field.split('.')[0]);
    expect(new Set(members)).toEqual(new Set(asked));
  });
});
