import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RowJournal } from './row-journal.ts';
import { startBigQuery } from './server.ts';
import { clientOf } from './testing-client.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

const request = { table: 1, at: 5, ignoreUnknown: false, without: [2] };

it('what was written is read again in its order, but for what a killed process left half-written', () => {
  const dir = folder();
  const journal = new RowJournal(dir);
  for (const text of ['{"a":1}', '{"é":"\n"}']) journal.write({ ...request, text });
  journal.close();
  for (const name of readdirSync(dir)) appendFileSync(join(dir, name), 'half');
  expect([...new RowJournal(dir).read()]).toEqual([
    { ...request, sequence: 1, text: '{"a":1}' },
    { ...request, sequence: 2, text: '{"é":"\n"}' },
  ]);
});

it('a file of it goes when DuckDB has all of its rows, while others are written on', () => {
  const dir = folder();
  const journal = new RowJournal(dir);
  const text = 'x'.repeat(9 * 1024 * 1024);
  const written = Array.from({ length: 9 }, () => journal.write({ ...request, text }));
  expect(readdirSync(dir)).toHaveLength(3);
  journal.done(written.slice(1, 8));
  expect(readdirSync(dir)).toEqual(['00000001.rows', '00000003.rows']);
  journal.done([written[0]!, written[8]!]);
  expect(readdirSync(dir)).toEqual(['00000003.rows']);
  journal.close();
});

it('rows that were answered come to their table at the next start, as they were taken, once', async () => {
  const dir = folder();
  const rows = [
    { insertId: 'a', json: { n: 1 } },
    { insertId: 'b', json: { n: 'none' } },
    { insertId: 'c', json: { n: 3, more: true } },
    { json: { n: 4 } },
  ];
  const start = async () => {
    const emulator = await startBigQuery({ dir });
    return { emulator, client: clientOf(`http://127.0.0.1:${emulator.port}`) };
  };
  const insert = (client: ReturnType<typeof clientOf>, some: object[]) =>
    client
      .dataset('d')
      .table('t')
      .insert(some, { raw: true, skipInvalidRows: true, ignoreUnknownValues: true })
      .catch(() => {});
  const first = await start();
  await first.client.createDataset('d');
  await first.client.dataset('d').createTable('t', { schema: [{ name: 'n', type: 'INTEGER' }] });
  await first.client.dataset('d').createTable('gone', { schema: [{ name: 'n', type: 'INTEGER' }] });
  await insert(first.client, rows);
  await first.client
    .dataset('d')
    .table('gone')
    .insert([{ n: 1 }]);
  await first.client.dataset('d').table('gone').delete();
  await first.emulator.stop();
  const journal = join(dir, 'bigquery.duckdb.rows');
  const before = folder();
  cpSync(journal, before, { recursive: true });

  for (const restart of [1, 2]) {
    const { emulator, client } = await start();
    // The ids of rows that the first process did not bring to DuckDB are known, too.
    await insert(client, rows.slice(0, 3));
    await insert(client, [{ insertId: `again ${restart}`, json: { n: 10 + restart } }]);
    const [found] = await client.query('SELECT n FROM d.t ORDER BY n');
    const expected = restart === 1 ? [1, 3, 4, 11] : [1, 3, 4, 11, 12];
    expect(found.map(({ n }: { n: number }) => n)).toEqual(expected);
    await emulator.stop();
    // As if the process had been killed when the rows were in DuckDB, and still in the journal.
    cpSync(before, journal, { recursive: true });
  }
});
