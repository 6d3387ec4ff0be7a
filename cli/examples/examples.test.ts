import { describe, expect, it } from 'vitest';
import { compile } from '../../shared/pipelines/compile.ts';
import type { Expected, Fields } from './example.ts';
import { runExample } from './run.ts';

const pipeline = compile(
  'visits',
  {
    description: 'For tests',
    schema: { type: 'object', required: ['at', 'shop'], properties: { spent: { type: 'number' } } },
    time: { field: 'at' },
    key: 'shop',
    join: [{ reference: 'shops', column: 'code', on: 'shop', as: 'place' }],
    windows: {
      daily: { size: '1d', values: { spent: 'spent' } },
      often: { size: '1h', every: '30m' },
      stays: { session: '10m' },
      ever: { global: true, early: { count: 1 } },
      spread: {
        size: '1d',
        filter: 'data.spent > 1',
        measures: { spending: { quantiles: 'spent', at: ['p50'] }, shops: { top: 'shop' } },
        having: 'count >= 2',
      },
    },
    routes: { large: 'data.spent >= 100', bern: 'data.place.town == "Bern"' },
    alerts: { big: { field: 'spent', 'at-least': 100, title: 'big' } },
  },
  new Map([['shops', 'hash']]),
);
const REFERENCES = new Map([['shops', 'code,town\nn,Bern\n']]);
const VISIT = { at: '2026-03-01T09:00:00Z', shop: 'n', spent: 100 };
const NOW = new Date('2026-04-01T00:00:00Z');
const DAY = '2026-03-01T00:00:00Z';

const differences = (given: Fields | readonly Fields[], then: Expected) =>
  runExample(pipeline, REFERENCES, { given, then }, NOW).map(({ path, what }) => [path.join('.'), what]);

describe('an example', () => {
  it.each<[string, Fields | readonly Fields[], Expected]>([
    [
      'key, time and reference data',
      VISIT,
      { key: 'n', time: '2026-03-01T10:00:00+01:00', data: { place: { town: 'Bern' } } },
    ],
    ['its alerts', VISIT, { alerts: ['big'] }],
    ['no alert', { ...VISIT, spent: 99 }, { alerts: [] }],
    ['a part of the reason', { shop: 'n' }, { rejected: "property 'at'" }],
    [
      'sums of several records',
      [VISIT, { ...VISIT, spent: 1 }],
      { windows: { daily: { [DAY]: { n: { count: 2, spent: { sum: 101, mean: 50.5 } } } } } },
    ],
    [
      'each of the windows that slide over a record',
      VISIT,
      {
        windows: {
          often: {
            '2026-03-01T08:30:00Z': { n: { count: 1 } },
            '2026-03-01T09:00:00Z': { n: { count: 1 } },
            '2026-03-01T09:30:00Z': {},
          },
        },
      },
    ],
    [
      'sessions by their own start',
      [8, 0, 25, 15].map(minute => ({ ...VISIT, at: `2026-03-01T09:${`${minute}`.padStart(2, '0')}:00Z` })),
      {
        windows: {
          stays: {
            '2026-03-01T09:00:00Z': { n: { count: 3, end: '2026-03-01T10:25:00+01:00' } },
            '2026-03-01T09:25:00Z': { n: { count: 1 } },
          },
        },
      },
    ],
    [
      'measures of every kind, of the events that count and the keys that are shown',
      [VISIT, { ...VISIT, spent: 1 }, VISIT, { ...VISIT, shop: 'x' }],
      {
        windows: {
          spread: {
            [DAY]: {
              n: { count: 2, spending: { max: 100, p50: 100 }, shops: { items: [{ item: 'n', count: 2 }] } },
            },
          },
        },
      },
    ],
    ['the topics it is routed to', [VISIT, { ...VISIT, spent: 1 }], { routes: ['bern', 'bern', 'large'] }],
    ['all of time', [VISIT, VISIT], { windows: { ever: { always: { n: { count: 2 } } } } }],
    ['nothing but that it fits', VISIT, {}],
  ])('may say %s', (_, given, then) => {
    expect(differences(given, then)).toEqual([]);
  });

  it.each<[string, Fields | readonly Fields[], Expected, string, string]>([
    ['another key', VISIT, { key: 's' }, 'then.key', 'key of the record is "n"; the example says "s"'],
    [
      'another time',
      VISIT,
      { time: DAY },
      'then.time',
      'time of the record is "2026-03-01T09:00:00.000Z"; the example says "2026-03-01T00:00:00Z"',
    ],
    [
      'another town',
      VISIT,
      { data: { place: { town: 'Thun' } } },
      'then.data.place.town',
      'data.place.town of the record is "Bern"; the example says "Thun"',
    ],
    [
      'a record that does not fit',
      { shop: 'n' },
      {},
      'given',
      "the record was rejected: The record must have required property 'at'.",
    ],
    [
      'another reason',
      { shop: 'n' },
      { rejected: 'late' },
      'then.rejected',
      `the record was rejected for another reason: The record must have required property 'at'. The example says "late"`,
    ],
    [
      'a record that does fit',
      [VISIT],
      { rejected: 'late' },
      'then.rejected',
      'record 1 was not rejected; the example says that it is, for "late"',
    ],
    [
      'a missing alert',
      { ...VISIT, spent: 1 },
      { alerts: ['big'] },
      'then.alerts',
      'alerts is []; the example says ["big"]',
    ],
    [
      'an alert too many',
      [VISIT, VISIT],
      { alerts: ['big'] },
      'then.alerts',
      'alerts is ["big","big"]; the example says ["big"]',
    ],
    [
      'another sum',
      VISIT,
      { windows: { daily: { [DAY]: { n: { spent: { sum: 1 } } } } } },
      `then.windows.daily.${DAY}.n.spent.sum`,
      `daily from ${DAY}.n.spent.sum is 100; the example says 1`,
    ],
    [
      'a window that is not there',
      VISIT,
      { windows: { hourly: { [DAY]: { n: { count: 1 } } } } },
      `then.windows.hourly.${DAY}.n`,
      `hourly from ${DAY}.n is missing; the example says {"count":1}`,
    ],
    [
      'an inherited field',
      VISIT,
      { data: { toString: 1 } },
      'then.data.toString',
      'data.toString of the record is missing; the example says 1',
    ],
  ])('is wrong about %s', (_, given, then, path, what) => {
    expect(differences(given, then)).toEqual([[path, what]]);
  });
});
