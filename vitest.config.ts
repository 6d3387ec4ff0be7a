import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    reporters: ['default', './test/reporter.ts'],
    pool: 'forks',
    // Half of the tests wait for processes and clocks: one worker a core keeps the cores busy.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 0,
  },
});
