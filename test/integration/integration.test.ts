import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { countRecords } from './count.ts';
import { type Counts, differences } from './verdict.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-integration-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

async function integration(...args: string[]) {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, 'main.ts'), ...args], {
    cwd: resolve(import.meta.dirname, '../..'),
  });
  const run = { code: -1, out: '', err: '' };
  child.stdout.on('data', chunk => {
    run.out += chunk;
  });
  child.stderr.on('data', chunk => {
    run.err += chunk;
  });
  [run.code] = await once(child, 'close');
  return run;
}

const DATA = resolve(import.meta.dirname, '../../node_modules/vega-datasets/data');
const FLIGHTS = [
  'date,delay,distance,origin,destination',
  '2001/01/01 00:47,66,1750,DTW,LAS',
  '2001/01/01 01:10,95,2399,HNL,SFO',
  '2001/01/02 01:10,much,2399,HNL,SFO',
].join('\n');

describe('the records of a file', () => {
  it.each([
    ['ndjson', '{"a":1}\n\n{"a":\n{"a":3}\n', 3],
    ['an array', '[{"a":1},{"a":2}]', 2],
    ['GeoJSON', '{"type":"FeatureCollection","features":[{},{}]}', 2],
    ['an object', '{\n"a":1}', 1],
    ['CSV', 'a,b\n1,"two\nlines, ""quoted"""\n3\n\n', 2],
    ['a log', '::1 - - [10/Oct/2000:13:55:36 -0700] "GET /" 200 1 "-" "-"\n'.repeat(2), 2],
    ['nothing', ' \n', 0],
    ['gzip', gzipSync('{"a":1}\n{"a":2}'), 2],
  ])('are counted in %s', async (name, content, expected) => {
    expect(await countRecords(fileOf(name, content))).toBe(expected);
  });

  it('are counted in Parquet', async () => {
    expect(await countRecords(join(DATA, 'flights-3m.parquet'))).toBe(3_000_000);
  });
});

describe('the verdict', () => {
  const right: Counts = { file: 10, records: 10, accepted: 7, rejected: 2, late: 1, table: 7 };

  it.each([
    [right, []],
    [{ ...right, file: 11 }, ['The file has 11 records, 10 were read.']],
    [{ ...right, file: null }, ['The file has no countable records, 10 were read.']],
    [{ ...right, table: 8 }, ['7 records were accepted, the table has 8.']],
    [
      { ...right, late: 0 },
      ['10 records were read, but 9 are accounted for: 7 accepted, 2 rejected, 0 late.'],
    ],
  ])('on %j says %j', (counts, expected) => {
    expect(differences(counts)).toEqual(expected);
  });
});

describe('the integration test', () => {
  const flights = fileOf('flights.csv', FLIGHTS);
  const asked = ['--data-table', 'daily', '--data-type', 'flights'];

  it('uploads a file, compares the counts, and says that it succeeded', async () => {
    const { code, out, err } = await integration('--data-source', flights, ...asked);
    expect([code, err]).toEqual([0, expect.stringMatching(/^(flights\.csv: .*\n)*$/)]);
    expect(out).toMatch(
      /^Success: of 3 records in flights\.csv, 2 are in flights daily, 1 rejected, 0 late \([\d.]+ s\)\.\n$/,
    );
  });

  it('takes a table of BigQuery', async () => {
    const given = ['--data-source', join(DATA, 'earthquakes.json'), '--data-type', 'quakes'];
    const { code, out } = await integration(...given, '--data-table', 'events_quakes', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out.trimEnd().split('\n').at(-1)!)).toMatchObject({
      success: true,
      counts: { file: 1707, accepted: 1707, table: 1707 },
    });
  });

  it('fails with what differs, and says it to scripts as JSON', async () => {
    const cut = gzipSync(Array.from({ length: 5000 }, (_, n) => `{"n":"${n * 7919}"}`).join('\n'));
    const broken = fileOf('cut.gz', Buffer.concat([cut, Buffer.from('more')]));
    const { code, out, err } = await integration('--data-source', broken, ...asked, '--json');
    expect(code).toBe(1);
    expect(err).toMatch(/^The upload failed: gzip stream is corrupt/m);
    expect(JSON.parse(out.trimEnd().split('\n').at(-1)!)).toMatchObject({
      success: false,
      problems: expect.arrayContaining([expect.stringMatching(/^The upload failed: /)]),
    });
  });

  it('refuses a wrong use before it starts anything, and explains itself', async () => {
    const source = ['--data-source', flights];
    const [incomplete, nowhere, table, type, unknown, help] = await Promise.all([
      integration(...source),
      integration('--data-source', 'nowhere', ...asked),
      integration(...source, '--data-table', 'hourly', '--data-type', 'flights'),
      integration(...source, '--data-table', 'daily', '--data-type', 'trains'),
      integration('--data'),
      integration('--help'),
    ]);
    expect([incomplete, nowhere, table, type, unknown].map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
    expect(incomplete.err).toMatch(/^--data-table is missing\.\n\nUsage: /);
    expect(nowhere.err).toContain('There is no file nowhere.\n');
    expect(table.err).toContain('There is no --data-table "hourly". There are: daily.\n');
    expect(type.err).toMatch(/^There is no --data-type "trains"\. There are: .*flights, .*quakes/);
    expect(unknown.err).toContain("Unknown option '--data'");
    expect([help.code, help.out]).toEqual([
      0,
      expect.stringContaining('Examples:\n  npm run test:integration'),
    ]);
  });
});
