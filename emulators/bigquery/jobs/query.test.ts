import { describe, expect, it } from 'vitest';
import { Meter } from '../../meter/meter.ts';
import { fixture, refusal } from '../testing.ts';

const FIELDS = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'n', type: 'INTEGER' },
  { name: 'ts', type: 'TIMESTAMP' },
];

async function scene(options = {}) {
  const made = await fixture(options);
  const table = made.client.dataset('shop').table('orders');
  await table.create({ schema: { fields: FIELDS } });
  const rows = async (query: string, more: object = {}) => (await made.client.query({ query, ...more }))[0];
  // As a job, so that its rows may be changed at once: those of insertAll may not, for half an hour.
  await rows(
    `INSERT INTO shop.orders (id, n, ts) VALUES ('a', 1, TIMESTAMP '2024-01-01'), ('b', 2, NULL), ('c', NULL, NULL)`,
  );
  return { ...made, table, rows };
}

describe('a query', () => {
  it('sees rows that were streamed a moment ago', async () => {
    const { table, rows } = await scene();
    await table.insert([{ id: 'd', n: 4 }]);
    expect(await rows('SELECT COUNT(*) AS c, SUM(n) AS s FROM shop.orders')).toEqual([{ c: 4, s: 7 }]);
  });

  it('takes names with and without project, dataset and quotes', async () => {
    const { rows } = await scene();
    for (const name of ['shop.orders', '`demo-millrace.shop.orders`', '`demo-millrace`.shop.orders'])
      expect(await rows(`SELECT COUNT(*) AS c FROM ${name}`)).toEqual([{ c: 3 }]);
    const defaultDataset = { datasetId: 'shop', projectId: 'demo-millrace' };
    expect(await rows('SELECT id FROM orders ORDER BY id LIMIT 1', { defaultDataset })).toEqual([
      { id: 'a' },
    ]);
  });

  it('takes parameters by name and by place, of arrays and structs too', async () => {
    const { rows } = await scene();
    expect(await rows('SELECT id FROM shop.orders WHERE n > @least', { params: { least: 1 } })).toEqual([
      { id: 'b' },
    ]);
    expect(
      await rows('SELECT id FROM shop.orders WHERE n = ? OR id = ? ORDER BY id', { params: [1, 'c'] }),
    ).toEqual([{ id: 'a' }, { id: 'c' }]);
    expect(
      await rows('SELECT id FROM shop.orders WHERE id IN UNNEST(@ids) ORDER BY id', {
        params: { ids: ['a', 'b'] },
      }),
    ).toEqual([{ id: 'a' }, { id: 'b' }]);
    expect(
      await rows('SELECT @s.x AS x, @none AS none', {
        params: { s: { x: 5, y: 'z' }, none: null },
        types: { s: { x: 'INT64', y: 'STRING' }, none: 'STRING' },
      }),
    ).toEqual([{ x: 5, none: null }]);
  });

  it('comes page by page, and stays as it was', async () => {
    const { client, rows } = await scene();
    const query = 'SELECT n FROM UNNEST(@numbers) AS n ORDER BY n DESC';
    const params = { numbers: Array.from({ length: 25 }, (_, at) => at + 1) };
    const [job] = await client.createQueryJob({ query, params });
    const [first, next] = await job.getQueryResults({ maxResults: 10, autoPaginate: false });
    expect(first.map(({ n }: { n: number }) => n)).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16]);
    await rows('DELETE FROM shop.orders WHERE TRUE');
    const [second, last] = await job.getQueryResults(next!);
    const [third, none] = await job.getQueryResults(last!);
    expect([second.length, third.map(({ n }: { n: number }) => n), none]).toEqual([
      10,
      [5, 4, 3, 2, 1],
      null,
    ]);
    expect(await rows(query, { params, maxResults: 7 })).toHaveLength(25);
  });

  it.each([
    ['SELECT nope FROM shop.orders', /^400 invalidQuery: Unrecognized name: nope.* at \[1:8\]$/],
    ['SELECT *\nFROM shop.none', /^404 notFound: Not found: Table .*shop\.none.* at \[2:6\]$/],
    ['SELECT 1 +', /^400 invalidQuery: Syntax error: .* at \[1:11\]$/],
    ['SELECT 1/0', /^400 invalidQuery: division by zero/],
    ["SELECT CAST('x' AS INT64)", /^400 invalidQuery: Bad int64 value: x/],
  ])('%j is refused with its place', async (query, message) => {
    const { client } = await scene();
    expect(await refusal(client.query(query))).toMatch(message);
  });

  it('in legacy SQL is refused', async () => {
    const { client } = await scene();
    expect(await refusal(client.query({ query: 'SELECT 1', useLegacySql: true }))).toMatch(
      /Legacy SQL is not here/,
    );
  });

  it('runs once for one request id, however often it comes', async () => {
    const { url, rows } = await scene();
    const ask = () =>
      fetch(`${url}/projects/demo-millrace/queries`, {
        method: 'POST',
        body: JSON.stringify({
          query: "INSERT INTO shop.orders (id) VALUES ('once')",
          useLegacySql: false,
          requestId: 'r1',
        }),
      }).then(response => response.json() as Promise<{ numDmlAffectedRows: string }>);
    expect((await Promise.all([ask(), ask()])).map(({ numDmlAffectedRows }) => numDmlAffectedRows)).toEqual([
      '1',
      '1',
    ]);
    expect(await rows("SELECT COUNT(*) AS c FROM shop.orders WHERE id = 'once'")).toEqual([{ c: 1 }]);
  });
});

