import { describe, expect, it } from 'vitest';
import type { WindowSpec } from '../pipelines/pipeline.ts';
import { shapeOf } from './shape.ts';

const hourly: WindowSpec = {
  name: 'hourly',
  size: 3600,
  lateness: 60,
  retention: 600,
  lanes: 4,
  key: ['place'],
  values: { speed: ['speed'], weight: ['load', 'weight'] },
};

describe('the shape of a window', () => {
  it('is the same however long it stays, wherever it is kept, and in whatever order its file names things', () => {
    const shape = shapeOf(hourly);
    expect(shape).toMatch(/^[0-9a-f]{8}$/);
    expect(shapeOf({ ...hourly, lateness: 0, retention: 1, lanes: 64 })).toBe(shape);
    const { speed, weight } = hourly.values as Record<string, readonly string[]>;
    expect(shapeOf({ ...hourly, values: { weight: weight!, speed: speed! } })).toBe(shape);
  });

  it.each<[string, Partial<WindowSpec>]>([
    ['length', { size: 60 }],
    ['key', { key: ['town'] }],
    ['path of a value', { values: { ...hourly.values, speed: ['lateness'] } }],
    ['number of values', { values: {} }],
  ])('is another with another %s', (_what, change) => {
    expect(shapeOf({ ...hourly, ...change })).not.toBe(shapeOf(hourly));
  });
});
