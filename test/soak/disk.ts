import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Everything that has a place on disk while no export is under way. */
const ours =
  /^(?:(?:audit|budget|exports|grants|inbox|logins)\.json(?:\.prev)?|audit\.ndjson|bot\.sock|jobs(?:\/\w{4}(?:\/(?:order\.json|journal\.ndjson))?)?)$/;

/** Files that nobody needs any more, and files that others could read. */
export function strayFiles(dataDir: string): string[] {
  return readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const stats = statSync(join(dataDir, name), { throwIfNoEntry: false });
    // Renamed or removed since it was listed.
    if (!stats) return [];
    const { mode } = stats;
    const wrong: string[] = [];
    if (!ours.test(name)) wrong.push(`left on disk: ${name}`);
    if ((mode & 0o077) !== 0) wrong.push(`${name} has the mode ${mode.toString(8)}`);
    return wrong;
  });
}
