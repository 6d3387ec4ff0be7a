import { afterEach, expect, test } from 'vitest';
import { CommandError } from './command.ts';
import { runScript, wholeNumber } from './script.ts';
import { printed } from './testing.ts';

const { argv } = process;
afterEach(() => {
  process.argv = argv;
  process.exitCode = undefined;
});

const out = printed();
let given = '';

async function run(args: readonly string[], result: () => Promise<number> = async () => 0): Promise<number> {
  process.argv = ['node', 'script.ts', ...args];
  given = '';
  Object.assign(out, { out: '', err: '' });
  process.exitCode = undefined;
  await runScript('Usage: this', { events: { type: 'string', default: '7' } }, async ({ events }) => {
    given = events;
    return result();
  });
  return Number(process.exitCode ?? 0);
}

test('hands over its options, with defaults, and ends with the code that comes back', async () => {
  expect(await run([], async () => 1)).toBe(1);
  expect(given).toBe('7');
  expect(await run(['--events', '8'])).toBe(0);
  expect(given).toBe('8');
});

test('prints its help and runs nothing', async () => {
  expect(await run(['-h'])).toBe(0);
  expect(out.out).toBe('Usage: this\n');
  expect(given).toBe('');
});

test('tells wrong use with the help, and ends with 2', async () => {
  expect(await run(['--evnts', '8'])).toBe(2);
  expect(out.err).toContain("Unknown option '--evnts'");
  expect(out.err).toContain('Usage: this');
  expect(await run([], async () => wholeNumber('events', '1.5'))).toBe(2);
  expect(out.err).toContain('--events takes a whole number from 1 on, not "1.5".');
});

test('tells what a person can mend in a line, and anything else with its stack', async () => {
  expect(await run([], () => Promise.reject(new CommandError('No such file: x')))).toBe(1);
  expect(out.err).toBe('No such file: x\n');
  expect(await run([], () => Promise.reject(new TypeError('a bug')))).toBe(1);
  expect(out.err).toContain('script.test.ts');
});
