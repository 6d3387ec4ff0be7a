import type { Reporter, TestModule } from 'vitest/node';

/** Closes every run with one line that people and CI read alike: 'N passed, N failed, N skipped'. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const state = test.result().state;
        if (state === 'passed' || state === 'failed' || state === 'skipped') count[state]++;
      }
      // A file that cannot even be loaded has no tests to fail.
      if (module.state() === 'failed' && !tests.some(test => test.result().state === 'failed'))
        count.failed++;
    }
    process.on('exit', () => {
      console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    });
  }
}
