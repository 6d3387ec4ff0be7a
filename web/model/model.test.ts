import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { alertsOf } from './alerts.ts';
import { eventOf, summaryOf } from './events.ts';
import { ago, bytes, measured, moment, plural } from './format.ts';
import { lettersOf, pageOf } from './letters.ts';
import { messageOf } from './messages.ts';
import { currentOf, measuresOf, panesOf } from './panes.ts';
import { placesOf, radiusOf } from './places.ts';
import { rankingOf } from './ranking.ts';
import { millis } from './read.ts';
import { seriesOf, stacked } from './series.ts';
import { uploadOf } from './uploads.ts';

const HOUR = 3600_000;
const NOW = Date.parse('2026-03-01T12:00:00Z');
const time = (ms: number) => ({ toMillis: () => ms });
const row = (id: string, data: Record<string, unknown>) => ({ id, data });

describe('a document that is not what it should be', () => {
  it.each<[string, Record<string, unknown>]>([
    ['empty', {}],
    [
      'full of numbers',
      { title: 1, key: 2, time: 3, counts: 4, data: 5, keys: 6, state: 7, severity: 8, start: 9, end: 9 },
    ],
    [
      'full of lists',
      { title: [], key: [], time: [], counts: [], data: [[]], keys: [], state: [], start: [], end: [] },
    ],
    [
      'full of null',
      { title: null, key: null, time: null, counts: null, data: null, keys: null, start: null, end: null },
    ],
  ])('because it is %s is shown all the same', (_how, data) => {
    const rows = [row('a', data)];
    expect(alertsOf(rows)).toMatchObject([
      { title: 'An alert without a title', severity: 'info', state: 'open' },
    ]);
    expect(uploadOf(rows[0]!)).toMatchObject({ name: 'a', state: 'reading', records: 0, progress: 0 });
    expect(eventOf(rows[0]!)).toMatchObject({ summary: 'A record without plain fields', time: undefined });
    expect(messageOf(rows[0]!)).toMatchObject({ title: 'A message without a title', unread: true });
    expect(lettersOf(rows)).toMatchObject([{ reason: 'No reason is given', line: undefined }]);
    expect([panesOf(rows), placesOf(rows)]).toEqual([[], []]);
  });
});

describe('alerts', () => {
  it('come with open ones first, of those the gravest, of equals the latest', () => {
    const alerts = alertsOf([
      row('closed', { state: 'closed', severity: 'critical', time: time(9) }),
      row('info', { state: 'open', severity: 'info', time: time(8) }),
      row('older', { state: 'open', severity: 'critical', time: time(1) }),
      row('newer', { state: 'open', severity: 'critical', time: time(2) }),
      row('acknowledged', { state: 'acknowledged', severity: 'info', time: time(10) }),
    ]);
    expect(alerts.map(({ id }) => id)).toEqual(['newer', 'older', 'info', 'acknowledged', 'closed']);
  });
});

describe('an upload', () => {
  it('is called as the file was, whatever upload-url has put before its name', () => {
    expect(uploadOf(row('x', { name: 'quakes/ann/20260301T120030123Z-a.csv' })).name).toBe('a.csv');
    expect(uploadOf(row('x', { name: 'quakes/a.csv' })).name).toBe('a.csv');
    expect(uploadOf(row('x', { name: '20260301T120030123Z-' })).name).toBe('20260301T120030123Z-');
  });

  it('says how much of it has been read', () => {
    expect(uploadOf(row('x', { state: 'reading', size: 200, bytes: 50 })).progress).toBe(0.25);
    expect(uploadOf(row('x', { state: 'reading', size: 0, bytes: 50 })).progress).toBe(1);
    expect(uploadOf(row('x', { state: 'done', size: 200, bytes: 50 })).progress).toBe(1);
  });
});

