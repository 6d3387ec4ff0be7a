import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'vite';

/**
 * A process of its own: `build.ts ROOT FOLDER` makes the page of ROOT/web in FOLDER, whole or not at all, and takes away
 * its neighbours, which are of older sources.
 */
const [root = '', folder = ''] = process.argv.slice(2);
const home = dirname(folder);
const fresh = join(home, `.${randomUUID()}`);

// Whoever starts the suite waits for its events, not for this.
setPriority(15);
mkdirSync(home, { recursive: true });
try {
  const web = join(root, 'web');
  await build({
    root: web,
    configFile: join(web, 'vite.config.ts'),
    build: { outDir: fresh },
    logLevel: 'warn',
  });
  const older = readdirSync(home).filter(name => !name.startsWith('.'));
  // Another suite may have come first.
  if (!existsSync(folder)) renameSync(fresh, folder);
  for (const name of older)
    if (join(home, name) !== folder) rmSync(join(home, name), { recursive: true, force: true });
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
