import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

function run(script: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, script), ...args],
    {
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}

describe.each(['main.ts', 'cold.ts'])('%s', script => {
  it('tells its use when asked', () => {
    const { status, stdout } = run(script, '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: npm run .*--json/);
  });

  it('names an option that it does not know, tells its use and does nothing', () => {
    const { status, stdout, stderr } = run(script, '--jsn');
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/--jsn[\s\S]*Usage: npm run/);
  });
});

it('refuses a number of runs that is none', () => {
  const { status, stderr } = run('cold.ts', '--runs', 'ten');
  expect(status).toBe(2);
  expect(stderr).toContain('--runs takes a whole number from 1 on, not "ten".');
});
