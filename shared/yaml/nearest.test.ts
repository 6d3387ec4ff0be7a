import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

const steps = ['ingest', 'enrich', 'aggregate', 'detect', 'feed'];

describe('nearest', () => {
  it.each([
    ['ingset', 'ingest'],
    ['ingst', 'ingest'],
    ['ingestt', 'ingest'],
    ['Enrich', 'enrich'],
    ['agregate', 'aggregate'],
    ['fed', 'feed'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, steps)).toBe(meant);
  });

  it.each(['transcode', 'x', '', 'feeder-step'])('makes no guess at %j', word => {
    expect(nearest(word, steps)).toBeUndefined();
  });

  it('takes the nearer of two', () => {
    expect(nearest('events-rw', ['events', 'events-raw'])).toBe('events-raw');
  });
});
