import { describe, expect, it } from 'vitest';
import { CUTTERS } from './formats.ts';
import { DEFAULT_LIMITS, type Item, type Position, type StreamFormat } from './item.ts';
import { rejects } from './testkit.ts';

describe('a record of 20 MB', () => {
  const starts: readonly (readonly [StreamFormat, Position, string])[] = [
    ['ndjson', { offset: 0, line: 1 }, '{"a":"'],
    ['json', { offset: 0, line: 1 }, '{"a":"'],
    ['json-array', { offset: 0, line: 1 }, '[{"a":"'],
    ['geojson', { offset: 0, line: 1 }, '{"type":"FeatureCollection","features":[{"a":"'],
    ['access-log', { offset: 0, line: 1 }, '::1 - - ['],
    ['csv', { offset: 0, line: 2, header: ['a'], delimiter: ',' }, '"'],
  ];

  it.each(starts)('is never kept beyond the limit in %s', (format, from, start) => {
    const cutter = CUTTERS[format](DEFAULT_LIMITS, from);
    const filler = Buffer.alloc(65_536, 'x');
    const items: Item[] = [];
    let kept = Buffer.from(start);
    let most = 0;
    for (let fed = 0; fed < 20e6; fed += filler.length) {
      const bytes = Buffer.concat([kept, filler]);
      kept = bytes.subarray(cutter.cut(bytes, false, items, 500));
      most = Math.max(most, kept.length);
    }
    expect(most).toBeLessThanOrEqual(DEFAULT_LIMITS.maxRecordBytes + 1);
    if (format === 'geojson' || format === 'json-array') {
      cutter.cut(Buffer.from('"}]'), false, items, 500);
    } else cutter.cut(kept, true, items, 500);
    expect(rejects(items)[0]).toMatch(/record over 358,400 bytes/);
  });
});
