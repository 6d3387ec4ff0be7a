import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Item } from './item.ts';
import { readItems } from './read.ts';
import { pieces, reading, values } from './testkit.ts';

/** Hardly compressible, so that the gzip is long, too. */
const lines = Array.from({ length: 20_000 }, (_, i) => `{"i":${i},"x":${Math.sin(i)}}\n`);
const text = lines.join('');
const packed = gzipSync(text);

describe('a gzipped file', () => {
  it('is read as its content, whatever the chunks', async () => {
    const plain = await reading(text);
    for (const sizes of [[1000, 1, 7], [packed.length]]) {
      const { items, checkpoint } = await reading(pieces(packed, sizes));
      expect(items).toEqual(plain.items);
      expect(checkpoint).toEqual({ ...plain.checkpoint, compressed: true });
    }
  });

  it.each([
    ['a JSON array', '[{"a":1},{"b":2}]', 'json-array'],
    ['CSV with a BOM', '\uFEFFa,b\n1,2\n', 'csv'],
    ['nothing', '', 'empty'],
  ])('may hold %s', async (_name, content, format) => {
    const plain = await reading(content);
    expect(await reading(gzipSync(content))).toMatchObject({ format, items: plain.items, error: undefined });
  });

  it('may have several members, cut anywhere', async () => {
    const members = Buffer.concat(
      [text.slice(0, 300_000), '', text.slice(300_000, 300_001), text.slice(300_001)].map(part =>
        gzipSync(part),
      ),
    );
    const { items, error } = await reading(pieces(members, [4096, 333]));
    expect(error).toBeUndefined();
    expect(items).toHaveLength(20_000);
    const many = Buffer.concat(lines.slice(0, 500).map(line => gzipSync(line)));
    expect((await reading(many)).items).toHaveLength(500);
  });

  it.each([2, 9, 5000, packed.length / 2, packed.length - 1])(
    'that is cut off after %d bytes yields its records first',
    async length => {
      const { items, error } = await reading(packed.subarray(0, length));
      expect(error?.reason).toMatch(/^gzip stream ends early/);
      expect(values(items)).toEqual(lines.slice(0, items.length).map(line => JSON.parse(line)));
      if (length > 5000) {
        expect(items.length).toBeGreaterThan(9000);
        expect(error?.line).toBe(items.length + 1);
      }
    },
  );

  it('that is cut off before its format can be told says that it is cut off', async () => {
    const { error } = await reading(gzipSync('no format at all', { level: 0 }).subarray(0, -9));
    expect(error?.reason).toMatch(/^gzip stream ends early/);
  });

  it('that is corrupt yields what lies before, then says so', async () => {
    const corrupt = Buffer.from(packed);
    corrupt.fill(0xff, packed.length / 2, packed.length / 2 + 50);
    const { items, error } = await reading(corrupt);
    expect(error?.reason).toMatch(/^gzip stream is corrupt: /);
    const good = items.filter(
      item => item.kind === 'record' && JSON.stringify(item.value) === lines[item.line - 1]!.trim(),
    );
    expect(good.length).toBeGreaterThan(9000);
    const badCheck = Buffer.from(packed);
    badCheck.writeUInt32LE(0, packed.length - 8);
    expect((await reading(badCheck)).error?.reason).toMatch(/^gzip stream is corrupt: incorrect data check/);
  });

  it('with other bytes after it is corrupt, with zeros it is not', async () => {
    const garbage = await reading(Buffer.concat([packed, Buffer.from('and more')]));
    expect(garbage.items.length).toBeGreaterThan(19_500);
    expect(garbage.error?.reason).toMatch(/^gzip stream is corrupt/);
    // Whether the padding begins within what is read at a time or after it.
    for (const comment of Array.from({ length: 64 }, (_, i) => 'x'.repeat(i * 16))) {
      const small = gzipSync(`{"a":"${comment}"}\n`, { level: 0 });
      const padded = await reading(Buffer.concat([small, Buffer.alloc(10_000)]));
      expect(padded).toMatchObject({ error: undefined, items: [{ kind: 'record' }] });
      const hidden = await reading(Buffer.concat([small, Buffer.alloc(10_000), small]));
      expect(hidden).toMatchObject({
        error: { reason: 'other bytes follow the gzip stream' },
        items: [{ kind: 'record' }],
      });
    }
  });

  it('inside a gzipped file is refused', async () => {
    const { error } = await reading(gzipSync(packed));
    expect(error?.reason).toBe('gzip inside gzip: compress the file once only');
  });

  it('that is a bomb stops at the ratio, long before it is unpacked', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"a":1}\n'), Buffer.alloc(120e6, ' ')]));
    let fed = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const piece of pieces(bomb, [1000])) {
        fed += piece.length;
        yield piece;
      }
    }
    const items: Item[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of readItems(source())) items.push(...chunk.items);
    };
    await expect(read()).rejects.toThrow(/gzip expands 10\d\d to 1, the limit is 250 to 1/);
    expect(values(items)).toEqual([{ a: 1 }]);
    expect(fed * 1032).toBeLessThan(32 * 2 ** 20 + 80e6);
  });

  it('stops at the limit of bytes', async () => {
    const limits = { maxBytes: 200_000 };
    for (const content of [packed, Buffer.from(text)]) {
      const { error, items } = await reading(content, { limits });
      expect(error?.reason).toBe('the content is over 200,000 bytes');
      expect(items.length).toBeGreaterThan(1000);
    }
  });

  it('closes its source when the reader stops', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* pieces(packed, [10_000]);
      } finally {
        closed = true;
      }
    }
    for await (const _chunk of readItems(source())) break;
    expect(closed).toBe(true);
  });
});
