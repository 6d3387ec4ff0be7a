import { describe, expect, it } from 'vitest';
import type { EventBatch } from '../../shared/batches/batch.ts';
import type { EventRule } from '../../shared/pipelines/pipeline.ts';
import { detect } from './detect.ts';

const rule: EventRule = {
  name: 'strong',
  path: ['mag'],
  operator: 'at-least',
  threshold: 5,
  severity: 'warning',
  title: 'Magnitude {mag}: {place}',
};
const batchOf = (...data: Record<string, unknown>[]): EventBatch => ({
  id: 'b',
  pipeline: 'quakes',
  version: 'v',
  records: data.length,
  events: data.map((record, n) => ({
    specversion: '1.0',
    id: `q${n}`,
    source: '/pipelines/quakes',
    type: 'millrace.event',
    time: '2026-01-01T00:00:00.000Z',
    partitionkey: 'ak',
    data: record,
  })),
});

describe('detect', () => {
  it('raises an alert for each event that reaches the threshold, and for no other', () => {
    const alerts = detect(batchOf({ mag: 4.99 }, { mag: 5, place: 'Nome' }, { mag: null }, {}), [rule]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ title: 'Magnitude 5: Nome', value: 5, key: 'ak', state: 'open' });
  });

  it('names a value that a title asks for and the record lacks by a dash', () => {
    expect(detect(batchOf({ mag: 6 }), [rule])[0]!.title).toBe('Magnitude 6: –');
  });

  it('derives the id from rule and event, so that a repetition is the same alert', () => {
    const [first] = detect(batchOf({ mag: 6 }), [rule]);
    const [again] = detect({ ...batchOf({ mag: 6 }), id: 'another batch' }, [rule]);
    const [other] = detect(batchOf({ mag: 6 }), [{ ...rule, name: 'other' }]);
    expect(again!.id).toBe(first!.id);
    expect(other!.id).not.toBe(first!.id);
  });

  it.each([
    ['at-least', [false, true, true]],
    ['more-than', [false, false, true]],
    ['at-most', [true, true, false]],
    ['less-than', [true, false, false]],
    ['equals', [false, true, false]],
  ] as const)('compares by %s below, at and above the threshold', (operator, expected) => {
    expect([4, 5, 6].map(mag => detect(batchOf({ mag }), [{ ...rule, operator }]).length === 1)).toEqual(
      expected,
    );
  });
});
