import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DocumentData, Timestamp } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, startTestSuite, type TestSuite } from './support/suite.ts';

const LOG = resolve(ROOT, '../shared/data/access.log');
const here = existsSync(LOG);
if (!here) console.log(`Skipped: the real access log is not at ${LOG}.`);
const PRICES = join(ROOT, 'node_modules/vega-datasets/data/sp500-2000.csv');

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

let folder: string;
let millrace: TestSuite;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-clicks-'));
  for (const name of ['clicks', 'market'])
    cpSync(join(ROOT, `pipelines/${name}.yaml`), join(folder, `${name}.yaml`));
  millrace = await startTestSuite({ pipelines: folder });
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function panesOf(pipeline: string, window: string): Promise<DocumentData[]> {
  const panes = millrace.firestore.collection(`windows/${pipeline}/panes`).where('window', '==', window);
  return (await panes.get()).docs.map(pane => pane.data());
}

/** The starts of all windows of a size, one every so often, that any of the times lies in; ms. */
function startsOf(times: readonly number[], size: number, every: number): number[] {
  const starts = times.flatMap(time => {
    const last = Math.floor(time / every) * every;
    return Array.from({ length: size / every }, (_, back) => last - back * every);
  });
  return [...new Set(starts)].sort((a, b) => a - b);
}

describe('the market', () => {
  const rows = readFileSync(PRICES, 'utf8').trimEnd().split('\n').slice(0, 301);
  const days = rows.slice(1).map(row => {
    const [date = '', , high, low, close] = row.split(',');
    return { time: Date.parse(date), high: Number(high), low: Number(low), close: Number(close) };
  });

  it('has rolling extremes of 4 and of 52 weeks, as worked out by hand', async () => {
    const id = await millrace.upload('market/sp500.csv', rows.join('\n'));
    expect(await millrace.settled(id)).toMatchObject({
      state: 'done',
      counts: { records: 300, accepted: 300 },
    });
    for (const [window, size, every] of [
      ['month', 28 * DAY, 7 * DAY],
      ['year', 364 * DAY, 28 * DAY],
    ] as const) {
      const expected = startsOf(
        days.map(({ time }) => time),
        size,
        every,
      ).map(start => {
        const within = days.filter(({ time }) => time >= start && time < start + size);
        return {
          start,
          count: within.length,
          low: Math.min(...within.map(({ low }) => low)),
          high: Math.max(...within.map(({ high }) => high)),
          close: within.at(-1)!.close,
        };
      });
      const found = (await panesOf('market', window)).map(pane => {
        const [shown] = Object.values(pane['keys'] as Record<string, DocumentData>);
        const { count, low, high, latest } = shown!;
        const start = (pane['start'] as Timestamp).toMillis();
        return { start, count, low: low.min, high: high.max, close: latest.value };
      });
      expect(found.sort((a, b) => a.start - b.start)).toEqual(expected);
    }
  });

  it('has an alert for each day of heavy trading, and one for the time in which prices are low', async () => {
    const crash = [
      'date,open,high,low,close,adjclose,volume',
      '2008-10-10,902.3,936.4,839.8,899.2,899.2,11456230400',
      '2008-11-20,805.9,820.5,747.8,752.4,752.4,9093740000',
      '2009-03-06,684.0,699.1,666.8,683.4,683.4,7331830000',
      '2009-08-03,990.2,1003.6,990.2,1002.6,1002.6,5603440000',
    ];
    await millrace.settled(await millrace.upload('market/crash.csv', crash.join('\n')));
    const { docs } = await millrace.firestore.collection('alerts').get();
    const alerts = docs.map(alert => [alert.get('rule'), alert.get('title'), alert.get('state')]).sort();
    expect(alerts).toEqual([
      ['heavy-trading', '11456230400 shares on 2008-10-10, closing at 899.2', 'open'],
      // From November on; nothing was heard of prices in between, and silence closes nothing.
      ['low', 'The low of four weeks is 666.8, below 800', 'closed'],
    ]);
  });
});

interface Click {
  readonly remote: string;
  readonly time: number;
  readonly path: string;
  readonly bytes: number;
}

/** Cut by words and by hand, without the code under test: what is a click on a page. */
function clicksIn(lines: readonly string[]): Click[] {
  return lines.flatMap(line => {
    const at = line.indexOf('[');
    const day = line.slice(at + 1, at + 12).replaceAll('/', ' ');
    const [method = '', path = ''] = line.split('"')[1]!.split(' ');
    const [status = '', bytes = '-'] = line.split('"')[2]!.trim().split(' ');
    if (method !== 'GET' || Number(status) >= 400 || /\.(png|jpg|gif|ico|css|js)$/.test(path)) return [];
    const time = Date.parse(`${day} ${line.slice(at + 13, at + 21)} UTC`);
    return [{ remote: line.split(' ')[0]!, time, path, bytes: bytes === '-' ? 0 : Number(bytes) }];
  });
}

