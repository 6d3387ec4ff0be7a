import { expect, test } from 'vitest';
import { SecurityRules } from './security-rules.ts';
import { ME, ruleOf } from './testing.ts';

const nameIn = (project: string): string => `projects/${project}/databases/(default)/documents/t/x`;
const body = (content: string) => ({ rules: { files: [{ content }] } });

function started() {
  const rules = new SecurityRules();
  const access = rules.access(() => undefined);
  return { rules, allowed: (project: string) => access.get(ME, nameIn(project), undefined).allowed };
}

test('without rules everything is allowed', () => {
  expect(started().allowed('one')).toBe(true);
});

test('a project may have rules of its own; all others have the common ones', () => {
  const { rules, allowed } = started();
  rules.load(ruleOf('false'), 'firestore.rules');
  rules.put('one', body(ruleOf('true')));
  expect([allowed('one'), allowed('two')]).toEqual([true, false]);
});

test('rules that are wrong are refused and change nothing', () => {
  const { rules, allowed } = started();
  rules.put('one', body(ruleOf('false')));
  expect(() => rules.put('one', body(ruleOf('nope')))).toThrow(
    /Error compiling rules:\nfirestore\.rules:4:1: nope is not known/,
  );
  for (const wrong of [{}, { rules: 1 }, { rules: { files: [] } }, { rules: { files: [{ content: 1 }] } }])
    expect(() => rules.put('one', wrong)).toThrow(/There are no rules in it; expected/);
  expect(allowed('one')).toBe(false);
});
