import { readFileSync, watch } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import type { Log } from '../functions/log.ts';
import { RulesError } from './errors.ts';
import type { SecurityRules } from './security-rules.ts';

/** An editor may save in several steps. */
const SETTLE_MS = 50;

/**
 * Loads the rules of a file, and again whenever it changes. Of a change that is wrong the log says why, and the rules before
 * stay in force.
 *
 * @param root what errors name the file by is relative to it
 * @returns the way to stop
 * @throws RulesError where the file is wrong at the start; an ENOENT error where it is missing
 */
export function followRules(rules: SecurityRules, file: string, root: string, log: Log): () => void {
  const name = relative(root, file);
  let source = readFileSync(file, 'utf8');
  rules.load(source, name);
  const reload = (): void => {
    try {
      const now = readFileSync(file, 'utf8');
      if (now === source) return;
      source = now;
      rules.load(source, name);
      log({ severity: 'INFO', message: `${name} has changed: its rules are in force now.`, fields: {} });
    } catch (error) {
      const why = error instanceof RulesError ? error.message : `${name} cannot be read: ${String(error)}`;
      log({ severity: 'ERROR', message: `${why}\nThe rules from before stay in force.`, fields: {} });
    }
  };
  let settling: NodeJS.Timeout | undefined;
  // The folder, since an editor may put another file in its place.
  const watcher = watch(dirname(file), { persistent: false }, (_, changed) => {
    if (changed !== basename(file)) return;
    clearTimeout(settling);
    settling = setTimeout(reload, SETTLE_MS);
  });
  return () => {
    clearTimeout(settling);
    watcher.close();
  };
}