describe('windows', () => {
  const pane = (hour: number, keys: Record<string, unknown>, more = {}) =>
    row(`w${hour}`, {
      window: 'hourly',
      start: time(hour * HOUR),
      end: time((hour + 1) * HOUR),
      timing: 'onTime',
      count: Object.values(keys).reduce<number>((sum, group) => sum + (group as { count: number }).count, 0),
      keys,
      ...more,
    });
  const EVENTS = { of: 'events' } as const;

  it('are a column each without a gap, however far apart they are', () => {
    const panes = panesOf([pane(3, { a: { count: 2 } }), pane(0, { a: { count: 1 } }, { timing: 'late' })]);
    expect(seriesOf(panes, 'hourly', EVENTS, 10)).toEqual({
      starts: [0, HOUR, 2 * HOUR, 3 * HOUR],
      size: HOUR,
      timing: ['late', undefined, undefined, 'onTime'],
      lines: [{ key: 'a', values: [1, 0, 0, 2] }],
    });
  });

  it('that overlap are a column for each step', () => {
    const half = { end: time(4 * HOUR), every: 1800 };
    const panes = panesOf([
      pane(3, { a: { count: 2 } }, half),
      pane(2.5, { a: { count: 1 } }, { ...half, end: time(3.5 * HOUR) }),
    ]);
    expect(seriesOf(panes, 'hourly', EVENTS, 10)).toMatchObject({
      starts: [2.5 * HOUR, 3 * HOUR],
      size: HOUR / 2,
      lines: [{ key: 'a', values: [1, 2] }],
    });
  });

  it('of all time stand where they were last shown, and those of two definitions as the one of more events', () => {
    const ever = { kind: 'global', start: time(-9e12), end: time(9e12), updatedAt: time(7 * HOUR) };
    const panes = panesOf([pane(0, { a: { count: 2 } }, ever)]);
    expect(seriesOf(panes, 'hourly', EVENTS, 10).starts).toEqual([7 * HOUR]);
    const both = [2, 9, 4].map(count => pane(1, { a: { count } }));
    expect(seriesOf(panesOf(both), 'hourly', EVENTS, 10).lines).toEqual([{ key: 'a', values: [9] }]);
  });

  it('of all time are ranked by what is shown, those without it left out', () => {
    const ever = { kind: 'global', start: time(-9e12), end: time(9e12), updatedAt: time(7 * HOUR) };
    const heat = (count: number, value: number) => ({ count, heat: { value } });
    const keys = { a: heat(9, 1), b: heat(1, 4), c: { count: 2 }, d: heat(1, -1) };
    const one = currentOf(panesOf([pane(0, { a: { count: 1 } }, ever), pane(0, keys, ever)]))!;
    expect(rankingOf(one, { of: 'measure', measure: 'heat', statistic: 'value' }, 9)).toEqual([
      { key: 'b', value: 4, share: 1 },
      { key: 'a', value: 1, share: 0.25 },
      { key: 'd', value: -1, share: 0 },
    ]);
    expect(rankingOf(one, EVENTS, 2).map(({ key }) => key)).toEqual(['a', 'c']);
    expect(currentOf(panesOf([pane(0, keys)]))).toBeUndefined();
  });

  it('of sessions have no measure in when they began and ended', () => {
    const visit = { count: 2, start: { seconds: 1, nanoseconds: 0 }, end: { seconds: 2, nanoseconds: 0 } };
    expect(measuresOf(panesOf([pane(0, { a: visit }, { kind: 'session' })])).size).toBe(0);
  });

  it('move on: only the latest are shown, however many there are', () => {
    const panes = panesOf(Array.from({ length: 50 }, (_, hour) => pane(hour, { a: { count: 1 } })));
    expect(seriesOf(panes, 'hourly', EVENTS, 4).starts).toEqual([46, 47, 48, 49].map(hour => hour * HOUR));
  });

  it('have a line for each of the five largest keys, and one for all others', () => {
    const keys = Object.fromEntries('abcdefg'.split('').map((key, at) => [key, { count: at + 1 }]));
    const series = seriesOf(panesOf([pane(0, keys)]), 'hourly', EVENTS, 4);
    expect(series.lines.map(({ key }) => key)).toEqual(['g', 'f', 'e', 'd', 'c', undefined]);
    expect(series.lines.at(-1)?.values).toEqual([3]);
    expect(stacked(series).at(-1)).toEqual([28]);
  });

  it('have their measures by statistic, with holes where there was no value', () => {
    const panes = panesOf([
      pane(0, { a: { count: 1, mag: { count: 1, mean: 2.5 } } }),
      pane(1, { a: { count: 1, mag: { count: 0, mean: null } } }),
      pane(2, { '%': { count: 1 } }),
    ]);
    expect(measuresOf(panes)).toEqual(new Map([['mag', ['mean']]]));
    expect(seriesOf(panes, 'hourly', { of: 'measure', measure: 'mag', statistic: 'mean' }, 9).lines).toEqual([
      { key: 'a', values: [2.5, null, null] },
      { key: '', values: [null, null, null] },
    ]);
  });

  it('offer what is a number of every kind of measure, and pass by what is none', () => {
    const panes = panesOf([
      pane(0, {
        a: {
          count: 3,
          latency: { count: 3, missing: 0, sum: 6, min: 1, max: 3, mean: 2, p50: 2, p99: 3 },
          visitors: { estimate: 3, error: 0.0001, missing: 0 },
          paths: { count: 3, missing: 0, items: [{ item: '/', count: 3 }], error: 0 },
          last: { value: 'text', time: '2026-11-21T13:00:00.000Z' },
          sizes: { count: 3, missing: 0, bounds: [1], counts: [0, 3] },
        },
      }),
    ]);
    expect([...measuresOf(panes)]).toEqual([
      ['latency', ['mean', 'min', 'max', 'sum', 'p50', 'p99']],
      ['visitors', ['estimate']],
    ]);
    const shown = { of: 'measure', measure: 'visitors', statistic: 'estimate' } as const;
    expect(seriesOf(panes, 'hourly', shown, 9).lines).toEqual([{ key: 'a', values: [3] }]);
  });
});

