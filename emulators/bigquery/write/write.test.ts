import { managedwriter, protos } from '@google-cloud/bigquery-storage';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BigQueryOptions } from '../server.ts';
import { created, FIELDS, open, StorageError, scene, TABLE } from './testing.ts';

describe('the default stream', () => {
  it('takes rows of every type, which the next reader sees', async () => {
    const fields = [
      ['s', 'STRING'],
      ['i', 'INTEGER'],
      ['f', 'FLOAT'],
      ['nu', 'NUMERIC'],
      ['b', 'BOOLEAN'],
      ['x', 'BYTES'],
      ['ts', 'TIMESTAMP'],
      ['d', 'DATE'],
      ['dt', 'DATETIME'],
      ['j', 'JSON'],
    ].map(([name, type]) => ({ name: name!, type: type! }));
    const nested = [
      ...fields,
      { name: 'list', type: 'INTEGER', mode: 'REPEATED' },
      { name: 'r', type: 'RECORD', fields: [{ name: 'k', type: 'STRING', mode: 'REPEATED' }] },
    ];
    const made = await scene(nested);
    const { append } = await open(made, `${TABLE}/streams/_default`, nested);
    const date = new Date('2024-02-29T01:02:03.004Z');
    const answer = await append([
      {
        s: 'größer',
        i: -5,
        f: 1.5,
        nu: '12.5',
        b: true,
        x: Buffer.from([0, 255]),
        ts: date,
        d: 19782,
        dt: '2024-02-29 01:02:03.5',
        j: '{"a":1}',
        list: [1, 2],
        r: { k: ['a', 'b'] },
      },
      {},
    ]);
    expect([answer.error ?? null, answer.appendResult?.offset ?? null]).toEqual([null, null]);
    const [row, empty] = await made.rows();
    expect(row).toMatchObject({
      s: 'größer',
      i: -5,
      f: 1.5,
      b: true,
      x: Buffer.from([0, 255]),
      ts: { value: '2024-02-29T01:02:03.004Z' },
      d: { value: '2024-02-29' },
      dt: { value: '2024-02-29T01:02:03.500000' },
      list: [1, 2],
      r: { k: ['a', 'b'] },
    });
    expect(String(row!['nu'])).toBe('12.5');
    expect(empty).toMatchObject({ s: null, list: [], r: null });
  });

  it('takes no row of a request where one is wrong, and says which', async () => {
    const made = await scene();
    const { append } = await open(made, `${TABLE}/streams/_default`, [
      { name: 'id', type: 'STRING' },
      FIELDS[2]!,
    ]);
    const answer = await append([{ id: 'a' }, {}, { id: 'b', at: '9223372036854775807' }]);
    expect(answer.error?.code).toBe(3);
    expect(answer.rowErrors!.map(({ index, message }) => [Number(index), message])).toEqual([
      [1, "Field 'id' is required but missing"],
      [2, expect.stringMatching(/^Invalid timestamp value/)],
    ]);
    expect(await made.rows()).toEqual([]);
    await append([{ id: 'a' }]);
    expect(await made.rows()).toHaveLength(1);
  });

  it('refuses fields that the table does not have, until it has them', async () => {
    const made = await scene();
    const fields = [...FIELDS, { name: 'extra', type: 'STRING' }];
    const { append } = await open(made, `${TABLE}/streams/_default`, fields);
    const { error } = await append([{ id: 'a', extra: 'x' }]);
    expect(error?.message).toBe("Input schema has more fields than BigQuery schema, extra fields: 'extra'");
    expect(StorageError.decode(error!.details![0]!.value as Uint8Array).code).toBe(7);
    await made.client.dataset('shop').table('t').setMetadata({ schema: { fields } });
    expect((await append([{ id: 'a', extra: 'x' }])).error ?? null).toBeNull();
    expect(await made.rows()).toEqual([{ id: 'a', n: null, at: null, extra: 'x' }]);
  });

  it('of a table that is not there ends with NOT_FOUND', async () => {
    const made = await scene();
    const { append } = await open(made, `${TABLE}x/streams/_default`);
    await expect(append([{ id: 'a' }])).rejects.toMatchObject({ code: 5 });
  });

  it('ends with what an outage answers', async () => {
    const made = await scene();
    const { append } = await open(made, `${TABLE}/streams/_default`);
    made.emulator.fail(429);
    onTestFinished(() => made.emulator.fail(undefined));
    await expect(append([{ id: 'a' }])).rejects.toMatchObject({ code: 8 });
  });
});

