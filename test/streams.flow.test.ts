import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Timestamp } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { stream } from '../shared/streams/engine/engine.ts';
import { planOf } from '../shared/streams/measures.ts';
import type { Windowing } from '../shared/streams/slices.ts';
import { type ShownGroup, showGroup } from '../shared/streams/state.ts';
import { ROOT, startTestSuite, type TestSuite } from './support/suite.ts';

const LOG = resolve(ROOT, '../shared/data/access.log');
const here = existsSync(LOG);
if (!here) console.log(`Skipped: the real access log is not at ${LOG}.`);

const HOUR = 3600_000;
/** All 20,000 for a campaign: MILLRACE_FLIGHTS=20000. */
const FLIGHT_COUNT = Number(process.env['MILLRACE_FLIGHTS'] ?? 2_000);

interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly origin: string;
}

/** What a window counts of a record, whoever counts. */
interface Entry {
  readonly source: string;
  readonly id: string;
  readonly time: number;
  readonly key: string;
  readonly value: number | null;
}

/** `start end key count sum min max`: a result, however it was come to. */
type Line = string;

interface Kind {
  readonly window: string;
  readonly yaml: Readonly<Record<string, string>>;
  readonly windowing: Windowing;
}

const FLIGHTS: readonly Kind[] = [
  { window: 'daily', yaml: { size: '1d' }, windowing: { kind: 'tumbling', size: 24 * HOUR } },
  {
    window: 'weekly',
    yaml: { size: '7d', every: '1d' },
    windowing: { kind: 'sliding', size: 7 * 24 * HOUR, slide: 24 * HOUR },
  },
  { window: 'busy', yaml: { session: '12h' }, windowing: { kind: 'session', gap: 12 * HOUR } },
];

const REQUESTS: readonly Kind[] = [
  { window: 'tumbling', yaml: { size: '2h' }, windowing: { kind: 'tumbling', size: 2 * HOUR } },
  {
    window: 'rolling',
    yaml: { size: '12h', every: '6h' },
    windowing: { kind: 'sliding', size: 12 * HOUR, slide: 6 * HOUR },
  },
  { window: 'visits', yaml: { session: '4h' }, windowing: { kind: 'session', gap: 4 * HOUR } },
];

/** By going over all records again and again: nothing of the code under test in it. */
function independent({ windowing }: Kind, entries: readonly Entry[]): Line[] {
  const byKey = Map.groupBy(entries, ({ key }) => key);
  return [...byKey]
    .flatMap(([key, own]) =>
      windowsOf(windowing, own).map(([start, end]) => {
        const inside = own.filter(({ time }) => time >= start && time < end);
        const values = inside.flatMap(({ value }) => value ?? []);
        const sum = values.reduce((total, value) => total + value, 0);
        const [min, max] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [null, null];
        return lineOf(start, end, key, { count: inside.length, value: { sum, min, max } });
      }),
    )
    .sort();
}

function windowsOf(windowing: Windowing, entries: readonly Entry[]): [start: number, end: number][] {
  const times = entries.map(({ time }) => time).sort((a, b) => a - b);
  if (windowing.kind === 'session') {
    const sessions: [number, number][] = [];
    for (const time of times) {
      const last = sessions.at(-1);
      if (last && time < last[1]) last[1] = time + windowing.gap;
      else sessions.push([time, time + windowing.gap]);
    }
    return sessions;
  }
  if (windowing.kind === 'global') return [];
  const slide = windowing.kind === 'sliding' ? windowing.slide : windowing.size;
  const starts = new Set<number>();
  for (const time of times) {
    for (let start = time - (time % slide); start > time - windowing.size; start -= slide) starts.add(start);
  }
  return [...starts].map(start => [start, start + windowing.size]);
}

function byEngine({ windowing, window }: Kind, entries: readonly Entry[]): Line[] {
  const { empty, step } = stream<Entry>({
    time: entry => entry.time,
    data: entry => ({ ...entry }),
    identity: entry => entry,
    maximalSkew: 0,
    windows: [
      {
        name: window,
        windowing,
        lateness: 0,
        retention: 0,
        key: entry => entry.key,
        plan: planOf([['value', { of: 'statistics' }, data => data['value']]]),
        panes: 'accumulating',
        early: {},
      },
    ],
  });
  const now = Date.now();
  const counted = step(empty(), { kind: 'upload', now, upload: 'u', events: entries });
  expect([...counted.late, ...counted.future]).toEqual([]);
  const done = step(counted.state, { kind: 'done', now, upload: 'u' });
  const { panes } = step(done.state, { kind: 'clock', now });
  return panes
    .flatMap(({ start, end, groups }) =>
      [...groups].map(([key, group]) => {
        const [from, to] =
          windowing.kind === 'session'
            ? [group.times!.first, group.times!.last + windowing.gap]
            : [start, end];
        return lineOf(from, to, key, showGroup(group, { start: from, end: to, latest: 0 }));
      }),
    )
    .sort();
}

