import { expect, it } from 'vitest';
import { HEAD, load, TABLE } from './testkit.ts';

it('a pipeline that says the least gets all defaults, in seconds and segments', () => {
  const { version: _, ...pipeline } = load({ 'p.yaml': `${HEAD}windows: { w: { size: 5m } }\n` })
    .pipelines[0]!;
  expect(pipeline).toEqual({
    name: 'p',
    description: 'For tests',
    schema: expect.objectContaining({ type: 'object' }),
    time: { path: ['at'], unit: 'ms', maximalSkew: 3600 },
    key: ['name'],
    joins: [],
    windows: [
      { name: 'w', size: 300, lateness: 3600, retention: 86_400, lanes: 4, key: ['name'], values: {} },
    ],
    rules: [],
    feed: { sample: 5, ttl: 3600, entities: false },
  });
});

it('a pipeline that says everything keeps it', () => {
  const text = `${HEAD.replace('field: at', 'field: at, unit: s, zone: UTC, skew: 0s')}id: name
join: [{ reference: places, column: code, on: name, as: place, missing: reject }]
windows: { w: { size: 1d, lateness: 2h, retention: 3d, lanes: 7, key: place.town, values: { big: "tags[1].weight" } } }
alerts: { heavy: { field: size, more-than: -0.5, severity: critical, title: "{name} weighs {size}" } }
feed: { sample: 0, keep: 7d, entities: true }
`;
  const pipeline = load({ 'p.yaml': text, ...TABLE }).pipelines[0]!;
  expect(pipeline).toMatchObject({
    id: ['name'],
    time: { path: ['at'], unit: 's', zone: 'UTC', maximalSkew: 0 },
    joins: [{ reference: 'places', column: 'code', on: ['name'], as: 'place', missing: 'reject' }],
    windows: [
      {
        ...{ name: 'w', size: 86_400, lateness: 7200, retention: 259_200, lanes: 7 },
        ...{ key: ['place', 'town'], values: { big: ['tags', 1, 'weight'] } },
      },
    ],
    rules: [
      {
        ...{ name: 'heavy', path: ['size'], operator: 'more-than', threshold: -0.5 },
        ...{ severity: 'critical', title: '{name} weighs {size}' },
      },
    ],
    feed: { sample: 0, ttl: 604_800, entities: true },
  });
  expect(pipeline.joins[0]!.hash).toMatch(/^[0-9a-f]{64}$/);
});

it.each([
  ['{ size: 1h, every: 1h }', { size: 3600 }],
  [
    '{ size: 1h, every: 5m, early: { every: 30s } }',
    { kind: 'sliding', size: 3600, slide: 300, early: { every: 30 } },
  ],
  ['{ session: 30m }', { kind: 'session', size: 1800 }],
  [
    '{ global: true, early: { every: 1m, count: 100 }, panes: discarding }',
    { kind: 'global', size: 0, early: { every: 60, count: 100 }, panes: 'discarding' },
  ],
])('a window may be %s', (text, form) => {
  const [window] = load({ 'p.yaml': `${HEAD}windows: { w: ${text} }\n` }).pipelines[0]!.windows;
  const rest = { name: 'w', lateness: 3600, retention: 86_400, lanes: 4, key: ['name'], values: {} };
  expect(window).toEqual({ ...rest, ...form });
});

it.each(['at-least', 'more-than', 'at-most', 'less-than', 'equals'])(
  'an alert may compare by %s',
  operator => {
    const text = `${HEAD}alerts: { a: { field: size, ${operator}: 0, title: t } }\n`;
    expect(load({ 'p.yaml': text }).pipelines[0]!.rules).toMatchObject([{ operator, threshold: 0 }]);
  },
);

it('a rule on a window gets its measure in parts, its durations in seconds and its threshold to clear by', () => {
  const windows = 'windows: { w: { size: 1m, values: { s: size } } }\n';
  const short = 'short: { window: w, measure: s.mean, more-than: 3, title: t }';
  const long =
    'long: { window: w, measure: share, only: a, min-events: 20, at-least: 0.2, clear: 0.1, for: 3m, cooldown: 10m, escalate: { after: 15m, severity: critical }, severity: info, title: t }';
  const text = `${HEAD}${windows}alerts: { ${short}, ${long} }\n`;
  const pipeline = load({ 'p.yaml': text }).pipelines[0]!;
  expect(pipeline.rules).toEqual([]);
  expect(pipeline.levels).toEqual([
    {
      ...{ name: 'long', window: 'w', measure: { of: 'share' }, only: 'a', minEvents: 20 },
      ...{ operator: 'at-least', threshold: 0.2, clear: 0.1, for: 180, cooldown: 600 },
      ...{ escalate: { after: 900, severity: 'critical' }, severity: 'info', title: 't' },
    },
    {
      ...{ name: 'short', window: 'w', measure: { of: 'mean', value: 's' }, minEvents: 0 },
      ...{ operator: 'more-than', threshold: 3, clear: 3, for: 0, cooldown: 0 },
      ...{ severity: 'warning', title: 't' },
    },
  ]);
});

it('measures get their parameters in seconds and shares, or the usual ones', () => {
  const measures = `
      a: { quantiles: size }
      b: { quantiles: size, at: [p999, p50, p50] }
      c: { decay: 1, half-life: 2m }
      d: { rate: size, per: 1m }
      e: { top: name }
      f: { histogram: size, bounds: [0, 10] }
      g: { distinct: "tags[0].weight" }
`;
  const { windows } = load({ 'p.yaml': `${HEAD}windows:\n  w:\n    size: 1h\n    measures:${measures}` })
    .pipelines[0]!;
  expect(windows[0]!.measures).toEqual({
    a: { of: 'quantiles', at: [0.5, 0.9, 0.95, 0.99], path: ['size'] },
    b: { of: 'quantiles', at: [0.5, 0.999], path: ['size'] },
    c: { of: 'decay', halfLife: 120 },
    d: { of: 'rate', per: 60, path: ['size'] },
    e: { of: 'top', most: 10, path: ['name'] },
    f: { of: 'histogram', bounds: [0, 10], path: ['size'] },
    g: { of: 'distinct', path: ['tags', 0, 'weight'] },
  });
});

it('conditions are kept as they are, and ranks in parts', () => {
  const more = 'filter: data.size > 3, having: count > 2, top: { by: s.max, most: 5 }';
  const text = `${HEAD}windows: { w: { size: 1h, values: { s: size }, ${more} } }\n`;
  expect(load({ 'p.yaml': text }).pipelines[0]!.windows[0]).toMatchObject({
    filter: 'data.size > 3',
    having: 'count > 2',
    top: { by: { of: 'max', value: 's' }, most: 5 },
  });
});

it('a condition on sessions may look at how long they were', () => {
  const text = `${HEAD}windows: { w: { session: 1m, having: end - start > duration("1h") } }\n`;
  expect(load({ 'p.yaml': text }).pipelines[0]!.windows[0]).toMatchObject({ kind: 'session' });
});
