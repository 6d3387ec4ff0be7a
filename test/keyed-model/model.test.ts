import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { type Mutant, simulate } from './simulate.ts';

/** More for a campaign: MILLRACE_INTERLEAVINGS=20000. The first seed moves with MILLRACE_SEED. */
const INTERLEAVINGS = Number(process.env['MILLRACE_INTERLEAVINGS'] ?? 80);
const SEED = Number(process.env['MILLRACE_SEED'] ?? 1);
/** A mutant that survives so many would survive in production for long. */
const PATIENCE = 1000;

describe('state and timers by key, in any interleaving', () => {
  it(`tell of every event and timer once, ${INTERLEAVINGS} times from seed ${SEED}`, {
    timeout: 600_000,
  }, async () => {
    for (let seed = SEED; seed < SEED + INTERLEAVINGS; seed++) {
      expect({ seed, problems: await simulate(seed) }).toEqual({ seed, problems: [] });
    }
  });
});

/** Going round for ever, or failing, gives a mistake away as well. */
const caught = (seed: number, mutant: Mutant): Promise<boolean> =>
  simulate(seed, mutant).then(
    problems => problems.length > 0,
    () => true,
  );

describe('a mistake is caught', () => {
  it.each(Object.entries(MUTANTS))('when %s', { timeout: 60_000 }, async (_name, mutant) => {
    let tried = 0;
    for (; tried < PATIENCE; tried++) if (await caught(SEED + tried, mutant)) break;
    expect(tried).toBeLessThan(PATIENCE);
  });
});
