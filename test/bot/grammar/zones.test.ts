import { expect, test } from 'vitest';
import { closestZone, isOffset } from '../../../src/bot/grammar/zones.ts';

test.each([
  ['europe/berlin', 'Europe/Berlin', 'a zone'],
  ['europe berlin', 'Europe/Berlin', 'a space in place of the slash'],
  ['europe/brelin', 'Europe/Berlin', 'a misspelt zone'],
  ['berlin', 'Europe/Berlin', 'a city'],
  ['berln', 'Europe/Berlin', 'a misspelt city'],
  ['new york', 'America/New_York', 'a city of two words'],
  ['america/new york', 'America/New_York', 'a zone with a space'],
  ['port of spain', 'America/Port_of_Spain', 'a city of three words'],
  ['kolkata', 'Asia/Kolkata', 'a city by its present name'],
  ['calcutta', 'Asia/Calcutta', 'a city by its former name'],
  ['kyiv', 'Europe/Kyiv', 'a renamed city'],
  ['z', 'UTC', 'the military letter'],
  ['utc+0', 'UTC', 'no offset'],
  ['+05:00', 'Etc/GMT-5', 'an offset in full hours'],
  ['gmt-3', 'Etc/GMT+3', 'an offset to the west'],
])('takes %s for %s: %s', (words, zone) => {
  expect(closestZone(words)).toBe(zone);
});

test.each(['', 'pst', 'ist', 'x', 'atlantis', 'utc+5:30', '+99', 'in the space'])(
  'finds no zone near %s',
  (words) => {
    expect(closestZone(words)).toBeUndefined();
  },
);

test.each(['+1', '-05:30', '+0530', 'utc+1', 'gmt-3', 'z'])('takes %s for an offset', (word) => {
  expect(isOffset(word)).toBe(true);
});

test.each(['etc/gmt+5', 'utc', '1', 'berlin'])('takes %s for no offset', (word) => {
  expect(isOffset(word)).toBe(false);
});
