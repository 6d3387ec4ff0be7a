import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LevelRule } from '../../shared/pipelines/pipeline.ts';
import { type Checkpoint, type Evidence, type Judgement, judge, type StoredPane } from './judge.ts';
import { advance, type Episode, type Levels } from './level.ts';

const MINUTE = 60_000;
const RULE: LevelRule = {
  name: 'many',
  window: 'w',
  measure: { of: 'count' },
  minEvents: 0,
  operator: 'at-least',
  threshold: 4,
  clear: 2,
  for: 120,
  cooldown: 180,
  escalate: { after: 120, severity: 'critical' },
  severity: 'warning',
  title: 't',
};

/** A store in memory; what a judgement writes applies at once, as a transaction's writes do. */
class Memory implements Evidence {
  readonly shown = new Map<number, StoredPane>();
  readonly kept = new Map<number, string>();
  readonly alerts = new Map<string, Episode>();
  readonly retracted = new Set<string>();
  left: readonly number[] = [];
  readonly rules: readonly LevelRule[];

  constructor(rules: readonly LevelRule[]) {
    this.rules = rules;
  }
  pending = async () => this.left;
  before = async (start: number) => this.#kept(from => from < start).at(-1);
  checkpoints = async (from: number, to: number) => this.#kept(start => start >= from && start <= to);
  panes = async (from: number, limit: number) =>
    [...this.shown.values()]
      .filter(({ start }) => start >= from)
      .sort((a, b) => a.start - b.start)
      .slice(0, limit);
  rule = async (version: string) => {
    const rule = this.rules[Number(version)];
    return rule && { rule, step: MINUTE };
  };

  #kept(fits: (start: number) => boolean): Checkpoint[] {
    return [...this.kept]
      .map(([start, levels]) => ({ start, levels }))
      .filter(({ start }) => fits(start))
      .sort((a, b) => a.start - b.start);
  }

  /** One transaction, as the step runs it. */
  async commit(changed: readonly number[], most: number): Promise<Judgement> {
    const judged = await judge(this, changed, most);
    for (const { start, levels } of judged.save) this.kept.set(start, levels);
    for (const start of judged.drop) this.kept.delete(start);
    for (const episode of judged.alerts) {
      this.alerts.set(idOf(episode), episode);
      this.retracted.delete(idOf(episode));
    }
    for (const episode of judged.retracted) this.retracted.add(idOf(episode));
    this.left = judged.pending;
    return judged;
  }

  standing(): Episode[] {
    return inOrder([...this.alerts].filter(([id]) => !this.retracted.has(id)).map(([, alert]) => alert));
  }
}

const idOf = ({ key, opening }: Episode): string => `${key} ${opening}`;
const inOrder = (alerts: Episode[]): Episode[] => alerts.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));

function pane(at: number, counts: readonly number[], more: Partial<StoredPane> = {}): StoredPane {
  const keys = Object.fromEntries(
    counts.flatMap((count, key) => (count > 0 ? [[`k${key}`, { count }]] : [])),
  );
  const count = counts.reduce((sum, one) => sum + one, 0);
  const start = at * MINUTE;
  return { start, end: start + MINUTE, count, omitted: 0, keys, version: '0', early: false, ...more };
}

/** All complete panes, once, in order. */
function oracle(rules: readonly LevelRule[], panes: Iterable<StoredPane>): Episode[] {
  const alerts = new Map<string, Episode>();
  let levels: Levels = new Map();
  for (const one of [...panes].sort((a, b) => a.start - b.start)) {
    const rule = rules[Number(one.version)];
    if (one.early || !rule) continue;
    const advanced = advance(rule, MINUTE, one, levels);
    levels = advanced.levels;
    for (const { open } of levels.values()) if (open) alerts.set(idOf(open), open);
    for (const episode of advanced.closed) alerts.set(idOf(episode), episode);
  }
  return inOrder([...alerts.values()]);
}

