import { createLog, type Log } from '../../src/log.ts';
import { createVault, type Vault } from '../../src/store/vault.ts';

export const keyOne = { kid: 'k1', key: Buffer.alloc(32, 1) };
export const keyTwo = { kid: 'k2', key: Buffer.alloc(32, 2) };

export function testVault(): Vault {
  return createVault([keyOne]);
}

/** A log whose lines the test can read. */
export function recordedLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const stdout = { write: (line: string) => void lines.push(line) };
  return { log: createLog({ level: 'debug', stdout }), lines };
}

export const ana = {
  personUuid: '11111111-1111-4111-8111-111111111111',
  orgUuid: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
};
export const ben = { ...ana, personUuid: '22222222-2222-4222-8222-222222222222' };
