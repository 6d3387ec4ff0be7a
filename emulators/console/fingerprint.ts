import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What no build depends on. */
const ASIDE = /\.test\.ts$|\.testing\.ts$|\.md$/;

/** Changes with every source of the page, and with every version that it is built with. */
export function fingerprint(root: string): string {
  const hash = createHash('sha256');
  const web = join(root, 'web');
  const files = readdirSync(web, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !ASIDE.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
  for (const file of [...files, join(root, 'package-lock.json')])
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}
