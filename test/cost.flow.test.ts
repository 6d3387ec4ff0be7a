import { expect, test } from 'vitest';
import type { CountsByPayer, Operation } from '../emulators/meter/meter.ts';
import { startTestSuite, type TestSuite } from './support/suite.ts';

const EVENTS = 1200;

/** What each step must have asked for, and what no other may. */
const EXPECTED: Readonly<Record<string, readonly Operation[]>> = {
  ingest: ['storage.classB', 'firestore.writes', 'pubsub.publishedBytes'],
  enrich: ['pubsub.publishedBytes', 'pubsub.deliveredBytes'],
  aggregate: ['firestore.reads', 'firestore.writes'],
  detect: ['firestore.writes'],
  feed: ['firestore.writes'],
  tick: ['firestore.reads', 'firestore.writes'],
};

async function upload(run: TestSuite): Promise<void> {
  const start = Date.parse('2026-01-01T00:00:00Z');
  const lines = Array.from({ length: EVENTS }, (_, n) =>
    JSON.stringify({ at: new Date(start + n * 1000).toISOString(), key: `k${n % 5}`, value: n }),
  );
  await run.settled(await run.upload('items/a.ndjson', lines.join('\n')));
}

const sumOf = (counts: CountsByPayer, operation: Operation): number =>
  Object.values(counts).reduce((sum, some) => sum + (some[operation] ?? 0), 0);

test('what each step asks for is on its own account, though they share a process and its clients', async () => {
  await using run = await startTestSuite();
  await upload(run);
  const { counts } = await run.suite.eventarc.operations();
  for (const [step, operations] of Object.entries(EXPECTED)) {
    const own = counts[step] ?? {};
    for (const operation of operations) expect([step, operation, own[operation] ?? 0]).not.toContain(0);
    expect([step, own['functions.requests'] ?? 0, own['functions.vcpuSeconds'] ?? 0]).not.toContain(0);
  }
  expect(counts['enrich']).not.toHaveProperty(['firestore.writes']);
  // Whoever uploads writes no document.
  expect(counts['clients']).not.toHaveProperty(['firestore.writes']);
  const { reads, writes, deletes } = run.suite.firestore.operations;
  expect(sumOf(counts, 'firestore.writes')).toBeLessThanOrEqual(writes);
  expect(sumOf(counts, 'firestore.deletes')).toBeLessThanOrEqual(deletes);
  expect(reads).toBeGreaterThan(0);
});
