import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { managedwriter } from '@google-cloud/bigquery-storage';
import { expect, it, onTestFinished } from 'vitest';
import { startBigQuery } from '../server.ts';
import { clientOf } from '../testing-client.ts';
import { created, open, type Scene, scene, TABLE, writerOf } from './testing.ts';

const pending = (made: Scene) => created(made, managedwriter.PendingStream);
const finalize = (made: Scene, streamId: string) =>
  made.writer.createStreamConnection({ streamId }).then(connection => connection.finalize());
const commit = (made: Scene, ...writeStreams: string[]) =>
  made.writer.batchCommitWriteStream({ parent: TABLE, writeStreams });
const idsOf = async (made: Scene) => (await made.rows()).map(({ id }) => id).sort();

it('pending streams bring their rows when they are committed, all of them together', async () => {
  const made = await scene();
  const names = [await pending(made), await pending(made)];
  for (const [at, name] of names.entries()) {
    const { append } = await open(made, name);
    expect(Number((await append([{ id: `${at}.0`, n: at }], 0)).appendResult?.offset?.value ?? 0)).toBe(0);
    await append([{ id: `${at}.1` }, { id: `${at}.2` }], 1);
    // An offset is taken once here, too: 6 is ALREADY_EXISTS.
    expect(await append([{ id: 'again' }], 1)).toMatchObject({ error: { code: 6 } });
    expect(Number((await finalize(made, name))?.rowCount)).toBe(3);
  }
  expect(await idsOf(made)).toEqual([]);
  const { commitTime, streamErrors } = await commit(made, ...names);
  expect(streamErrors).toEqual([]);
  expect(Number(commitTime!.seconds)).toBeGreaterThan(1_700_000_000);
  expect(await idsOf(made)).toEqual(['0.0', '0.1', '0.2', '1.0', '1.1', '1.2']);
  const shown = await made.writer.getWriteStream({ streamId: names[0]! });
  expect(shown).toMatchObject({ type: 'PENDING', commitTime });
});

it('where one stream cannot be committed none is, and each says why', async () => {
  const made = await scene();
  const [good, unfinished, done, other] = [
    await pending(made),
    await pending(made),
    await pending(made),
    await created(made),
  ];
  await (await open(made, good)).append([{ id: 'good' }]);
  await finalize(made, good);
  await finalize(made, done);
  await commit(made, done);
  const missing = `${TABLE}/streams/none`;
  const { commitTime, streamErrors } = await commit(made, good, unfinished, done, other, missing);
  expect(commitTime).toBe(null);
  expect(streamErrors!.map(({ code, entity }) => [code, entity])).toEqual([
    ['INVALID_STREAM_STATE', unfinished],
    ['STREAM_ALREADY_COMMITTED', done],
    ['INVALID_STREAM_TYPE', other],
    ['STREAM_NOT_FOUND', missing],
  ]);
  expect(await idsOf(made)).toEqual([]);
  await commit(made, good);
  expect(await idsOf(made)).toEqual(['good']);
  await expect(
    made.writer.batchCommitWriteStream({ parent: TABLE, writeStreams: [`${TABLE}2/streams/x`] }),
  ).rejects.toMatchObject({ code: 3 });
});

it('rows of a pending stream wait through a change of the schema and a restart', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const made = await scene(undefined, {}, { dir });
  const name = await pending(made);
  const { append } = await open(made, name);
  await append([{ id: 'before', n: 1 }]);
  await made.client.query('ALTER TABLE shop.t ADD COLUMN more STRING');
  await append([{ id: 'after', n: 2 }]);
  await finalize(made, name);
  await made.emulator.stop();

  const emulator = await startBigQuery({ dir });
  onTestFinished(() => emulator.stop());
  await writerOf(emulator.port).batchCommitWriteStream({ parent: TABLE, writeStreams: [name] });
  const [rows] = await clientOf(`http://127.0.0.1:${emulator.port}`).query(
    'SELECT id, n, more FROM shop.t ORDER BY n',
  );
  expect(rows).toEqual([
    { id: 'before', n: 1, more: null },
    { id: 'after', n: 2, more: null },
  ]);
});
