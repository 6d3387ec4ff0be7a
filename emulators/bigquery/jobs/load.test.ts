import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { JobLoadMetadata, TableField } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import avro from 'avsc';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startStorage } from '../../storage/storage.ts';
import { fixture, refusal } from '../testing.ts';

const FIELDS: TableField[] = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'n', type: 'INTEGER' },
];

async function scene() {
  const emulator = await startStorage();
  onTestFinished(() => emulator.stop());
  emulator.createBucket('files');
  const apiEndpoint = `http://127.0.0.1:${emulator.port}`;
  const bucket = new Storage({ apiEndpoint, projectId: 'demo-millrace' }).bucket('files');
  const made = await fixture({ storage: () => apiEndpoint });
  const table = made.client.dataset('shop').table('t');
  const put = async (name: string, content: string | Buffer) => {
    await bucket.file(name).save(content, { resumable: false });
    return bucket.file(name);
  };
  const load = async (
    name: string | string[],
    content: string | Buffer | undefined,
    metadata: JobLoadMetadata = {},
  ) => {
    const names = [name].flat();
    if (content !== undefined) for (const one of names) await put(one, content);
    const [job] = await table.load(
      names.map(one => bucket.file(one)),
      metadata,
    );
    return job;
  };
  const rows = async () => (await made.client.dataset('shop').table('t').getRows())[0];
  return { ...made, table, put, load, rows, bucket };
}

const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
};