describe('places', () => {
  it.each<[string, unknown, readonly [number, number] | undefined]>([
    ['a GeoJSON point', { geometry: { coordinates: [10, 20, 5] } }, [10, 20]],
    ['plain fields', { latitude: 20, longitude: 10 }, [10, 20]],
    ['what was joined', { airport: { latitude: 20, longitude: 10 } }, [10, 20]],
    ['nowhere on Earth', { geometry: { coordinates: [200, 20] } }, undefined],
    ['text', { geometry: { coordinates: ['10', '20'] } }, undefined],
  ])('are found in %s', (_where, data, position) => {
    const [place] = placesOf([row('a', { data })]);
    expect(place && [place.longitude, place.latitude]).toEqual(position);
  });

  it('are shown once, the largest on top', () => {
    const quake = (mag: number, at = mag) => ({ properties: { mag }, geometry: { coordinates: [at, 0] } });
    const rows = [row('a', { data: quake(5) }), row('b', { data: quake(1) }), row('c', { data: quake(5) })];
    expect(placesOf(rows).map(({ size }) => size)).toEqual([1, 5]);
    expect(radiusOf(7)).toBeGreaterThan(radiusOf(5));
    expect(radiusOf(-1)).toBe(radiusOf(0));
  });
});

test('an event is summed up by a title, or its first fields', () => {
  expect(summaryOf({ properties: { place: 'Here' } })).toBe('Here');
  expect(summaryOf({ origin: 'BOS', delay: 3, airport: {} })).toBe('origin BOS · delay 3');
  expect(eventOf(row('a', { data: { status: 503 } })).value).toBe('503');
});

test('a list is shown by the page, which stays within its bounds', () => {
  const all = Array.from({ length: 26 }, (_, at) => at);
  expect(pageOf(all, 1, 25)).toEqual({ items: [25], page: 1, pages: 2 });
  expect(pageOf(all, 9, 25).page).toBe(1);
  expect(pageOf([], 0, 25)).toEqual({ items: [], page: 0, pages: 1 });
});

test('letters come in the order of the file', () => {
  const letters = lettersOf([
    row('a', {}),
    row('b', { origin: { line: 10 } }),
    row('c', { origin: { line: 9 } }),
  ]);
  expect(letters.map(({ line }) => line)).toEqual([9, 10, undefined]);
});

test.each([
  [-5000, 'just now'],
  [4000, 'just now'],
  [59_000, '59 s ago'],
  [60_000, '1 min ago'],
  [HOUR, '1 h ago'],
  [25 * HOUR, '1 d ago'],
  [800 * 24 * HOUR, '2 y ago'],
])('what was %i ms ago was %s', (age, words) => {
  expect(ago(NOW - age, NOW)).toBe(words);
});

test('numbers are as exact as people read', () => {
  expect([measured(1.23456), measured(1234.5), measured(12_345_678)]).toEqual(['1.235', '1,235', '12.3M']);
  expect([bytes(0), bytes(999), bytes(1_219_853), bytes(5e12)]).toEqual(['0 B', '999 B', '1.22 MB', '5 TB']);
  expect([plural(1, 'file'), plural(1707, 'record')]).toEqual(['1 file', '1,707 records']);
  expect(moment(NOW - 2 * HOUR, NOW)).toMatch(/^\d\d:00:00$/);
});

test('a time is read from timestamps and from text, and from nothing else', () => {
  expect([millis(time(5)), millis('1970-01-01T00:00:01Z'), millis('soon'), millis(5)]).toEqual([
    5,
    1000,
    undefined,
    undefined,
  ]);
});

test('no source lets text become markup', () => {
  const web = join(import.meta.dirname, '..');
  const sources = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter(
    file => /\.(tsx?|html)$/.test(file) && !file.endsWith('.test.ts'),
  );
  const risky =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|DOMParser|srcdoc/i;
  expect(sources.filter(file => risky.test(readFileSync(join(web, file), 'utf8')))).toEqual([]);
  expect(sources.length).toBeGreaterThan(40);
});