const arbitraryPane = fc
  .record({
    at: fc.nat(24),
    counts: fc.tuple(fc.nat(6), fc.nat(6)),
    version: fc.constantFrom('0', '0', '0', '1', '2'),
    early: fc.boolean(),
  })
  .map(({ at, counts, version, early }) => pane(at, counts, { version, early: early && counts[0] === 3 }));

describe('level rules', () => {
  it('come to the same alerts in whatever order panes are written and delivered, however often', async () => {
    const rules = [RULE, { ...RULE, threshold: 5, for: 60, cooldown: 0 }];
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryPane, { maxLength: 60 }),
        fc.array(fc.nat(1000), { minLength: 40, maxLength: 40 }),
        fc.constantFrom(2, 4, 60),
        async (written, dice, most) => {
          const memory = new Memory(rules);
          const waiting: number[] = [];
          let roll = 0;
          const deliver = async () => {
            // Some that wait, in any order; one in four is delivered again later.
            const some = dice[roll++ % dice.length]!;
            const taken = waiting.splice(some % waiting.length, 1 + (some % 5));
            if (some % 4 === 0) waiting.push(taken[0]!);
            let changed = [...taken].sort((a, b) => a - b);
            while (changed.length > 0 || memory.left.length > 0) {
              const { covered } = await memory.commit(changed, most);
              changed = changed.filter(start => start > covered);
              // A crash between two transactions: what was not finished is delivered again.
              if (some % 7 === 0 && changed.length > 0) {
                waiting.push(...changed);
                break;
              }
            }
          };
          for (const one of written) {
            memory.shown.set(one.start, one);
            waiting.push(one.start);
            if (dice[roll++ % dice.length]! % 2 === 0) await deliver();
          }
          for (let turns = 0; waiting.length > 0 && turns < 2000; turns++) await deliver();
          while (memory.left.length > 0) await memory.commit([], most);
          expect(waiting).toEqual([]);
          expect(memory.standing()).toEqual(oracle(rules, memory.shown.values()));
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('in order cost one pane and one checkpoint a window', async () => {
    const memory = new Memory([RULE]);
    let read = 0;
    const { panes } = memory;
    memory.panes = async (from, limit) => {
      const found = await panes(from, limit);
      read += found.length;
      return found;
    };
    for (let at = 0; at < 100; at++) {
      memory.shown.set(at * MINUTE, pane(at, [at % 10 < 5 ? 5 : 0, 1]));
      await memory.commit([at * MINUTE], 60);
    }
    expect(read).toBe(100);
    expect(memory.alerts.size).toBe(10);
  });

  it('take back an alert whose ground a late pane takes away, and open the one it gives ground to', async () => {
    const memory = new Memory([{ ...RULE, for: 60 }]);
    for (const at of [2, 3]) memory.shown.set(at * MINUTE, pane(at, [9]));
    await memory.commit([2 * MINUTE, 3 * MINUTE], 60);
    memory.shown.set(MINUTE, pane(1, [9]));
    await memory.commit([MINUTE], 60);
    expect([...memory.retracted]).toEqual([`k0 ${2 * MINUTE}`]);
    expect(memory.standing()).toMatchObject([{ opening: MINUTE, windows: 3, time: 4 * MINUTE }]);
    memory.shown.set(MINUTE, pane(1, [0]));
    await memory.commit([MINUTE], 60);
    expect(memory.standing()).toMatchObject([{ opening: 2 * MINUTE, windows: 2 }]);
  });

  it('pass over a window nobody told of, until somebody does', async () => {
    const memory = new Memory([{ ...RULE, for: 60, cooldown: 0 }]);
    for (const at of [1, 2, 3]) memory.shown.set(at * MINUTE, pane(at, [at === 2 ? 0 : 9]));
    await memory.commit([MINUTE], 60);
    memory.shown.set(2 * MINUTE, pane(2, [9]));
    await memory.commit([3 * MINUTE], 60);
    const untold = memory.standing().map(({ windows }) => windows);
    await memory.commit([2 * MINUTE], 60);
    expect(untold).not.toEqual([3]);
    expect(memory.standing().map(({ windows }) => windows)).toEqual([3]);
  });
});