async function bySuite(millrace: TestSuite, pipeline: string, { window }: Kind): Promise<Line[]> {
  const panes = millrace.firestore.collection(`windows/${pipeline}/panes`);
  const { docs } = await panes.where('window', '==', window).get();
  const ends = new Map(
    docs.flatMap(pane => (pane.get('end') ? [[at(pane.get('start')), at(pane.get('end'))]] : [])),
  );
  return docs
    .flatMap(pane =>
      Object.entries(pane.get('keys') as Record<string, ShownGroup>).map(([key, shown]) => {
        const start = at(shown['start'] ?? pane.get('start'));
        return lineOf(start, shown['end'] ? at(shown['end']) : ends.get(start)!, key, shown);
      }),
    )
    .sort();
}

const at = (time: unknown): number => (time as Timestamp).toMillis();

function lineOf(start: number, end: number, key: string, shown: ShownGroup): Line {
  const { sum, min, max } = shown['value'] as Record<'sum' | 'min' | 'max', number | null>;
  const times = [start, end].map(time => new Date(time).toISOString());
  return [...times, key, shown.count, sum, min, max].join(' ');
}

/** A pipeline of the repository with other windows, under its own name. */
function withWindows(name: string, kinds: readonly Kind[], key: string, value: string): string {
  const {
    schema,
    time,
    join: joins,
  } = parse(readFileSync(resolve(ROOT, `pipelines/${name}.yaml`), 'utf8')) as Record<string, unknown>;
  const windows = Object.fromEntries(
    kinds.map(({ window, yaml }) => [window, { ...yaml, key, values: { value }, retention: '1d' }]),
  );
  return stringify({
    description: 'For a test',
    schema,
    time,
    key,
    ...(joins ? { join: joins } : {}),
    windows,
  });
}

describe('every kind of window over real data', () => {
  let millrace: TestSuite;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-windows-'));
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    cpSync(resolve(ROOT, 'pipelines/reference'), join(folder, 'reference'), { recursive: true });
    writeFileSync(join(folder, 'flights.yaml'), withWindows('flights', FLIGHTS, 'origin', 'delay'));
    writeFileSync(join(folder, 'logs.yaml'), withWindows('logs', REQUESTS, 'remote', 'bytes'));
    millrace = await startTestSuite({ pipelines: folder });
  });
  afterAll(async () => {
    await millrace[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const compare = async (
    pipeline: string,
    kinds: readonly Kind[],
    entries: readonly Entry[],
  ): Promise<void> => {
    for (const kind of kinds) {
      const expected = independent(kind, entries);
      expect(byEngine(kind, entries), `${kind.window}, by the engine`).toEqual(expected);
      expect(await bySuite(millrace, pipeline, kind), `${kind.window}, by the steps`).toEqual(expected);
    }
  };

  it('comes to the same by the steps, by the engine, and by going over the flights', async () => {
    const all = readFileSync(resolve(ROOT, 'node_modules/vega-datasets/data/flights-20k.json'), 'utf8');
    const flights = (JSON.parse(all) as Flight[]).slice(0, FLIGHT_COUNT);
    const id = await millrace.upload('flights/flights.json', JSON.stringify(flights));
    expect(await millrace.settled(id)).toMatchObject({
      state: 'done',
      counts: { accepted: flights.length, late: 0 },
    });
    const entries = flights.map(({ date, delay, origin }, n): Entry => {
      const time = Date.parse(`${date.replaceAll('/', '-').replace(' ', 'T')}:00Z`);
      return { source: 'f', id: `${n}`, time, key: origin, value: delay };
    });
    await compare('flights', FLIGHTS, entries);
  }, 120_000);

  it.skipIf(!here)(
    'comes to the same of an access log whose lines are out of order',
    async () => {
      const content = readFileSync(LOG);
      const lines = content.toString('latin1').trimEnd().split('\n').toSpliced(8898, 1);
      const id = await millrace.upload('logs/access.log', content);
      expect(await millrace.settled(id)).toMatchObject({
        state: 'done',
        counts: { accepted: 9_999, late: 0 },
      });
      const entries = lines.map((line, n): Entry => {
        const open = line.indexOf('[');
        const [day, time] = [
          line.slice(open + 1, open + 12).replaceAll('/', ' '),
          line.slice(open + 13, open + 21),
        ];
        const [, bytes] = line.split('"')[2]!.trim().split(' ');
        const value = bytes === '-' ? null : Number(bytes);
        return {
          source: 'l',
          id: `${n}`,
          time: Date.parse(`${day} ${time} UTC`),
          key: line.split(' ')[0]!,
          value,
        };
      });
      await compare('logs', REQUESTS, entries);
    },
    120_000,
  );
});
