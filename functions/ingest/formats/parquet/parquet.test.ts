import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { rejects, values } from '../testkit.ts';
import { flat, reading, struct, tableOf, write } from './testkit.ts';

const runs = { numRuns: 60, seed: 20_261_121 };
const data = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '..', 'data');

/** TIMESTAMP(isAdjustedToUTC, unit) as a logical type; the unit is 1 for milliseconds, 2 micro, 3 nano. */
const timestamp = (utc: boolean, unit: number) =>
  struct([
    [
      8,
      'struct',
      struct([
        [1, 'bool', utc],
        [2, 'struct', struct([[unit, 'struct', struct([])]])],
      ]),
    ],
  ]);
const UTF8 = { converted: 0 };

describe('a value of a Parquet file', () => {
  it.each([
    ['text', flat('a', 'BYTE_ARRAY', ['é €', ''], UTF8), ['é €', '']],
    ['JSON', flat('a', 'BYTE_ARRAY', ['{"b":[1]}'], { converted: 19 }), [{ b: [1] }]],
    ['bytes', flat('a', 'BYTE_ARRAY', ['\u0001é']), ['AcOp']],
    ['a boolean', flat('a', 'BOOLEAN', [true, false, true]), [true, false, true]],
    ['an integer', flat('a', 'INT32', [-7, 2 ** 31 - 1]), [-7, 2 ** 31 - 1]],
    ['an unsigned integer', flat('a', 'INT32', [-1], { converted: 13 }), [2 ** 32 - 1]],
    ['a long integer', flat('a', 'INT64', [-5n, 2n ** 53n - 1n]), [-5, 2 ** 53 - 1]],
    [
      'an integer beyond 2^53',
      flat('a', 'INT64', [2n ** 53n, -(2n ** 62n)]),
      ['9007199254740992', '-4611686018427387904'],
    ],
    ['an unsigned long integer', flat('a', 'INT64', [-1n], { converted: 14 }), ['18446744073709551615']],
    ['a float', flat('a', 'FLOAT', [0.5, Number.NaN]), [0.5, undefined]],
    ['a double', flat('a', 'DOUBLE', [0.1, -1e300]), [0.1, -1e300]],
    [
      'a date',
      flat('a', 'INT32', [0, -1, 11_016], { converted: 6 }),
      ['1970-01-01', '1969-12-31', '2000-02-29'],
    ],
    [
      'milliseconds',
      flat('a', 'INT64', [-1n, 0n], { converted: 9 }),
      ['1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00Z'],
    ],
    ['microseconds', flat('a', 'INT64', [1_000_001n], { converted: 10 }), ['1970-01-01T00:00:01.000001Z']],
    [
      'nanoseconds',
      flat('a', 'INT64', [1n], { logical: timestamp(true, 3) }),
      ['1970-01-01T00:00:00.000000001Z'],
    ],
    [
      'a time without a zone',
      flat('a', 'INT64', [60_000_000n], { logical: timestamp(false, 2) }),
      ['1970-01-01T00:01:00'],
    ],
    ['a time of day', flat('a', 'INT32', [3_723_004], { converted: 7 }), ['01:02:03.004']],
    [
      'an old timestamp',
      flat('a', 'INT96', [Buffer.from('00e40b5402000000' + '8c3d2500', 'hex')]),
      ['1970-01-01T00:00:10Z'],
    ],
    ['a decimal', flat('a', 'INT32', [115, -5, 0], { converted: 5, scale: 2 }), [1.15, -0.05, 0]],
    [
      'a long decimal',
      flat('a', 'INT64', [1234567890123456n], { converted: 5, scale: 2 }),
      ['12345678901234.56'],
    ],
    [
      'a decimal in bytes',
      flat('a', 'FIXED', [Buffer.from('ffff85', 'hex')], { converted: 5, scale: 1, length: 3 }),
      [-12.3],
    ],
  ])('is JSON: %s', async (_name, column, expected) => {
    // Booleans have no dictionary.
    for (const dictionary of column.leaf.type === 'BOOLEAN' ? [false] : [false, true]) {
      const { items, error } = await reading(tableOf([{ ...column, leaf: { ...column.leaf, dictionary } }]));
      expect(error).toBeUndefined();
      expect(values(items)).toEqual(expected.map(a => (a === undefined ? {} : { a })));
    }
  });

  it.each([
    ['not valid UTF-8', flat('a', 'BYTE_ARRAY', ['x', Buffer.from([0xe9]), 'y'] as unknown[], UTF8)],
    ['not valid JSON', flat('a', 'BYTE_ARRAY', ['1', '{', '2'], { converted: 19 })],
    ['infinite', flat('a', 'DOUBLE', [1, Number.POSITIVE_INFINITY, 2])],
    ['outside the years 0 to 9999', flat('a', 'INT64', [0n, 2n ** 62n, 0n], { converted: 9 })],
    ['no time of day', flat('a', 'INT32', [0, -1, 1], { converted: 7 })],
  ])('that is %s costs its row only', async (reason, column) => {
    const other = flat('b', 'INT32', [1, 2, 3]);
    const { items, error } = await reading(tableOf([column, other]));
    expect(error).toBeUndefined();
    expect(items.map(({ kind }) => kind)).toEqual(['record', 'reject', 'record']);
    expect(rejects(items)[0]).toMatch(`2: the value of "a" is`);
    expect(rejects(items)[0]).toContain(reason);
    expect(items[1]).toMatchObject({ offset: 1, excerpt: '{"b":2}' });
  });

  it('that is null is left out, and a column named __proto__ is a column', async () => {
    const { items } = await reading(
      tableOf([flat('a', 'INT32', [null, 1]), flat('__proto__', 'INT32', [2, null])]),
    );
    expect(values(items).map(value => JSON.stringify(value))).toEqual(['{"__proto__":2}', '{"a":1}']);
  });
});

