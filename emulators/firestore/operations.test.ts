import { expect, test } from 'vitest';
import { withCause } from '../meter/cause.ts';
import { HotWatch } from '../meter/hot.ts';
import { Meter } from '../meter/meter.ts';
import { OperationCounter } from './operations.ts';

const name = (id: string): string => `projects/p/databases/(default)/documents/uploads/${id}`;

test('reads, writes and deletes are on the account of the step that asks for them', () => {
  const meter = new Meter();
  const counter = new OperationCounter({ meter });
  withCause('aggregate;1;2.1', () => {
    counter.got(2);
    counter.queried(0);
    counter.aggregated(1001);
    counter.wrote([{ update: { name: name('a') } }, { delete: name('b') }]);
  });
  withCause('tick', () => counter.listened(3));
  expect(meter.counts).toEqual({
    aggregate: { 'firestore.reads': 5, 'firestore.writes': 1, 'firestore.deletes': 1 },
    clients: { 'firestore.reads': 3 },
  });
  expect(counter.counts).toEqual({ reads: 5, writes: 1, deletes: 1 });
});

test('every write of a document counts towards its being hot, whatever it changes', () => {
  const hot = new HotWatch();
  const counter = new OperationCounter({ hot });
  for (let n = 0; n < 6; n++)
    counter.wrote([{ update: { name: name('a') } }, { transform: { document: name('a') } }]);
  expect(hot.documents.documents).toEqual([expect.objectContaining({ path: 'uploads/a', writes: 12 })]);
});