describe('a load job', () => {
  it('takes NDJSON from Storage, packed or not, and tells how much', async () => {
    const { load, rows } = await scene();
    const job = await load('a.json', '{"id": "a", "n": 9007199254740993}\n\n{"id": "b"}', {
      schema: { fields: FIELDS },
    });
    expect(job.status!.state).toBe('DONE');
    expect(job.statistics!.load).toMatchObject({
      inputFiles: '1',
      inputFileBytes: '47',
      outputRows: '2',
      badRecords: '0',
    });
    await load('b.json', gzipSync('{"id": "c", "n": 3}\n'));
    expect((await rows()).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('takes a CSV with quotes, a header, nulls and short lines', async () => {
    const { load, rows } = await scene();
    await load('a.csv', '\uFEFFid,n\n"x ""y""\nz",1\n,-\nshort\n', {
      schema: { fields: FIELDS },
      skipLeadingRows: 1,
      allowQuotedNewlines: true,
      allowJaggedRows: true,
      nullMarker: '-',
    });
    expect(await rows()).toEqual([
      { id: 'x "y"\nz', n: 1 },
      { id: '', n: null },
      { id: 'short', n: null },
    ]);
  });

  it('finds the schema of NDJSON and of CSV out', async () => {
    const { load, client } = await scene();
    const types = async () =>
      (await client.dataset('shop').table('t').getMetadata())[0].schema.fields.map(
        ({ name, type, mode }: TableField) => `${name} ${type} ${mode}`,
      );
    await load(
      'a.json',
      '{"a": 1, "b": "2024-01-01", "c": [1.5], "d": {"e": true}}\n{"a": 2.5, "f": "2024-01-01T00:00:00Z"}\n',
      {
        autodetect: true,
      },
    );
    expect(await types()).toEqual([
      'a FLOAT NULLABLE',
      'b DATE NULLABLE',
      'c FLOAT REPEATED',
      'd RECORD NULLABLE',
      'f TIMESTAMP NULLABLE',
    ]);
    await load('a.csv', 'name,count,at\nx,1,2024-01-01 01:02:03\ny,,\n', {
      autodetect: true,
      writeDisposition: 'WRITE_TRUNCATE',
    });
    expect(await types()).toEqual(['name STRING NULLABLE', 'count INTEGER NULLABLE', 'at DATETIME NULLABLE']);
    expect((await client.dataset('shop').table('t').getRows())[0]).toHaveLength(2);
  });

  it('takes Avro with its own schema', async () => {
    const { put, table, rows } = await scene();
    const schema = {
      type: 'record',
      name: 'Row',
      fields: [
        { name: 'id', type: 'string' },
        { name: 'n', type: ['null', 'long'] },
        { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
        { name: 'tags', type: { type: 'array', items: 'string' } },
        { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
        { name: 'bytes', type: 'bytes' },
        { name: 'm', type: { type: 'map', values: 'int' } },
      ],
    } as const;
    const encoder = new avro.streams.BlockEncoder(schema as never, { codec: 'deflate' });
    encoder.write({
      id: 'a',
      n: 4503599627370497,
      at: 1709168523004005,
      tags: ['x', 'y'],
      kind: 'B',
      bytes: Buffer.from([255]),
      m: { k: 1 },
    });
    encoder.end({ id: 'b', n: null, at: 0, tags: [], kind: 'A', bytes: Buffer.alloc(0), m: {} });
    const bytes = await buffer(encoder);
    for (const cut of [0, 3, bytes.length - 1])
      expect(await refusal(table.load(await put('cut.avro', bytes.subarray(0, cut))))).toMatch(
        /cut\.avro is no Avro file/,
      );
    const [job] = await table.load(await put('a.avro', bytes), { useAvroLogicalTypes: true });
    expect(job.status!.errorResult).toBeUndefined();
    expect(await rows()).toMatchObject([
      {
        id: 'a',
        n: 4503599627370497,
        at: { value: '2024-02-29T01:02:03.004005000Z' },
        tags: ['x', 'y'],
        kind: 'B',
        bytes: Buffer.from([255]),
        m: [{ key: 'k', value: 1 }],
      },
      { id: 'b', n: null, tags: [], kind: 'A', m: [] },
    ]);
  });

  it('takes Parquet with its own schema', async () => {
    const { put, table, client } = await scene();
    const path = join(folder(), 'a.parquet');
    const database = await DuckDBInstance.create(':memory:');
    const connection = await database.connect();
    await connection.run(`COPY (SELECT 'a' AS id, 7::INTEGER AS n, 1.25::DECIMAL(10, 2) AS price, [1, 2] AS list,
      {'x': true} AS r, TIMESTAMPTZ '2024-02-29 00:00:00.000001+00' AS at, DATE '2024-02-29' AS d) TO '${path}'`);
    connection.closeSync();
    const [job] = await table.load(await put('a.parquet', readFileSync(path)), {
      parquetOptions: { enableListInference: true },
    });
    expect(job.statistics!.load!.outputRows).toBe('1');
    const [{ schema }] = await client.dataset('shop').table('t').getMetadata();
    expect(schema.fields.map(({ type, mode }: TableField) => `${type} ${mode}`)).toEqual([
      'STRING NULLABLE',
      'INTEGER NULLABLE',
      'NUMERIC NULLABLE',
      'INTEGER REPEATED',
      'RECORD NULLABLE',
      'TIMESTAMP NULLABLE',
      'DATE NULLABLE',
    ]);
    expect((await client.dataset('shop').table('t').getRows())[0]).toMatchObject([
      { id: 'a', n: 7, list: [1, 2], r: { x: true } },
    ]);
  });

  it('takes JSON of Parquet in the form that it has from anywhere, and defaults for what the file lacks', async () => {
    const { put, table, client } = await scene();
    const path = join(folder(), 'a.parquet');
    const database = await DuckDBInstance.create(':memory:');
    const connection = await database.connect();
    await connection.run(`COPY (SELECT * FROM (VALUES ('a', '{"b": 1.0, "a":[ ]}'::JSON, ['1'::JSON, ' {} '::JSON], {'j': '[1,  2]'::JSON, 's': 'x'}),
      ('b', NULL, NULL, NULL)) AS v(id, j, list, r)) TO '${path}'`);
    connection.closeSync();
    await client.query('CREATE TABLE shop.direct (j JSON)');
    const parquetOptions = { enableListInference: true };
    await client
      .dataset('shop')
      .table('direct')
      .load(await put('a.parquet', readFileSync(path)), {
        parquetOptions,
        writeDisposition: 'WRITE_TRUNCATE',
      });
    const [{ schema }] = await client.dataset('shop').table('direct').getMetadata();
    expect(schema.fields.find(({ name }: TableField) => name === 'j').type).toBe('JSON');
    await client.query(
      'CREATE TABLE shop.t (id STRING, j JSON, list ARRAY<JSON>, r STRUCT<j JSON, s STRING>, n INT64 DEFAULT 7)',
    );
    await table.load(await put('a.parquet', readFileSync(path)), { parquetOptions });
    const texts =
      'TO_JSON_STRING(j) AS j, ARRAY(SELECT TO_JSON_STRING(x) FROM UNNEST(list) AS x) AS list, TO_JSON_STRING(r.j) AS r, r.s, n';
    const [found] = await client.query(`SELECT id, ${texts} FROM shop.t ORDER BY id`);
    expect(found).toEqual([
      { id: 'a', j: '{"a":[],"b":1.0}', list: ['1', '{}'], r: '[1,2]', s: 'x', n: 7 },
      { id: 'b', j: 'null', list: [], r: 'null', s: null, n: 7 },
    ]);
  });

  it('takes the objects that a pattern names, and files that come along', async () => {
    const { client, put, table, rows } = await scene();
    for (const name of ['d/1.json', 'd/2.json', 'e/3.json']) await put(name, `{"id": "${name}"}`);
    const [started] = await client.createJob({
      configuration: {
        load: {
          sourceUris: ['gs://files/d/*.json'],
          sourceFormat: 'NEWLINE_DELIMITED_JSON',
          schema: { fields: FIELDS },
          destinationTable: { projectId: 'demo-millrace', datasetId: 'shop', tableId: 't' },
        },
      },
    });
    await started.promise();
    const path = join(folder(), 'local.csv');
    writeFileSync(path, 'up,1\n');
    const [job] = await table.load(path, { format: 'CSV' });
    expect(job.statistics!.load!.outputRows).toBe('1');
    expect((await rows()).map(({ id }) => id).sort()).toEqual(['d/1.json', 'd/2.json', 'up']);
  });

  it('loads all of its files or nothing, but for as many bad records as it may leave out', async () => {
    const { client, load, rows } = await scene();
    const text = '{"id": "a"}\n{"n": 1}\nno json\n{"id": "b"}\n';
    const failed = await refusal(load('a.json', text, { schema: { fields: FIELDS }, maxBadRecords: 1 }));
    expect(failed).toMatch(
      /too many errors encountered, giving up\. Errors: 2; max bad: 1\..*record 3 of gs:\/\/files\/a\.json/,
    );
    await expect(rows()).rejects.toThrow(/Not found: Table/);
    // The client takes a job for failed that tells of any error.
    await refusal(
      load('a.json', undefined, { schema: { fields: FIELDS }, maxBadRecords: 2, jobId: 'lenient' }),
    );
    await client.job('lenient').promise();
    const [{ status, statistics }] = await client.job('lenient').getMetadata();
    expect(status.errorResult).toBeUndefined();
    expect(status.errors).toHaveLength(2);
    expect(statistics.load).toMatchObject({ outputRows: '2', badRecords: '2' });
    expect((await rows()).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('writes as its dispositions say', async () => {
    const { load, rows } = await scene();
    const put = (options: JobLoadMetadata) =>
      load('a.json', '{"id": "a"}\n', { schema: { fields: FIELDS }, ...options });
    expect(await refusal(put({ createDisposition: 'CREATE_NEVER' }))).toMatch(
      /Not found: Table demo-millrace:shop\.t/,
    );
    await put({ writeDisposition: 'WRITE_EMPTY' });
    expect(await refusal(put({ writeDisposition: 'WRITE_EMPTY' }))).toMatch(
      /Already Exists: Table demo-millrace:shop\.t/,
    );
    await put({});
    expect(await rows()).toHaveLength(2);
    await put({ writeDisposition: 'WRITE_TRUNCATE' });
    expect(await rows()).toHaveLength(1);
  });

  it('adds columns only where it may', async () => {
    const { load, rows } = await scene();
    const more = {
      fields: [
        { name: 'id', type: 'STRING' },
        { name: 'n', type: 'INTEGER' },
        { name: 'x', type: 'BOOLEAN' },
      ],
    };
    await load('a.json', '{"id": "a"}\n', { schema: { fields: FIELDS } });
    expect(await refusal(load('b.json', '{"x": true}\n', { schema: more }))).toMatch(
      /Cannot add fields \(field: x\)/,
    );
    await load('b.json', '{"x": true}\n', {
      schema: more,
      schemaUpdateOptions: ['ALLOW_FIELD_ADDITION', 'ALLOW_FIELD_RELAXATION'],
    });
    expect(await rows()).toEqual([
      { id: 'a', n: null, x: null },
      { id: null, n: null, x: true },
    ]);
  });

  it.each<[string, JobLoadMetadata, RegExp]>([
    ['a.json', { sourceFormat: 'ORC' }, /Loading ORC is not implemented/],
    ['a.json', {}, /No schema specified on job or table/],
    ['none.json', { schema: { fields: FIELDS } }, /Not found: URI gs:\/\/files\/none\.json/],
    [
      'a.json',
      { schema: { fields: FIELDS }, writeDisposition: 'WRITE' },
      /Invalid value for writeDisposition: WRITE/,
    ],
  ])('of %s with %j is refused', async (name, metadata, message) => {
    const { load, put } = await scene();
    await put('a.json', '{"id": "a"}\n');
    expect(await refusal(load(name, undefined, metadata))).toMatch(message);
  });
});

describe('a job', () => {
  it('has an id that is taken once, is found by it and listed, the latest first', async () => {
    const { client, put, table } = await scene();
    const file = await put('a.json', '{"id": "a"}\n');
    const metadata = { schema: { fields: FIELDS } };
    await table.load(file, { ...metadata, jobId: 'first' });
    expect(await refusal(table.load(file, { ...metadata, jobId: 'first' }))).toBe(
      '409 duplicate: Already Exists: Job demo-millrace:local-1.first',
    );
    await table.load(file, { ...metadata, jobId: 'second' });
    const [metadataOfFirst] = await client.job('first').getMetadata();
    expect(metadataOfFirst).toMatchObject({ configuration: { jobType: 'LOAD' }, status: { state: 'DONE' } });
    expect((await client.getJobs())[0].map(({ id }) => id)).toEqual(['second', 'first']);
    await client.job('first').cancel();
    await client.job('first').delete();
    expect(await refusal(client.job('first').getMetadata())).toMatch(/^404 notFound/);
    expect((await table.getRows())[0]).toHaveLength(2);
  });

  it('copies a table with its schema and settings', async () => {
    const { client, load } = await scene();
    await load('a.json', '{"id": "a"}\n{"id": "b"}\n', {
      schema: { fields: FIELDS },
      clustering: { fields: ['id'] },
    });
    const copy = client.dataset('shop').table('copy');
    const [job] = await client.dataset('shop').table('t').copy(copy);
    expect(job.status!.state).toBe('DONE');
    expect((await copy.getMetadata())[0]).toMatchObject({ clustering: { fields: ['id'] }, numRows: '2' });
    expect(await refusal(client.dataset('shop').table('t').copy(copy))).toMatch(/Already Exists/);
    expect(await refusal(client.createJob({ configuration: { extract: {} } }))).toMatch(
      /^501 notImplemented: An extract job/,
    );
  });
});
