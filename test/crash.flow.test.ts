import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Statistics, startTestSuite, type TestSuite } from './support/suite.ts';

const RECORDS = 2000;
const KEYS = ['a', 'b', 'c'];
const START = Date.parse('2026-03-01T00:00:00Z');

/** Records over twenty minutes, out of order, every hundredth without its key. */
const records = Array.from({ length: RECORDS }, (_, n) => ({
  at: START + ((n * 7919) % 1200) * 1000,
  ...(n % 100 === 7 ? {} : { key: KEYS[n % 3]! }),
  value: (n % 17) / 10,
}));
const content = records.map(record => JSON.stringify(record)).join('\n');

/** The same sums by another way: integers of tenths, so that they are exact. */
function oracle(times = 1): Map<string, Record<string, { count: number; tenths: number }>> {
  const panes = new Map<string, Record<string, { count: number; tenths: number }>>();
  for (const { at, key, value } of records) {
    if (key === undefined) continue;
    const start = new Date(Math.floor(at / 60_000) * 60_000).toISOString();
    const pane = panes.get(start) ?? {};
    const known = pane[key] ?? { count: 0, tenths: 0 };
    pane[key] = { count: known.count + times, tenths: known.tenths + times * Math.round(value * 10) };
    panes.set(start, pane);
  }
  return panes;
}

function inTenths(panes: Map<string, Record<string, Statistics>>) {
  return new Map(
    [...panes].map(([start, keys]) => [
      start,
      Object.fromEntries(
        Object.entries(keys).map(([key, { count, value }]) => [
          key,
          { count, tenths: Math.round((value as { sum: number }).sum * 10) },
        ]),
      ),
    ]),
  );
}

async function expectExact(millrace: TestSuite, id: string): Promise<void> {
  const rejected = records.filter(({ key }) => key === undefined).length;
  expect(await millrace.settled(id)).toMatchObject({
    state: 'done',
    counts: { records: RECORDS, accepted: RECORDS - rejected, rejected, late: 0 },
  });
  expect(inTenths(await millrace.panes('items'))).toEqual(oracle());
  const letters = await millrace.deadLettersOf(id);
  expect(letters.map(({ origin }) => origin.line)).toEqual(
    records.flatMap(({ key }, n) => (key === undefined ? [n + 1] : [])),
  );
}

it('all steps killed again and again while a file goes through: nothing lost, nothing doubled', {
  timeout: 60_000,
}, async () => {
  await using millrace = await startTestSuite();
  await millrace.suite.functions.ready();
  const id = await millrace.upload('items/killed.ndjson', content);
  for (const pause of [250, 600]) {
    await sleep(pause);
    const { functions } = millrace.suite;
    const before = functions.restarts;
    functions.kill();
    await expect.poll(() => functions.restarts).toBeGreaterThan(before);
    await functions.ready();
  }
  await expectExact(millrace, id);
});

it('a reading whose time is up goes on in another run, and comes to the same', {
  timeout: 60_000,
}, async () => {
  await using millrace = await startTestSuite({ environment: { INGEST_BUDGET_SECONDS: '0.001' } });
  const id = await millrace.upload('items/slow.ndjson', content);
  await expectExact(millrace, id);
  const runs = millrace.suite.eventarc.status().triggers.find(({ name }) => name === 'ingest-on-continue');
  expect(runs!.delivered).toBeGreaterThan(2);
});

it('a suite with a folder goes on where it was stopped', { timeout: 60_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-'));
  try {
    let id: string;
    {
      await using millrace = await startTestSuite({ dir });
      await millrace.suite.functions.ready();
      id = await millrace.upload('items/kept.ndjson', content);
      await sleep(300);
    }
    await using millrace = await startTestSuite({ dir });
    await expectExact(millrace, id);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
