import { expect, test } from 'vitest';
import { keepBuiltins } from '../../src/webex/keep-builtins.ts';

test('leaves the language as it was, although the framework brings a polyfill', async () => {
  const natives = () => [
    parseInt,
    parseFloat,
    String.prototype.trim,
    String.prototype.trimStart,
    String.prototype.trimEnd,
    Function.prototype.toString,
    Math.sinh,
  ];
  const before = natives();
  await keepBuiltins(() => import('webex-node-bot-framework'));
  const after = natives();
  expect(after).toEqual(before);
  expect(' x '.trim.toString()).toContain('[native code]');
});