describe('what a query costs', () => {
  it('is told by a dry run, by the bytes of the columns it names, and leaves no job', async () => {
    const { client } = await scene();
    const dry = async (query: string) =>
      (await client.createQueryJob({ query, dryRun: true }))[0].metadata.statistics;
    // Three texts of a byte and two more each; integers and timestamps of eight bytes that are not NULL.
    expect((await dry('SELECT id FROM shop.orders')).totalBytesProcessed).toBe('9');
    expect((await dry('SELECT n FROM shop.orders')).totalBytesProcessed).toBe('16');
    const all = await dry('SELECT * FROM shop.orders');
    expect(all).toMatchObject({
      totalBytesProcessed: '33',
      query: { statementType: 'SELECT', totalBytesBilled: '0' },
    });
    expect(all.query.schema.fields.map(({ name }: { name: string }) => name)).toEqual(['id', 'n', 'ts']);
    expect((await client.getJobs())[0].filter(({ metadata }) => metadata.configuration.dryRun)).toEqual([]);
    expect(
      await refusal(client.createQueryJob({ query: 'SELECT x FROM shop.orders', dryRun: true })),
    ).toMatch(/Unrecognized name: x/);
  });

  it('is ten megabytes of a table at least, is metered, and can be limited', async () => {
    const meter = new Meter();
    const { client, rows } = await scene({ meter });
    const before = meter.counts['clients']?.['bigquery.scannedBytes'] ?? 0;
    await rows('SELECT COUNT(id) AS c FROM shop.orders');
    expect(meter.counts['clients']!['bigquery.scannedBytes']! - before).toBe(10 * 1024 * 1024);
    expect(
      await refusal(client.query({ query: 'SELECT id FROM shop.orders', maximumBytesBilled: '1000' })),
    ).toMatch(/Query exceeded limit for bytes billed: 1000\. 10485760 or higher required\./);
  });
});

describe('a statement that changes rows', () => {
  it('tells how many', async () => {
    const { client, rows } = await scene();
    const affected = async (query: string) =>
      await client.createQueryJob({ query }).then(async ([job]) => {
        await job.getQueryResults();
        return (await job.getMetadata())[0].statistics.query;
      });
    expect(await affected('UPDATE shop.orders SET n = n + 10 WHERE n IS NOT NULL')).toMatchObject({
      statementType: 'UPDATE',
      numDmlAffectedRows: '2',
      dmlStats: { updatedRowCount: '2' },
    });
    expect(await affected("DELETE FROM shop.orders WHERE id = 'c'")).toMatchObject({
      dmlStats: { deletedRowCount: '1' },
    });
    expect(
      await affected(`MERGE shop.orders t USING (SELECT 'a' AS id, 5 AS n UNION ALL SELECT 'z', 6) s ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET n = s.n WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n)`),
    ).toMatchObject({ numDmlAffectedRows: '2' });
    expect(await rows('SELECT id, n FROM shop.orders ORDER BY id')).toEqual([
      { id: 'a', n: 5 },
      { id: 'b', n: 12 },
      { id: 'z', n: 6 },
    ]);
  });

  it('may not touch rows that were streamed within half an hour', async () => {
    let now = Date.now();
    const { client, table, rows } = await scene({ now: () => now });
    await table.insert({ id: 'd' });
    expect(await refusal(client.query('UPDATE shop.orders SET n = 1 WHERE TRUE'))).toMatch(
      /^400 invalidQuery: UPDATE or DELETE statement over table demo-millrace\.shop\.orders would affect rows in the streaming buffer/,
    );
    now += 30 * 60_000;
    await rows('UPDATE shop.orders SET n = 1 WHERE TRUE');
    expect(await rows('SELECT SUM(n) AS s FROM shop.orders')).toEqual([{ s: 4 }]);
  });

  it('may not put NULL where there has to be a value', async () => {
    const { client } = await scene();
    expect(await refusal(client.query('INSERT INTO shop.orders (n) VALUES (1)'))).toMatch(
      /^400 invalidQuery/,
    );
  });
});

