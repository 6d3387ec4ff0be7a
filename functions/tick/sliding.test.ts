import { expect, it } from 'vitest';
import { type Lane, laneFields, laneOf, lanePath } from '../../shared/windows/lanes.ts';
import type { Fields, RunTransaction } from '../../shared/windows/transaction.ts';
import { closeSliding } from './sliding.ts';

const SLICE = { pipeline: 'p', window: 'w', shape: 's', start: 0 };
const SPEC = {
  ...{ name: 'w', kind: 'sliding' as const, size: 20, slide: 10 },
  ...{ lateness: 5, retention: 0, lanes: 1, key: [], values: {} },
};
const LANE: Lane = {
  ...{ ...SLICE, end: 10_000, lane: 0, lanes: 1, version: 'v', spec: SPEC, lateness: 5000, retention: 0 },
  ...{ state: new Uint8Array(), chunks: [], sources: {}, live: true, uploaded: false },
  ...{ commits: 1, events: 1, dirty: true, sealed: false, since: 0, changedAt: 0 },
};
const AT = lanePath(SLICE, 0);

/** A store in which something may happen before a transaction. */
function storeOf(before: (transaction: number, documents: Map<string, Fields>) => void) {
  const documents = new Map<string, Fields>([[AT, laneFields(LANE)]]);
  let transactions = 0;
  const run: RunTransaction = program => {
    before(transactions++, documents);
    return program({
      read: async paths => paths.map(path => documents.get(path)),
      set: (path, fields) => void documents.set(path, fields),
      update: (path, fields) => void documents.set(path, { ...documents.get(path), ...fields }),
      delete: path => void documents.delete(path),
    });
  };
  return { run, lane: () => laneOf(documents.get(AT)!), panes: () => documents.size - 1 };
}

const situation = { watermark: 10_000, sources: {}, uploadsOpen: false, now: 0 };

it('a slice is taken in once all of its windows have been looked at, and waits for the next of their ends', async () => {
  const { run, lane, panes } = storeOf(() => {});
  await closeSliding(run, [LANE], situation);
  expect(panes()).toBe(1);
  expect(lane()).toMatchObject({ dirty: false, due: { watermark: 15_000, at: null, uploads: false } });
});

it('a slice that changes meanwhile is left to be looked at again', async () => {
  const { run, lane } = storeOf((transaction, documents) => {
    if (transaction === 1) documents.set(AT, { ...documents.get(AT), commits: 2 });
  });
  await closeSliding(run, [LANE], situation);
  expect(lane()).toMatchObject({ dirty: true, commits: 2 });
});
