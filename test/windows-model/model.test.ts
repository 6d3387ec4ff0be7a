import { describe, expect, it } from 'vitest';
import { KINDS, type Kind } from './forms.ts';
import { MUTANTS, MUTANTS_OF } from './mutants.ts';
import { type Mutant, simulate } from './simulate.ts';

/** More for a campaign: MILLRACE_INTERLEAVINGS=20000. The first seed moves with MILLRACE_SEED. */
const INTERLEAVINGS = Number(process.env['MILLRACE_INTERLEAVINGS'] ?? 200);
/** One kind of window shows what is wrong for all; a campaign asks each. */
const asksEach = process.env['MILLRACE_INTERLEAVINGS'] !== undefined;
const SEED = Number(process.env['MILLRACE_SEED'] ?? 1);
/** A mutant that survives so many would survive in production for long. */
const PATIENCE = 1000;

describe('counting and closing, in any interleaving', () => {
  it(`come out as the oracle says, ${INTERLEAVINGS} times from seed ${SEED}`, {
    timeout: 3_600_000,
  }, async () => {
    for (let seed = SEED; seed < SEED + INTERLEAVINGS; seed++) {
      expect({ seed, problems: await simulate(seed) }).toEqual({ seed, problems: [] });
    }
  });
});

/** Going round for ever, or failing, gives a mistake away as well. */
const caught = (seed: number, mutant: Mutant, kind: Kind): Promise<boolean> =>
  simulate(seed, mutant, kind).then(
    problems => problems.length > 0,
    () => true,
  );

/** What never closes cannot close wrongly. */
const applies = (kind: Kind, name: string): boolean => kind !== 'global' || !name.includes('seal');

function mutantsOf(kind: Kind): [name: string, mutant: Mutant][] {
  const common = asksEach || kind === KINDS[0] ? MUTANTS : {};
  return Object.entries({ ...common, ...MUTANTS_OF[kind] }).filter(([name]) => applies(kind, name));
}

const asked = KINDS.filter(kind => mutantsOf(kind).length > 0);

describe.each(asked)('a mistake in the transactions of %s windows is caught', kind => {
  it.each(mutantsOf(kind))('when %s', { timeout: 60_000 }, async (_name, mutant) => {
    let tried = 0;
    for (; tried < PATIENCE; tried++) if (await caught(SEED + tried, mutant, kind)) break;
    expect(tried).toBeLessThan(PATIENCE);
  });
});