describe('a statement that makes or drops things', () => {
  it('makes tables with partitions, clusters and options, and from queries', async () => {
    const { client, rows } = await scene();
    await rows(`CREATE TABLE shop.made (id STRING NOT NULL, d DATE, tags ARRAY<STRING>)
      PARTITION BY d CLUSTER BY id OPTIONS (description = 'what', partition_expiration_days = 2, require_partition_filter = TRUE, labels = [('a', 'b')])`);
    expect((await client.dataset('shop').table('made').getMetadata())[0]).toMatchObject({
      description: 'what',
      labels: { a: 'b' },
      timePartitioning: { type: 'DAY', field: 'd', expirationMs: '172800000' },
      clustering: { fields: ['id'] },
      requirePartitionFilter: true,
      schema: {
        fields: [
          { name: 'id', mode: 'REQUIRED' },
          { name: 'd', type: 'DATE' },
          { name: 'tags', mode: 'REPEATED' },
        ],
      },
    });
    expect(await refusal(client.query('SELECT id FROM shop.made'))).toMatch(
      /^400 invalidQuery: Cannot query over table .*without a filter over column\(s\) 'd'/,
    );
    expect(await rows("SELECT id FROM shop.made WHERE d = '2024-01-01'")).toEqual([]);
    await rows('CREATE TABLE shop.copy AS SELECT id, n * 2 AS n FROM shop.orders');
    await rows(
      'CREATE OR REPLACE TABLE shop.copy AS SELECT id, n + 1 AS n FROM shop.copy WHERE n IS NOT NULL',
    );
    expect(await rows('SELECT * FROM shop.copy ORDER BY id')).toEqual([
      { id: 'a', n: 3 },
      { id: 'b', n: 5 },
    ]);
    await rows('ALTER TABLE shop.copy ADD COLUMN more STRING');
    expect(await rows("SELECT more FROM shop.copy WHERE id = 'a'")).toEqual([{ more: null }]);
    expect(await refusal(client.query('CREATE TABLE shop.copy (id INT64)'))).toBe(
      '409 duplicate: Already Exists: Table demo-millrace:shop.copy',
    );
    await rows('CREATE TABLE IF NOT EXISTS shop.copy (id INT64)');
    await rows('DROP TABLE shop.copy');
    await rows('DROP TABLE IF EXISTS shop.copy');
    expect(await refusal(client.query('DROP TABLE shop.copy'))).toMatch(/^404 notFound/);
  });

  it('makes and drops datasets', async () => {
    const { client, rows } = await scene();
    await rows('CREATE SCHEMA other');
    await rows('CREATE TABLE other.t (id INT64)');
    expect(await refusal(client.query('DROP SCHEMA other'))).toMatch(/is still in use/);
    await rows('DROP SCHEMA other CASCADE');
    expect(await client.dataset('other').exists()).toEqual([false]);
  });
});

describe('a view', () => {
  it('shows its tables as they are now, also through other views', async () => {
    const { client, table, rows } = await scene();
    const [view] = await client
      .dataset('shop')
      .createTable('big', { view: 'SELECT id, n FROM `shop.orders` WHERE n > 1' });
    expect((await view.getMetadata())[0]).toMatchObject({
      type: 'VIEW',
      view: { query: 'SELECT id, n FROM `shop.orders` WHERE n > 1', useLegacySql: false },
      schema: {
        fields: [
          { name: 'id', type: 'STRING' },
          { name: 'n', type: 'INTEGER' },
        ],
      },
    });
    await rows('CREATE VIEW shop.bigger AS SELECT id FROM shop.big WHERE n > 2');
    await table.insert({ id: 'd', n: 3 });
    expect(await rows('SELECT * FROM shop.big ORDER BY id')).toEqual([
      { id: 'b', n: 2 },
      { id: 'd', n: 3 },
    ]);
    expect(await rows('SELECT * FROM shop.bigger')).toEqual([{ id: 'd' }]);
    const [job] = await client.createQueryJob({ query: 'SELECT * FROM shop.bigger', dryRun: true });
    expect(Number(job.metadata.statistics.totalBytesProcessed)).toBeGreaterThan(0);
    await view.setMetadata({ view: { query: 'SELECT 5 AS five', useLegacySql: false } } as object);
    expect(await rows('SELECT * FROM shop.big')).toEqual([{ five: 5 }]);
    expect(await refusal(client.query('SELECT * FROM shop.bigger'))).toMatch(/^400 invalidQuery/);
    await expect(view.insert({ id: 'x' })).rejects.toThrow(/VIEW/);
    await rows('DROP VIEW shop.bigger');
  });

  it('of a query that is wrong is not made', async () => {
    const { client } = await scene();
    expect(
      await refusal(client.dataset('shop').createTable('v', { view: 'SELECT x FROM shop.orders' })),
    ).toMatch(/^400 invalidQuery: Unrecognized name: x/);
  });
});