const byKey = <T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> =>
  Map.groupBy(items, key) as Map<string, T[]>;

describe.skipIf(!here)('clicks of a real access log', () => {
  const lines = here ? readFileSync(LOG, 'latin1').split('\n').slice(0, 1500) : [];
  const clicks = clicksIn(lines);

  it('are visits, pages in fashion and a hot list, as worked out by hand', async () => {
    const id = await millrace.upload('clicks/access.log', lines.join('\n'));
    expect(await millrace.settled(id)).toMatchObject({ state: 'done', counts: { records: 1500, late: 0 } });
    expect(await visitsShown()).toEqual(visitsOf(clicks));
    expect(await trendShown()).toEqual(trendOf(clicks));
    await expect.poll(heatShown, { timeout: 10_000 }).toEqual(heatOf(clicks)); // By the next run of `tick`.
  });

  const visit = (remote: string, start: number, end: number, count: number, bytes: number) =>
    [remote, start, end, count, bytes] as const;

  /** A visit goes on while the next click comes within half an hour; it ends half an hour after its last. */
  function visitsOf(all: readonly Click[]): unknown[] {
    const visits = [...byKey(all, ({ remote }) => remote)].flatMap(([remote, own]) => {
      const sorted = own.toSorted((a, b) => a.time - b.time);
      const begins = sorted.flatMap(({ time }, at) =>
        at === 0 || time >= sorted[at - 1]!.time + 30 * MINUTE ? [at] : [],
      );
      return begins.map((from, nth) => {
        const part = sorted.slice(from, begins[nth + 1]);
        const sum = part.reduce((total, { bytes }) => total + bytes, 0);
        return visit(remote, part[0]!.time, part.at(-1)!.time + 30 * MINUTE, part.length, sum);
      });
    });
    return visits.sort();
  }

  async function visitsShown(): Promise<unknown[]> {
    const panes = await panesOf('clicks', 'visits');
    const visits = panes.flatMap(pane =>
      Object.entries(pane['keys'] as Record<string, DocumentData>).map(([remote, shown]) => {
        const { start, end, count, bytes, landing, exit } = shown;
        const pages = clicks.filter(one => one.remote === remote);
        // Several clicks may have come in the same second.
        const at = (time: number) => pages.filter(one => one.time === time).map(({ path }) => path);
        expect(at(start.toMillis())).toContain(landing.value);
        expect(at(end.toMillis() - 30 * MINUTE)).toContain(exit.value);
        return visit(remote, start.toMillis(), end.toMillis(), count, bytes.sum ?? 0);
      }),
    );
    return visits.sort();
  }

  /** The most frequent pages of each hour that begins every quarter, and by how many visitors. */
  function trendOf(all: readonly Click[]): unknown[] {
    const starts = startsOf(
      all.map(({ time }) => time),
      60 * MINUTE,
      15 * MINUTE,
    );
    return starts.map(start => {
      const within = all.filter(({ time }) => time >= start && time < start + 60 * MINUTE);
      const pages = [...byKey(within, ({ path }) => path)].map(([path, own]) => {
        const visitors = new Set(own.map(({ remote }) => remote)).size;
        return [path, own.length, visitors] as const;
      });
      pages.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      return [start, pages.slice(0, 10)];
    });
  }

  async function trendShown(): Promise<unknown[]> {
    const panes = (await panesOf('clicks', 'trend')).map(pane => {
      const keys = pane['keys'] as Record<string, DocumentData>;
      const ranking = (pane['ranking'] as string[]).map(
        path => [path, keys[path]!['count'], keys[path]!['visitors'].estimate] as const,
      );
      return [(pane['start'] as Timestamp).toMillis(), ranking] as const;
    });
    return panes.sort(([a], [b]) => a - b);
  }

  const rounded = (heat: number): number => Number(heat.toPrecision(9));

  function heatOf(all: readonly Click[]): unknown[] {
    const latest = Math.max(...all.map(({ time }) => time));
    const pages = [...byKey(all, ({ path }) => path)].map(([path, own]) => {
      const heat = own.reduce((sum, { time }) => sum + 2 ** ((time - latest) / (360 * MINUTE)), 0);
      return [path, rounded(heat)] as const;
    });
    return pages.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, 20);
  }

  async function heatShown(): Promise<unknown[]> {
    const [pane] = await panesOf('clicks', 'hot');
    const keys = (pane?.['keys'] ?? {}) as Record<string, DocumentData>;
    return ((pane?.['ranking'] ?? []) as string[]).map(path => [path, rounded(keys[path]!['heat'].value)]);
  }
});
