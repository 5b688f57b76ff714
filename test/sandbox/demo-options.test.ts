import { describe, expect, it } from 'vitest';
import { readDemoOptions } from '../../src/sandbox/demo-options.ts';

describe('the options of the demo', () => {
  it('have sensible defaults', () => {
    expect(readDemoOptions([])).toEqual({ say: [], outDir: 'data/demo', seed: 1, port: 0 });
  });

  it('take several things to say, in order', () => {
    const options = readDemoOptions(['--say', 'help', '--out', 'x', '--say=export', '--seed', '7']);
    expect(options).toMatchObject({ say: ['help', 'export'], outDir: 'x', seed: 7 });
  });

  it('show the usage whatever else is asked', () => {
    expect(readDemoOptions(['--help', '--port', '1'])).toBe('help');
  });

  it.each([
    [['--sya', 'help']],
    [['help']],
    [['--say']],
    [['--say', ' ']],
    [['--out', 'x']],
    [['--port', '65536']],
    [['--seed', '-1']],
    [['--seed', '1.5']],
  ])('refuse %j', (args) => {
    expect(() => readDemoOptions(args)).toThrow(Error);
  });
});
