import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError } from '../command.ts';

/** Path below the checkout to content. */
export type Files = Readonly<Record<string, string>>;

/**
 * Writes files that are not there yet, all of them or none.
 * @throws CommandError that names one that is
 */
export function writeNew(root: string, files: Files): void {
  const there = Object.keys(files).find(path => existsSync(join(root, path)));
  if (there) throw new CommandError(`${there} is there already; nothing was written. Choose another name.`);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, { flag: 'wx' });
  }
}
