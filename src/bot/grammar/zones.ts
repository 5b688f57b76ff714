import { canonicalZone } from '../../time.ts';
import { closest } from './closest.ts';

/**
 * The zone that words most likely stand for: a name with spaces (`america/new york`), a city alone
 * (`berlin`), a fixed offset, a misspelt name or city. Undefined when nothing is near.
 */
export function closestZone(words: string): string | undefined {
  const name = words.replaceAll(' ', '_');
  return canonicalZone(name) ?? offsetZone(name) ?? similarZone(name);
}

function similarZone(name: string): string | undefined {
  const zones = knownZones();
  const cities = zones.map((zone) => zone.slice(zone.lastIndexOf('/') + 1));
  const sameCity = cities.findIndex((city) => city.toLowerCase() === name);
  if (sameCity !== -1) return zones[sameCity];
  const city = closest(name, cities);
  return closest(name, zones) ?? (city === undefined ? undefined : zones[cities.indexOf(city)]);
}

/** Whether a fixed offset is written here, which is not enough to know when the clocks change. */
export function isOffset(word: string): boolean {
  return /^(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?$|^z$/.test(word);
}

/** The zone that always has that offset; IANA's signs of these are the other way round. */
function offsetZone(word: string): string | undefined {
  const match = /^(?:utc|gmt)?([+-])(\d{1,2})(?::?00)?$/.exec(word);
  if (!match) return word === 'z' ? 'UTC' : undefined;
  const hours = Number(match[2]);
  return hours === 0 ? 'UTC' : canonicalZone(`Etc/GMT${match[1] === '+' ? '-' : '+'}${hours}`);
}

/** Abbreviations are left out: they are so short that each is one letter from a wrong one. */
function knownZones(): string[] {
  return [...Intl.supportedValuesOf('timeZone'), ...currentNames].filter((zone) => zone.length > 4);
}

/** Cities that the runtime's list still has under a former name only. */
const currentNames = [
  'America/Nuuk',
  'Asia/Ho_Chi_Minh',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Yangon',
  'Atlantic/Faroe',
  'Europe/Kyiv',
  'Pacific/Chuuk',
  'Pacific/Pohnpei',
];
