import { expect, test } from 'vitest';
import { trustedUrl } from '../../../src/webex/websocket/addresses.ts';

const vendor = new URL('https://u2c.wbx2.com/u2c/api/v1');
const local = new URL('http://127.0.0.1:9000/u2c/api/v1');
const gateway = new URL('https://gateway.example.org/u2c');
const doing = 'reading';

test.each<[string, URL, 'http' | 'ws']>([
  ['https://wdm-a.wbx2.com/wdm/api/v1', vendor, 'http'],
  ['wss://mercury-connection-a.wbx2.com/v1/apps/wx2/registrations/1/messages', vendor, 'ws'],
  ['https://wdm.gov.ciscospark.com/wdm', vendor, 'http'],
  ['http://127.0.0.1:9001/wdm', local, 'http'],
  ['ws://127.0.0.1:9000/mercury', local, 'ws'],
  ['wss://gateway.example.org/mercury', gateway, 'ws'],
  ['https://wdm-a.wbx2.com/wdm', gateway, 'http'],
])('sends the token to %s', (text, home, scheme) => {
  expect(trustedUrl(text, { home, scheme, doing }).href).toBe(text);
});

test.each<[string, URL, 'http' | 'ws']>([
  ['https://wdm.example.org/wdm', vendor, 'http'],
  ['https://evilwbx2.com/wdm', vendor, 'http'],
  ['https://wbx2.com.example.org/wdm', vendor, 'http'],
  ['http://wdm-a.wbx2.com/wdm', vendor, 'http'],
  ['ws://mercury.wbx2.com/', vendor, 'ws'],
  ['https://mercury.wbx2.com/', vendor, 'ws'],
  ['https://user@wdm-a.wbx2.com/', vendor, 'http'],
  ['http://127.0.0.1:9000/wdm', vendor, 'http'],
  ['http://localhost:9000/wdm', local, 'http'],
  ['http://gateway.example.org/wdm', gateway, 'http'],
  ['//wdm-a.wbx2.com', vendor, 'http'],
  ['', vendor, 'http'],
])('does not send it to %j', (text, home, scheme) => {
  expect(() => trustedUrl(text, { home, scheme, doing })).toThrow('outside of Webex');
});
