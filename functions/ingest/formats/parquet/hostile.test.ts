import { describe, expect, it } from 'vitest';
import { createBudget } from './columns.ts';
import { checkPage } from './page-check.ts';
import { flat, reading, struct, tableOf, varint, withFooter, write } from './testkit.ts';
import { structEnd } from './thrift.ts';

const text = (bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);

describe('a structure of Thrift', () => {
  it('ends where its stop is', () => {
    const bytes = struct([
      [1, 'i32', -5],
      [2, 'list', [8, [Buffer.from('ab'), Buffer.from('')]]],
      [10, 'bool', true],
      [11, 'struct', struct([[1, 'i64', 2 ** 40]])],
    ]);
    expect(structEnd(Buffer.concat([bytes, Buffer.alloc(9)]), 0)).toBe(bytes.length);
    for (let length = 0; length < bytes.length; length++) {
      expect(structEnd(bytes.subarray(0, length), 0)).toBeUndefined();
    }
  });

  it.each([
    ['a list of 2^31 elements', [0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07]],
    ['a text of 2^31 bytes', [0x18, 0xff, 0xff, 0xff, 0xff, 0x07]],
    [
      'lists in lists that claim all there is',
      [0x19, ...Array.from({ length: 200 }, () => [0xf9, 0xff, 0x7f]).flat()],
    ],
  ])('is not whole with %s', (_name, bytes) => {
    expect(structEnd(text(bytes), 0)).toBeUndefined();
  });

  it.each([
    ['a number without end', [0x16, ...Array.from({ length: 20 }, () => 0x80)]],
    ['structures in structures', Array.from({ length: 1000 }, () => 0x1c)],
    ['a type there is not', [0x1d, 0]],
  ])('is none with %s', (_name, bytes) => {
    expect(() => structEnd(text(bytes), 0)).toThrow();
  });
});

describe('a page', () => {
  const header = (encoding: string, values: number) => ({
    type: 'DATA_PAGE' as const,
    uncompressed_page_size: 0,
    compressed_page_size: 0,
    data_page_header: {
      num_values: values,
      encoding: encoding as 'PLAIN',
      definition_level_encoding: 'RLE' as const,
      repetition_level_encoding: 'RLE' as const,
    },
  });
  const flatLevels = { definition: 0, repetition: 0 };
  const check = (bytes: Uint8Array, encoding: string, values: number, levels = flatLevels) =>
    checkPage(bytes, header(encoding, values), levels, false, 1e6);
  const level = (bytes: readonly number[]) => text([bytes.length, 0, 0, 0, ...bytes]);
  const block = (count: number) => [...varint(128n), ...varint(4n), ...varint(BigInt(count))];

  it('with as many values as it says passes', () => {
    expect(() => check(text([1, ...varint(20n), 1]), 'RLE_DICTIONARY', 10)).not.toThrow();
    expect(() =>
      check(level([...varint(20n), 1]), 'PLAIN', 10, { definition: 1, repetition: 0 }),
    ).not.toThrow();
    // Two groups of eight for ten values.
    expect(() => check(text([1, 5, 0, 0]), 'RLE_DICTIONARY', 10)).not.toThrow();
  });

  it.each([
    ['repetitions of a value', text([1, ...varint(2n ** 31n), 1]), 'RLE_DICTIONARY', flatLevels],
    ['packed values', text([1, ...varint(2n ** 31n + 1n), 1]), 'RLE_DICTIONARY', flatLevels],
    ['packed values without bits', text([0, ...varint(2n ** 32n - 1n)]), 'RLE_DICTIONARY', flatLevels],
    ['repetitions of a level', level([...varint(2n ** 31n), 1]), 'PLAIN', { definition: 1, repetition: 0 }],
    ['levels beyond its end', text([255, 255, 255, 255]), 'PLAIN', { definition: 0, repetition: 1 }],
    ['values of 200 bits', text([200, 2, 0]), 'RLE_DICTIONARY', flatLevels],
    ['deltas', text([...block(11), 0]), 'DELTA_BINARY_PACKED', flatLevels],
    ['a block of deltas', text([...varint(2n ** 30n), 4, 10, 0]), 'DELTA_BINARY_PACKED', flatLevels],
  ])('with too many %s is refused before it is decoded', (_name, bytes, encoding, levels) => {
    expect(() => check(bytes, encoding, 10, levels)).toThrow();
  });

  it('whose values repeat each other beyond measure is refused', () => {
    // One value of 2,000 bytes, then 127 that repeat all of it: lengths as deltas of nought but for the first two.
    const zeros = [0, 0, 0, 0];
    const prefixes = [...block(3), 0, ...varint(4000n), ...zeros];
    const suffixes = [...block(3), ...varint(4000n), ...varint(3999n), ...zeros];
    const bytes = text([...prefixes, ...suffixes, ...Array.from({ length: 2000 }, () => 65)]);
    const page = header('DELTA_BYTE_ARRAY', 3);
    expect(() => checkPage(bytes, page, flatLevels, false, 1e6)).toThrow(/repeats more than there is/);
    expect(() => checkPage(bytes, page, flatLevels, false, 1000)).toThrow();
  });
});

