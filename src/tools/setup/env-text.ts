import { parse as parseDotenv } from 'dotenv';
import { ConfigError } from '../../errors.ts';

type Values = ReadonlyMap<string, string>;

/**
 * A settings file with these values in it. Lines of other names, comments and order stay as they are.
 *
 * @throws {ConfigError} a value cannot be written so that it is read back as it is
 */
export function mergeEnvText(before: string, values: Values): string {
  const written = new Set<string>();
  const lines = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const merged = lines.map((line) => {
    const [, name = ''] = /^\s*(?:export\s+)?([\w.-]+)\s*=/.exec(line) ?? [];
    const value = values.get(name);
    if (value === undefined) return line;
    written.add(name);
    return assignment(name, value);
  });
  for (const [name, value] of values) {
    if (!written.has(name)) merged.push(assignment(name, value));
  }
  const text = `${merged.join('\n')}\n`;
  mustReadAs(text, new Map([...Object.entries(parseDotenv(before)), ...values]));
  return text;
}

/** Quoted only where it must be: `docker run --env-file` takes quotes for a part of the value. */
function assignment(name: string, value: string): string {
  if (/^[^\s'"`#\\$][^'"`#\\]*$/.test(value)) return `${name}=${value}`;
  const quote = ["'", '"', '`'].find((one) => !value.includes(one)) ?? '';
  return `${name}=${quote}${value}${quote}`;
}

function mustReadAs(text: string, values: Values): void {
  const read = parseDotenv(text);
  const names = [...values].flatMap(([name, value]) => (read[name] === value ? [] : [name]));
  if (names.length > 0) {
    throw new ConfigError(names.map((name) => `${name} cannot be written to a settings file`));
  }
}