describe('a committed stream', () => {
  it('takes each offset once, and says what it expects', async () => {
    const made = await scene();
    const { append } = await open(made, await created(made));
    expect(Number((await append([{ id: 'a' }, { id: 'b' }], 0)).appendResult?.offset?.value)).toBe(0);
    const again = await append([{ id: 'a' }, { id: 'b' }], 0);
    expect([again.error?.code, again.error?.message]).toEqual([
      6,
      'The offset is within stream, expected offset 2, received 0',
    ]);
    const beyond = await append([{ id: 'd' }], 3);
    expect([beyond.error?.code, beyond.error?.message]).toEqual([
      11,
      'The offset is beyond stream, expected offset 2, received 3',
    ]);
    expect(Number((await append([{ id: 'c' }])).appendResult?.offset?.value)).toBe(2);
    expect((await made.rows()).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('is told of, and takes nothing more once it is finalized', async () => {
    const made = await scene();
    const name = await created(made);
    const { append } = await open(made, name);
    await append([{ id: 'a' }]);
    const view = protos.google.cloud.bigquery.storage.v1.WriteStreamView.FULL;
    const stream = await made.writer.getWriteStream({ streamId: name, view });
    expect(stream).toMatchObject({ name, type: 'COMMITTED' });
    expect(stream.tableSchema!.fields!.map(field => field.name)).toEqual(['id', 'n', 'at']);
    const connection = await made.writer.createStreamConnection({ streamId: name });
    expect(Number((await connection.finalize())?.rowCount)).toBe(1);
    await expect(append([{ id: 'b' }])).rejects.toMatchObject({ code: 3 });
  });

  it('may not be buffered: that is not here, and says so', async () => {
    const made = await scene();
    const streamType = managedwriter.BufferedStream;
    await expect(
      made.writer.createWriteStream({ streamType, destinationTable: TABLE }),
    ).rejects.toMatchObject({ code: 12, message: expect.stringContaining('stream is not implemented') });
  });
});

describe('changes of rows by their primary key', () => {
  const CHANGE = ['_CHANGE_TYPE', '_CHANGE_SEQUENCE_NUMBER'];
  const KEYED = { tableConstraints: { primaryKey: { columns: ['id'] } }, maxStaleness: '0-0 0 0:15:0' };
  const upsert = (id: string, n: number, sequence?: string) => ({
    id,
    n,
    _CHANGE_TYPE: 'UPSERT',
    ...(sequence !== undefined && { _CHANGE_SEQUENCE_NUMBER: sequence }),
  });
  const remove = (id: string, sequence?: string) => ({
    id,
    _CHANGE_TYPE: 'DELETE',
    ...(sequence !== undefined && { _CHANGE_SEQUENCE_NUMBER: sequence }),
  });
  async function keyed(options: BigQueryOptions = {}) {
    const made = await scene(FIELDS, KEYED, options);
    const { append } = await open(made, `${TABLE}/streams/_default`, FIELDS, CHANGE);
    const state = async () => Object.fromEntries((await made.rows()).map(({ id, n }) => [id, n]));
    return { ...made, append, state };
  }

  it('replace and remove rows; of two the later wins', async () => {
    const { append, state, client } = await keyed();
    await append([upsert('a', 1), upsert('b', 1), upsert('a', 2), remove('none')]);
    expect(await state()).toEqual({ a: 2, b: 1 });
    await append([remove('a')]);
    await append([upsert('c', 1), upsert('b', 5)]);
    expect(await state()).toEqual({ b: 5, c: 1 });
    await append([upsert('a', 9)]);
    expect(await state()).toEqual({ a: 9, b: 5, c: 1 });
    expect((await client.dataset('shop').table('t').getMetadata())[0].numRows).toBe('3');
  });

  it('with sequence numbers win by those, whatever order they come in, a removal too', async () => {
    const { append, state } = await keyed();
    await append([upsert('a', 1, 'A'), upsert('a', 2, '9'), remove('b', '1/ff')]);
    await state();
    await append([upsert('b', 1, '1/0'), upsert('c', 1, '10'), upsert('c', 2, 'F')]);
    expect(await state()).toEqual({ a: 1, c: 1 });
    await append([upsert('a', 3, 'a'), upsert('b', 3, '1/100'), upsert('c', 3, '0/ffff')]);
    expect(await state()).toEqual({ a: 3, b: 3, c: 1 });
  });

  it('leave what they say by their numbers, in whatever order and batches they come, whoever reads between', async () => {
    const { append, state } = await keyed();
    let run = 0;
    const change = fc.record({
      key: fc.nat(3),
      n: fc.nat(100),
      sequence: fc.nat(300),
      deleted: fc.boolean(),
      ends: fc.constantFrom('', '', 'batch', 'read'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async changes => {
        const mine = `${run++}/`;
        const best = new Map<string, (typeof changes)[number]>();
        const batch: object[] = [];
        for (const one of changes) {
          const id = `${mine}${one.key}`;
          const hex = one.sequence.toString(16);
          batch.push(one.deleted ? remove(id, hex) : upsert(id, one.n, hex));
          const before = best.get(id);
          if (!before || one.sequence >= before.sequence) best.set(id, one);
          if (one.ends !== '') await append(batch.splice(0));
          if (one.ends === 'read') await state();
        }
        if (batch.length > 0) await append(batch);
        const left = Object.entries(await state()).filter(([id]) => id.startsWith(mine));
        const wanted = [...best].filter(([, { deleted }]) => !deleted).map(([id, { n }]) => [id, n]);
        expect(left.sort()).toEqual(wanted.sort());
      }),
      { numRuns: 20 },
    );
  });

  it('are refused where a row says nothing sound of itself, or the table has no key', async () => {
    const { append, state } = await keyed();
    const { rowErrors } = await append([
      upsert('a', 1),
      { id: 'b' },
      { id: 'c', _CHANGE_TYPE: 'INSERT' },
      upsert('d', 1, 'x'),
      upsert('e', 1, '1/2/3/4/5'),
    ]);
    expect(rowErrors!.map(({ index }) => Number(index))).toEqual([1, 2, 3, 4]);
    expect(await state()).toEqual({});
    const made = await scene();
    const other = await open(made, `${TABLE}/streams/_default`, FIELDS, CHANGE);
    await expect(other.append([upsert('a', 1)])).rejects.toMatchObject({ code: 3 });
  });

  it('go on after more columns have come', async () => {
    const made = await keyed();
    await made.append([upsert('a', 1), upsert('b', 1)]);
    const fields = [...FIELDS, { name: 'more', type: 'STRING' }];
    await made.client.dataset('shop').table('t').setMetadata({ schema: { fields } });
    const { append } = await open(made, `${TABLE}/streams/_default`, fields, CHANGE);
    await append([{ ...upsert('a', 2), more: 'x' }, remove('b')]);
    await made.append([upsert('c', 3)]);
    const rows = await made.rows();
    expect(rows.sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))).toEqual([
      { id: 'a', n: 2, at: null, more: 'x' },
      { id: 'c', n: 3, at: null, more: null },
    ]);
  });
});
