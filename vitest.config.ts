import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Folders whose tests leave nothing behind in their process: they may share one, which saves a third of their time. */
const SHARING = [
  'shared',
  'functions',
  'eventarc',
  'web',
  'cli/doctor',
  'terraform/check/hcl',
  ...['rules', 'bigquery/sql', 'pubsub', 'storage', 'tasks', 'firestore/query', 'auth', 'meter'].map(
    service => `emulators/${service}`,
  ),
];
/** Looks at what the environment says when a module is first loaded. */
const ALONE = 'shared/step/user*.test.ts';

// Google's clients are large: each of a hundred processes would compile them anew.
process.env['NODE_COMPILE_CACHE'] ??= resolve(import.meta.dirname, 'node_modules/.cache/compiled');

const sharing = SHARING.map(folder => `${folder}/**/*.test.ts`);
const exclude = ['**/node_modules/**'];

export default defineConfig({
  test: {
    reporters: ['default', './test/reporter.ts'],
    setupFiles: ['./test/seed.ts'],
    pool: 'forks',
    // Half of the tests wait for processes and clocks: three workers keep two cores busy.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 0,
    // What is waited for comes at once, but not on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: { name: 'alone', include: ['**/*.test.ts'], exclude: [...exclude, ...sharing] },
      },
      {
        extends: true,
        test: { name: 'user', include: [ALONE], exclude },
      },
      {
        extends: true,
        test: { name: 'sharing', include: sharing, exclude: [...exclude, ALONE], isolate: false },
      },
    ],
  },
});
