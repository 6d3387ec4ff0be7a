import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './test/sequencer.ts';

/** Looks at what the environment says when a module is first loaded. */
const ALONE = 'shared/step/user*.test.ts';

// Google's clients are large: each of a hundred processes would compile them anew.
process.env['NODE_COMPILE_CACHE'] ??= resolve(import.meta.dirname, 'node_modules/.cache/compiled');

const exclude = ['**/node_modules/**'];

export default defineConfig({
  test: {
    reporters: ['default', './test/reporter.ts'],
    sequence: { sequencer: SlowFirst },
    setupFiles: ['./test/setup.ts'],
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
        test: { name: 'alone', include: [ALONE], exclude },
      },
      {
        extends: true,
        test: { name: 'sharing', include: ['**/*.test.ts'], exclude: [...exclude, ALONE], isolate: false },
      },
    ],
  },
});