describe('a query with a destination', () => {
  it('fills, adds to or replaces a table, also one that it reads', async () => {
    const { client, rows } = await scene();
    const destination = client.dataset('shop').table('kept');
    const run = async (query: string, more: object = {}) => {
      const [job] = await client.createQueryJob({ query, destination, ...more });
      await job.getQueryResults();
      return job;
    };
    await run('SELECT id, n FROM shop.orders');
    expect(await refusal(run('SELECT id, n FROM shop.orders'))).toMatch(
      /Already Exists: Table demo-millrace:shop\.kept/,
    );
    await run("SELECT 'z' AS id, 9 AS n", { writeDisposition: 'WRITE_APPEND' });
    expect(await rows('SELECT COUNT(*) AS c FROM shop.kept')).toEqual([{ c: 4 }]);
    await run('SELECT MAX(n) AS top FROM shop.kept', { writeDisposition: 'WRITE_TRUNCATE' });
    expect(await rows('SELECT * FROM shop.kept')).toEqual([{ top: 9 }]);
  });

  it('has its effect once for a job id', async () => {
    const { client, rows } = await scene();
    const insert = () =>
      client.createQueryJob({ query: "INSERT INTO shop.orders (id) VALUES ('x')", jobId: 'insert-x' });
    await (await insert())[0].getQueryResults();
    expect(await refusal(insert())).toMatch(/^409 duplicate: Already Exists: Job/);
    expect(await rows("SELECT COUNT(*) AS c FROM shop.orders WHERE id = 'x'")).toEqual([{ c: 1 }]);
  });
});

describe('a job under way', () => {
  it('can be waited for, and cancelled', async () => {
    const { client, rows } = await scene();
    const xs = Array.from({ length: 1000 }, (_, at) => at);
    const query =
      'SELECT COUNT(*) AS c FROM UNNEST(@xs) a, UNNEST(@xs) b, UNNEST(@xs) c, UNNEST(@xs) d WHERE MOD(a * b * c * d, 7) = 3';
    const [job] = await client.createQueryJob({ query, params: { xs } });
    expect((await job.getMetadata())[0].status.state).toBe('RUNNING');
    await expect(job.getQueryResults({ timeoutMs: 1 })).rejects.toThrow(/did not complete before/);
    const [{ job: cancelled }] = await job.cancel();
    expect(cancelled!.status!.errorResult!.reason).toBe('stopped');
    expect(await rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('INFORMATION_SCHEMA', () => {
  it('knows tables, columns, views and datasets', async () => {
    const { client, rows } = await scene();
    await client.dataset('shop').createTable('v', { view: 'SELECT id FROM shop.orders' });
    expect(
      await rows('SELECT table_name, table_type FROM shop.INFORMATION_SCHEMA.TABLES ORDER BY table_name'),
    ).toEqual([
      { table_name: 'orders', table_type: 'BASE TABLE' },
      { table_name: 'v', table_type: 'VIEW' },
    ]);
    expect(
      await rows(
        "SELECT column_name, ordinal_position AS place, data_type, is_nullable FROM `demo-millrace.shop.INFORMATION_SCHEMA.COLUMNS` WHERE table_name = 'orders' ORDER BY place",
      ),
    ).toEqual([
      { column_name: 'id', place: 1, data_type: 'STRING', is_nullable: 'NO' },
      { column_name: 'n', place: 2, data_type: 'INT64', is_nullable: 'YES' },
      { column_name: 'ts', place: 3, data_type: 'TIMESTAMP', is_nullable: 'YES' },
    ]);
    expect(await rows('SELECT view_definition FROM shop.INFORMATION_SCHEMA.VIEWS')).toEqual([
      { view_definition: 'SELECT id FROM shop.orders' },
    ]);
    expect(await rows('SELECT schema_name FROM INFORMATION_SCHEMA.SCHEMATA')).toEqual([
      { schema_name: 'shop' },
    ]);
  });
});
