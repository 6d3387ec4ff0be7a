import { createReadStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../shared/csv/csv.ts';
import type { Item } from './item.ts';
import { readItems } from './read.ts';
import { rejects, values } from './testkit.ts';

const data = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '..', 'data');

async function itemsOf(name: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const chunk of readItems(createReadStream(join(data, name)))) items.push(...chunk.items);
  return items;
}

const text = (name: string): string => readFileSync(join(data, name), 'utf8');

describe('the example data', () => {
  it.each([
    ['flights-20k.json', 20_000],
    ['movies.json', 3201],
    ['countries.json', 620],
    ['jobs.json', 7650],
  ])('%s is read like JSON.parse does', async (name, count) => {
    const items = await itemsOf(name);
    expect(rejects(items)).toEqual([]);
    expect(values(items)).toEqual(JSON.parse(text(name)));
    expect(items).toHaveLength(count);
  });

  it('earthquakes.json is read feature by feature', async () => {
    const items = await itemsOf('earthquakes.json');
    const { features } = JSON.parse(text('earthquakes.json')) as { features: unknown[] };
    expect(values(items)).toEqual(features);
    expect(items).toHaveLength(1707);
  });

  it.each([
    ['airports.csv', 3376],
    ['seattle-weather.csv', 1461],
    ['sp500-2000.csv', 5105],
    ['zipcodes.csv', 42_049],
    ['disasters.csv', 803],
    ['unemployment.tsv', 3218],
  ])('%s has as many records as lines, and cells as parsed at once', async (name, count) => {
    const items = await itemsOf(name);
    const { header, rows } = parseCsv(text(name), name.endsWith('.tsv') ? '\t' : ',');
    expect(rejects(items)).toEqual([]);
    expect(values(items).map(value => Object.values(value as object))).toEqual(rows);
    expect(Object.keys(values(items)[0] as object)).toEqual(header);
    // None of these has line ends inside of cells, so counting lines is an independent check.
    expect(items).toHaveLength(text(name).trimEnd().split('\n').length - 1);
    expect(items).toHaveLength(count);
  });

  it.each(['flights-200k.arrow', '7zip.png'])('%s is refused', async name => {
    await expect(itemsOf(name)).rejects.toThrow(/this is an? (Arrow file|PNG image); accepted are/);
  });
});
