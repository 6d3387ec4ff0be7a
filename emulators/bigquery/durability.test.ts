import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startBigQuery } from './server.ts';
import { refusal } from './testing.ts';
import { forkBigQuery } from './testing-child.ts';
import { clientOf } from './testing-client.ts';

const FIELDS = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'n', type: 'INTEGER' },
];

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

it('what was answered is there after kill -9: datasets, tables, views, rows, and the ids of jobs', async () => {
  const dir = folder();
  const child = await forkBigQuery(dir);
  onTestFinished(() => void child.process.kill('SIGKILL'));
  const client = clientOf(`http://127.0.0.1:${child.port}`);
  await client.createDataset('shop', { labels: { team: 'a' } });
  const table = client.dataset('shop').table('t');
  await table.create({ schema: { fields: FIELDS }, clustering: { fields: ['id'] } });
  await client.dataset('shop').createTable('v', { view: 'SELECT id FROM shop.t' });
  // Rows go on coming until the process dies: those that were answered count.
  const answered: string[] = [];
  const sent: string[] = [];
  let alive = true;
  const streams = [0, 1, 2].map(async stream => {
    for (let at = 0; alive; at++) {
      const id = `${stream}.${at}`;
      sent.push(id);
      await table.insert({ insertId: id, json: { id } }, { raw: true }).then(
        () => answered.push(id),
        () => {},
      );
    }
  });
  await client.query({ query: "INSERT INTO shop.t (id) VALUES ('by a job')" });
  const [job] = await client.createQueryJob({
    query: "INSERT INTO shop.t (id) VALUES ('once')",
    jobId: 'once',
  });
  await job.getQueryResults();
  await expect.poll(() => answered.length).toBeGreaterThan(30);
  child.process.kill('SIGKILL');
  await once(child.process, 'exit');
  alive = false;
  await Promise.all(streams);

  const emulator = await startBigQuery({ dir });
  onTestFinished(() => emulator.stop());
  const again = clientOf(`http://127.0.0.1:${emulator.port}`);
  const [found] = await again.query('SELECT id FROM shop.v');
  // Whoever got no answer sends again, and so may whoever got one.
  const retried = again.dataset('shop').table('t');
  await retried.insert(
    sent.map(id => ({ insertId: id, json: { id } })),
    { raw: true },
  );
  const [all] = await again.query('SELECT id FROM shop.v');
  expect(all.map(({ id }: { id: string }) => id).sort()).toEqual([...sent, 'by a job', 'once'].sort());
  const ids = found.map(({ id }: { id: string }) => id);
  expect(ids).toEqual(expect.arrayContaining([...answered, 'by a job', 'once']));
  expect(new Set(ids).size).toBe(ids.length);
  expect((await again.dataset('shop').getMetadata())[0].labels).toEqual({ team: 'a' });
  expect((await again.dataset('shop').table('t').getMetadata())[0].clustering).toEqual({ fields: ['id'] });
  const repeat = again.createQueryJob({ query: "INSERT INTO shop.t (id) VALUES ('once')", jobId: 'once' });
  expect(await refusal(repeat)).toMatch(/^409 duplicate: Already Exists: Job/);
  expect((await again.job('once').getMetadata())[0].status.state).toBe('DONE');
});

it('an emulator that nobody asks makes no file', async () => {
  const dir = join(folder(), 'bigquery');
  const emulator = await startBigQuery({ dir });
  await emulator.stop();
  expect(existsSync(dir)).toBe(false);
});
