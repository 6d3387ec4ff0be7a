import { describe, expect, it } from 'vitest';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { RawBatch } from '../../shared/step/step.ts';
import { enrich, type Tables } from './enrich.ts';
import { tableOf } from './table.ts';
import { validatorOf } from './validate.ts';

const join = {
  reference: 'nets',
  hash: 'h',
  column: 'code',
  on: ['net'],
  as: 'network',
  missing: 'keep',
} as const;
const pipeline: Pipeline = {
  name: 'quakes',
  description: '',
  version: 'v1',
  schema: {
    type: 'object',
    required: ['id', 'time', 'mag'],
    properties: { id: { type: 'string' }, mag: { type: 'number' }, net: { type: 'string' } },
  },
  id: ['id'],
  time: { path: ['time'], unit: 'ms', maximalSkew: 3600 },
  key: ['net'],
  joins: [join],
  windows: [],
  rules: [],
  feed: { sample: 0, ttl: 60, entities: false },
};
const tables: Tables = new Map([[join, tableOf('code,name\nak,Alaska\n', 'code')]]);
const PUBLISHED = '2026-01-01T00:00:00.000Z';

function batchOf(...records: unknown[]): RawBatch {
  return {
    id: 'u.0',
    pipeline: 'quakes',
    version: 'v1',
    upload: 'u',
    file: 'gs://uploads/quakes/f.json',
    records: records.length,
    single: false,
    published: PUBLISHED,
    events: records.map((data, n) => ({
      specversion: '1.0',
      id: `1-${n}`,
      source: 'gs://uploads/quakes/f.json',
      type: 'millrace.event',
      line: n + 1,
      data,
    })),
  };
}
const run = (batch: RawBatch, of: Pipeline = pipeline) => enrich(batch, of, validatorOf(of), tables);
const good = { id: 'q1', time: 1_700_000_000_000, mag: 4.5, net: 'ak' };

describe('enrich', () => {
  it('gives an event its declared identity, its time, its key and the row of its reference', () => {
    const { batch, rejected } = run(batchOf(good));
    expect(rejected).toEqual([]);
    expect(batch.events[0]).toMatchObject({
      id: 'q1',
      source: '/pipelines/quakes',
      time: '2023-11-14T22:13:20.000Z',
      partitionkey: 'ak',
      data: { ...good, network: { code: 'ak', name: 'Alaska' } },
    });
  });

  it('keeps a record without a row with null there, or rejects it where the pipeline says so', () => {
    const stranger = { ...good, net: 'zz' };
    expect(run(batchOf(stranger)).batch.events[0]!.data['network']).toBeNull();
    const strict = { ...pipeline, joins: [{ ...join, missing: 'reject' as const }] };
    const strictTables = new Map([[strict.joins[0]!, tables.get(join)!]]);
    const { rejected } = enrich(batchOf(stranger), strict, validatorOf(strict), strictTables);
    expect(rejected[0]!.reason).toBe('nets has no row for "zz".');
  });

  it.each([
    ['a field of the wrong type', { ...good, mag: 'strong' }, 'mag must be number'],
    ['a missing field', { id: 'q', time: 1 }, "required property 'mag'"],
    ['a time in the year 9999', { ...good, time: 253_370_764_800_000 }, 'in the future'],
    ['a time that is none', { ...good, time: 'yesterday' }, 'expected RFC 3339'],
    ['an empty identity', { ...good, id: '' }, 'The id that the pipeline declares'],
  ])('rejects %s with file, line and reason, and goes on', (_name, record, reason) => {
    const { batch, rejected } = run(batchOf(good, record, { ...good, id: 'q3' }));
    expect(batch.events.map(({ id }) => id)).toEqual(['q1', 'q3']);
    expect(batch.records).toBe(3);
    expect(rejected).toHaveLength(1);
    expect(rejected[0]).toMatchObject({
      step: 'enrich',
      reason: expect.stringContaining(reason),
      origin: { file: 'gs://uploads/quakes/f.json', line: 2, upload: 'u' },
    });
  });

  it('comes to the same result at every delivery, rejects and their ids included', () => {
    const batch = batchOf(good, { ...good, mag: null });
    expect(run(batch)).toEqual(run(batch));
  });

  it('knows a single message by the identity that the pipeline declares, whatever its message id', () => {
    const one = run({ ...batchOf(good), id: 'e-first', single: true });
    const two = run({ ...batchOf(good), id: 'e-second', single: true });
    expect(one.batch.id).toBe(two.batch.id);
    expect(one.batch.id).not.toBe('e-first');
  });

  it.each([
    ['2001/01/31 06:05', '2001-01-31T06:05:00.000Z'],
    ['2001-01-31T06:05:07.250001', '2001-01-31T06:05:07.250Z'],
    ['2001-01-31T06:05:00-05:00', '2001-01-31T11:05:00.000Z'],
    ['2001-01/31 06:05', undefined],
    ['2001/13/31 06:05', undefined],
    ['2001/01/31', '2001-01-31T00:00:00.000Z'],
    ['2001-01', undefined],
  ])('reads the time %s in the zone that the pipeline names, and refuses it without', (time, expected) => {
    const zoned: Pipeline = { ...pipeline, time: { ...pipeline.time, zone: 'UTC' } };
    expect(run(batchOf({ ...good, time }), zoned).batch.events[0]?.time).toBe(expected);
    if (time.endsWith('-05:00')) return;
    expect(run(batchOf({ ...good, time })).rejected[0]!.reason).toContain(
      'the pipeline may supply as time.zone',
    );
  });

  it('keeps a key of any type as text, and a missing one as the empty key', () => {
    const open = { ...pipeline, schema: {} };
    const keys = [1, true, { a: 1 }, null, undefined].map(net => ({ ...good, net }));
    const { batch } = run(batchOf(...keys), open);
    expect(batch.events.map(event => event.partitionkey)).toEqual(['1', 'true', '{"a":1}', '', '']);
  });
});
