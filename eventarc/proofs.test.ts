import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EVERY_STEP } from './every-step.ts';
import { loadWiring } from './load.ts';
import { missingProofs, testsIn } from './proofs.ts';
import type { Guarantee } from './wiring.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const guarantees: (readonly [of: string, Guarantee])[] = [
  ...EVERY_STEP.map(one => [`every step, ${one.what}`, one] as const),
  ...loadWiring(root).steps.flatMap(({ name, guarantees }) =>
    Object.entries(guarantees).map(([what, one]) => [`${name}, ${what}`, one as Guarantee] as const),
  ),
];

describe('what docs/guarantees.md says of', () => {
  it.each(guarantees)('%s is shown by tests that are there', (_, guarantee) => {
    expect(missingProofs(root, guarantee)).toEqual([]);
  });
});

describe('a guarantee', () => {
  const own = 'eventarc/proofs.test.ts';
  const shownBy = (proofs: Guarantee['shownBy']) => missingProofs(root, { says: '', shownBy: proofs });

  it('that names a file or a test that is not there is found out', () => {
    expect(
      shownBy({
        'eventarc/gone.test.ts': ['x'],
        [own]: ['counts only tests that are run', 'counts only tests that are runs', 'never'],
      }),
    ).toEqual([
      'There is no eventarc/gone.test.ts.',
      `${own} has no test "counts only tests that are runs". Did you mean "counts only tests that are run"?`,
      `${own} has no test "never".`,
    ]);
  });

  it('counts only tests that are run', () => {
    const source = [
      "it('plain', () => {});",
      '  test("it\'s double", { timeout: 1 }, () => {});',
      "  it.each([['a', 1], ['b)', 2]])('of a %s', () => {});",
      "  it.each<[string, number]>([\n    ['a', 1],\n  ])(\n    'of a table', () => {});",
      `it(\`with \${MANY} places\`, () => {});`,
      "it('it\\'s escaped', () => {});",
      "// it('commented out', () => {});",
      "it.skip('skipped', () => {});",
      "it.todo('to be done');",
      "describe('a group', () => {});",
    ].join('\n');
    expect(testsIn(source)).toEqual([
      'plain',
      "it's double",
      'of a %s',
      'of a table',
      `with \${MANY} places`,
      "it's escaped",
    ]);
  });
});