describe('a Parquet file that claims too much', () => {
  const good = tableOf([flat('a', 'INT32', [1, 2, 3])]);

  it('in its footer is refused', async () => {
    const longer = Buffer.from(good);
    longer.writeUInt32LE(1e6, longer.length - 8);
    expect((await reading(longer)).error?.reason).toMatch(/footer claims to be longer than the file/);
    const noise = withFooter(Buffer.from('PAR1'), Buffer.alloc(50, 0x19));
    expect((await reading(noise)).error?.reason).toMatch(/footer is corrupt/);
    const columns = Array.from({ length: 1001 }, (_, n) => flat(`c${n}`, 'INT32', [1]));
    expect((await reading(tableOf(columns))).error?.reason).toMatch(/over 1000 columns/);
    const twice = tableOf([flat('a', 'INT32', [1]), flat('a', 'INT32', [2])]);
    expect((await reading(twice)).error?.reason).toBe('the column "a" appears twice');
  });

  it('of rows it has not loses none of those it has', async () => {
    const { leaf, element } = flat('a', 'INT32', [1, 2, 3]);
    const { error, items } = await reading(
      write({ schema: [element], leaves: [leaf], rows: 2 ** 40, groupRows: 2 ** 40 }),
    );
    expect(items).toHaveLength(3);
    expect(error).toMatchObject({ line: 4, offset: 3 });
    expect(error?.reason).toMatch(
      /^the column "a" cannot be read: it ends after 3 of the 1099511627776 rows/,
    );
  });

  it('of a dictionary that is not there is refused', async () => {
    const column = flat('a', 'BYTE_ARRAY', ['x', 'y'], { converted: 0 });
    const bytes = tableOf([{ ...column, leaf: { ...column.leaf, dictionary: true } }]);
    // The type of the first page: an index is passed over.
    expect(bytes.subarray(4, 6)).toEqual(Buffer.of(0x15, 0x04));
    bytes[5] = 0x02;
    expect((await reading(bytes)).error?.reason).toMatch(/refers to a dictionary that is not there/);
  });

  it('in a codec that is not read is told which are', async () => {
    const lz4 = Buffer.from(good);
    // The codec of the one column: field 4 of its metadata, after the path.
    const at = lz4.indexOf(Buffer.from([0x01, 0x61, 0x15, 0x00, 0x16]));
    lz4[at + 3] = 14;
    expect((await reading(lz4)).error?.reason).toMatch(
      /"a" is compressed by LZ4_RAW; read are UNCOMPRESSED, SNAPPY, GZIP/,
    );
  });

  it('of memory is told to write smaller pages', () => {
    const budget = createBudget();
    for (let n = 0; n < 1000; n++) {
      budget.take(150 * 1024 ** 2);
      budget.give(150 * 1024 ** 2);
    }
    budget.take(150 * 1024 ** 2);
    expect(() => budget.take(150 * 1024 ** 2)).toThrow(/smaller pages or fewer columns/);
  });
});

describe('the network', () => {
  it('is never taken for a damaged file', async () => {
    const { readFile } = await import('../read-file.ts');
    const bytes = tableOf([flat('a', 'INT32', [1, 2, 3])]);
    let calls = 0;
    const file = {
      size: bytes.length,
      async *stream() {
        yield bytes;
      },
      slice: async (start: number, end: number) => {
        if (++calls === 2) throw new Error('connection reset');
        return bytes.subarray(start, end);
      },
    };
    await expect(Array.fromAsync(readFile(file))).rejects.toThrow(
      /^bytes \d+ to \d+ could not be had: connection reset$/,
    );
  });
});