describe('a nested column', () => {
  /** list<int64> and struct<x: int32, y: text>, some of them null or empty. */
  const nested = (pageRows: number, v2: boolean) =>
    write({
      rows: 4,
      pageRows,
      v2,
      schema: [
        { name: 'list', children: 1, converted: 3 },
        { name: 'list', children: 1, repetition: 'repeated' },
        { name: 'element', type: 'INT64' },
        { name: 'place', children: 2 },
        { name: 'x', type: 'INT32' },
        { name: 'y', type: 'BYTE_ARRAY', converted: 0 },
      ],
      leaves: [
        {
          path: ['list', 'list', 'element'],
          type: 'INT64',
          definition: 3,
          repetition: 1,
          cells: [
            { value: 1n, definition: 3, repetition: 0 },
            { value: 2n ** 60n, definition: 3, repetition: 1 },
            { definition: 2, repetition: 1 },
            { definition: 1, repetition: 0 },
            { definition: 0, repetition: 0 },
            { value: 3n, definition: 3, repetition: 0 },
          ],
        },
        leafOf('x', 'INT32', [
          [1, 2],
          [null, 1],
          [null, 0],
          [4, 2],
        ]),
        leafOf('y', 'BYTE_ARRAY', [
          ['a', 2],
          ['b', 2],
          [null, 0],
          [null, 1],
        ]),
      ],
    });
  const leafOf = (
    name: string,
    type: 'INT32' | 'BYTE_ARRAY',
    cells: readonly (readonly [unknown, number])[],
  ) => ({
    path: ['place', name],
    type,
    definition: 2,
    repetition: 0,
    cells: cells.map(([value, definition]) => ({ value, definition, repetition: 0 })),
  });

  it.each([
    [1, false],
    [2, false],
    [100, false],
    [100, true],
  ])('of lists and objects is JSON, %i cells a page (second version: %s)', async (pageRows, v2) => {
    const { items, error } = await reading(nested(pageRows, v2));
    expect(error).toBeUndefined();
    expect(values(items)).toEqual([
      { list: [1, '1152921504606846976', null], place: { x: 1, y: 'a' } },
      { list: [], place: { x: null, y: 'b' } },
      {},
      { list: [3], place: { x: 4, y: null } },
    ]);
  });

  it('goes on from a checkpoint', async () => {
    const all = await reading(nested(2, false));
    const from = { ...all.chunks[0]!.checkpoint, offset: 1, line: 2 };
    expect((await reading(nested(2, false), { from })).items).toEqual(all.items.slice(1));
  });
});

const cell = fc.option(fc.integer({ min: 0, max: 9 }), { nil: null });
const file = fc.record({
  rows: fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 1500 }),
  pageRows: fc.integer({ min: 1, max: 700 }),
  groupRows: fc.integer({ min: 50, max: 900 }),
  codec: fc.constantFrom('none' as const, 'gzip' as const, 'brotli' as const, 'zstd' as const),
  v2: fc.boolean(),
  dictionary: fc.boolean(),
});

function fileOf({
  rows,
  dictionary,
  ...more
}: typeof file extends fc.Arbitrary<infer T> ? T : never): Buffer {
  const n = flat(
    'n',
    'INT32',
    rows.map(([value]) => value),
  );
  const text = flat(
    't',
    'BYTE_ARRAY',
    rows.map(([, value]) => (value === null ? null : `text ${value}`)),
    UTF8,
  );
  return tableOf([n, { ...text, leaf: { ...text.leaf, dictionary } }], {
    ...more,
    pageRows: Math.max(more.pageRows, 20),
  });
}

