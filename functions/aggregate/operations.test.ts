import { describe, expect, it } from 'vitest';
import type { Pipeline, WindowSpec } from '../../shared/pipelines/pipeline.ts';
import type { RunTransaction } from '../../shared/windows/transaction.ts';
import { countBatch } from './aggregate.ts';
import { alone, batchOf, event, pipeline, window } from './testing.ts';

/** Counts documents, as the service bills them. */
function metered(run: RunTransaction) {
  const operations = { reads: 0, writes: 0 };
  const counted: RunTransaction = program =>
    run(inner =>
      program({
        read: async (paths, only) => {
          operations.reads += paths.length;
          return inner.read(paths, only);
        },
        set: (path, fields) => {
          operations.writes++;
          inner.set(path, fields);
        },
        update: (path, fields) => {
          operations.writes++;
          inner.update(path, fields);
        },
        delete: path => {
          operations.writes++;
          inner.delete(path);
        },
      }),
    );
  return { operations, run: counted };
}

const hour: WindowSpec = { ...window, name: 'hour', size: 3600, lanes: 4 };
const KINDS: readonly (readonly [string, WindowSpec])[] = [
  ['tumbling', { ...hour, name: 'day', size: 86_400 }],
  ['sliding', { ...hour, name: 'often', kind: 'sliding', slide: 300 }],
  ['sessions', { ...hour, name: 'visits', kind: 'session', size: 1800 }],
  ['global', { ...hour, name: 'ever', kind: 'global', size: 0, early: { count: 1000 } }],
];
const MESSAGES = 60;
const EVENTS = 500;

describe('a message of 500 events that touches two windows costs', () => {
  it.each(KINDS)('at most four reads and four writes, however many come (%s)', async (_, other) => {
    const two: Pipeline = { ...pipeline, windows: [hour, other] };
    const { documents, run } = alone();
    const meter = metered(run);
    const costs: { reads: number; writes: number }[] = [];
    for (let message = 0; message < MESSAGES; message++) {
      const before = { ...meter.operations };
      // Half an hour in all.
      const events = Array.from({ length: EVENTS }, (_, n) =>
        event(n, message * 30_000 + n * 60, `k${n % 10}`, n),
      );
      await countBatch(meter.run, batchOf(events, { id: `b${message}` }), two, 5);
      const { reads, writes } = meter.operations;
      costs.push({ reads: reads - before.reads, writes: writes - before.writes });
    }
    const mean = (from: number, of: 'reads' | 'writes'): number => {
      const some = costs.slice(from, from + MESSAGES / 2);
      return some.reduce((sum, cost) => sum + cost[of], 0) / some.length;
    };
    for (const from of [0, MESSAGES / 2]) {
      expect(mean(from, 'reads')).toBeLessThanOrEqual(4);
      expect(mean(from, 'writes')).toBeLessThanOrEqual(4);
    }
    expect([...documents.keys()].filter(path => path.includes('/ledger/'))).toHaveLength(MESSAGES);
  });
});
