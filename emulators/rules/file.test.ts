import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LogLine } from '../functions/log.ts';
import { followRules } from './file.ts';
import { SecurityRules } from './security-rules.ts';
import { ME, ROOT, ruleOf } from './testing.ts';

let folder: string;
let file: string;
let stop = (): void => {};
let lines: LogLine[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-rules-'));
  file = join(folder, 'firestore.rules');
  lines = [];
});
afterEach(() => {
  stop();
  rmSync(folder, { recursive: true });
});

function follow(): () => boolean {
  const rules = new SecurityRules();
  stop = followRules(rules, file, folder, line => lines.push(line));
  const access = rules.access(() => undefined);
  return () => access.get(ME, `${ROOT}/t/x`, undefined).allowed;
}

test('rules are those of the file, and those that it has after a change', async () => {
  writeFileSync(file, ruleOf('false'));
  const allowed = follow();
  expect(allowed()).toBe(false);
  writeFileSync(`${file}~`, ruleOf('true'));
  renameSync(`${file}~`, file);
  await vi.waitFor(() => expect(allowed()).toBe(true));
  expect(lines.map(({ severity }) => severity)).toEqual(['INFO']);
});

test('a change that is wrong is told, and the rules before stay in force', async () => {
  writeFileSync(file, ruleOf('true'));
  const allowed = follow();
  writeFileSync(file, ruleOf('nope()'));
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  expect(lines[0]!.severity).toBe('ERROR');
  expect(lines[0]!.message).toMatch(
    /^firestore\.rules:4:1: there is no function nope;.*\nThe rules from before stay in force\.$/,
  );
  expect(allowed()).toBe(true);
});

test('a file that is wrong or missing at the start is an error', () => {
  expect(follow).toThrow(/ENOENT/);
  writeFileSync(file, 'allow all');
  expect(follow).toThrow(/^firestore\.rules:1:1: version 2 of the language is needed/);
});