describe('a Parquet file', () => {
  it('gives its rows whatever its pages, row groups, codec and encoding, and goes on from any checkpoint', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.nat(), async (written, pick) => {
        const bytes = fileOf(written);
        const all = await reading(bytes);
        expect(all.error).toBeUndefined();
        expect(values(all.items)).toEqual(
          written.rows.map(([n, t]) => ({ ...(n !== null && { n }), ...(t !== null && { t: `text ${t}` }) })),
        );
        expect(all.items.map(({ offset, line }) => [offset, line])).toEqual(
          all.items.map((_, row) => [row, row + 1]),
        );
        expect(Math.max(...all.chunks.map(({ items }) => items.length))).toBeLessThanOrEqual(500);
        const index = pick % all.chunks.length;
        const from = JSON.parse(JSON.stringify(all.chunks[index]!.checkpoint));
        const rest = await reading(bytes, { from });
        expect(rest.items).toEqual(all.chunks.slice(index + 1).flatMap(({ items }) => items));
        expect(rest.chunks.at(-1)!.checkpoint).toEqual(all.chunks.at(-1)!.checkpoint);
      }),
      runs,
    );
  });

  it('that is damaged throws nothing but a FormatError, soon, and loses no row before it', async () => {
    const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(
        file,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (written, changes, tail) => {
          const bytes = fileOf({ ...written, rows: written.rows.slice(0, 300) });
          for (const { at, to } of changes) {
            // Half of them hit the footer, where most of what can go wrong stands.
            const span = tail ? Math.min(bytes.length - 4, 400) : bytes.length - 4;
            bytes[bytes.length - 1 - (at % span)] = to;
          }
          const { items, error } = await reading(bytes);
          if (error) expect(error.offset).toBe(items.length);
        },
      ),
      { ...runs, numRuns: 600 },
    );
  });

  it('that is cut off anywhere says so', async () => {
    const bytes = tableOf([flat('a', 'INT32', [1, 2, 3])]);
    for (let length = 4; length < bytes.length; length++) {
      const { error, items } = await reading(bytes.subarray(0, length));
      expect(error?.reason).toMatch(/cut off/);
      expect(items).toEqual([]);
    }
  });

  it('without rows has none', async () => {
    const { chunks, items } = await reading(tableOf([flat('a', 'INT32', [])]));
    expect(items).toEqual([]);
    expect(chunks.map(({ checkpoint }) => checkpoint.format)).toEqual(['parquet']);
  });

  it('inside of gzip is refused with what to do', async () => {
    const { error } = await reading(gzipSync(tableOf([flat('a', 'INT32', [1])])));
    expect(error?.reason).toMatch(/a Parquet file inside of gzip: send it as it is/);
  });

  it('that expands without measure is stopped', async () => {
    const long = 'x'.repeat(100_000);
    const column = flat(
      'a',
      'BYTE_ARRAY',
      Array.from({ length: 2000 }, () => long),
      UTF8,
    );
    const bytes = tableOf([{ ...column, leaf: { ...column.leaf, dictionary: true } }], { codec: 'zstd' });
    expect(bytes.length).toBeLessThan(1000);
    const { error, items } = await reading(bytes);
    expect(error?.reason).toMatch(/^the file expands \d+ to 1, the limit is 250 to 1$/);
    expect(items.length).toBeLessThan(400);
    const from = (await reading(bytes)).chunks[0]!.checkpoint;
    // What the file has come to is remembered: not a row more is read.
    const resumed = await reading(bytes, { from });
    expect([resumed.items, resumed.error]).toEqual([[], error]);
  });

  it('with a record over the limit loses that record', async () => {
    const bytes = tableOf([flat('a', 'BYTE_ARRAY', ['x', 'y'.repeat(400_000), 'z'], UTF8)]);
    const { items } = await reading(bytes);
    expect(rejects(items)).toEqual(['2: record over 358,400 bytes']);
    expect(values(items)).toEqual([{ a: 'x' }, { a: 'z' }]);
  });
});

describe('the flights of vega-datasets', () => {
  it('are read as hyparquet reads them whole, a page at a time', async () => {
    const bytes = readFileSync(join(data, 'flights-3m.parquet'));
    const compressors = { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) };
    const slice = (start: number, end?: number) => new Uint8Array(bytes.subarray(start, end)).buffer;
    // The second row group's end and the third's beginning.
    const [rowStart, rowEnd] = [545_000, 546_000];
    const all = await parquetReadObjects({
      file: { byteLength: bytes.length, slice },
      compressors,
      rowStart,
      rowEnd,
    });
    const from = { format: 'parquet' as const, compressed: false, offset: rowStart, line: rowStart + 1 };
    const records: unknown[] = [];
    const file = {
      size: bytes.length,
      stream: () => {
        throw new Error('not asked for');
      },
      slice: async (start: number, end: number) => bytes.subarray(start, end),
    };
    const { readFile } = await import('../read-file.ts');
    for await (const { items } of readFile(file, { from })) {
      records.push(...values(items));
      if (records.length >= rowEnd - rowStart) break;
    }
    expect(records.slice(0, rowEnd - rowStart)).toEqual(
      all.map(({ date, delay, distance, ...rest }) => ({
        ...rest,
        date: (date as Date).toISOString().replace('.000Z', ''),
        delay: Number(delay),
        distance: Number(distance),
      })),
    );
  });
});
