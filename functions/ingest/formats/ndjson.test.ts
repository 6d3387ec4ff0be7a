import { describe, expect, it } from 'vitest';
import { readItems } from './read.ts';
import { reading, rejects, sourceOf, values } from './testkit.ts';

const limits = { maxRecordBytes: 2000 };

describe('NDJSON', () => {
  it('reads one record a line, with its line and its first byte', async () => {
    const { format, items } = await reading('{"a":1}\n{"b":"é"}\r\n\n  \r\n{"c":null}');
    expect(format).toBe('ndjson');
    expect(items).toEqual([
      { kind: 'record', value: { a: 1 }, line: 1, offset: 0 },
      { kind: 'record', value: { b: 'é' }, line: 2, offset: 8 },
      { kind: 'record', value: { c: null }, line: 5, offset: 25 },
    ]);
  });

  it('rejects a bad line with the error of JSON, and goes on with the next', async () => {
    const { items } = await reading('{"a":1}\n{"a":2,}\n{"a":3}\n{"a":\n{"a":5}\n');
    expect(values(items)).toEqual([{ a: 1 }, { a: 3 }, { a: 5 }]);
    expect(items[1]).toMatchObject({ kind: 'reject', line: 2, offset: 8, excerpt: '{"a":2,}' });
    expect(rejects(items)[0]).toMatch(/^2: not valid JSON: .*double-quoted property name/);
    expect(rejects(items)[1]).toMatch(/^4: not valid JSON: /);
  });

  it('rejects lines that hold something else than an object', async () => {
    const { items } = await reading('{"a":1}\n{"a":1}\n{"a":1}\n[1]\n5\nnull\n{"a":2}');
    expect(rejects(items)).toEqual([
      '4: expected a JSON object, found an array',
      '5: expected a JSON object, found a number',
      '6: expected a JSON object, found null',
    ]);
    expect(values(items)).toHaveLength(4);
  });

  it('rejects a line over the limit and goes on at the next newline', async () => {
    const exact = `{"a":"${'x'.repeat(2000 - 8)}"}`;
    const over = `{"a":"${'y'.repeat(2000 - 7)}"}`;
    const { items } = await reading(`{"n":0}\n${exact}\r\n${over}\r\n{"n":1}\n`, { limits });
    expect(items.map(item => item.kind)).toEqual(['record', 'record', 'reject', 'record']);
    expect(items[2]).toMatchObject({
      line: 3,
      offset: 2010,
      reason: 'record over 2,000 bytes',
      excerpt: over.slice(0, 1024),
    });
    expect(items[3]).toMatchObject({ line: 4, offset: 4013 });
  });

  it('never cuts an excerpt inside a character', async () => {
    const { items } = await reading(`{}\n{}\n{"a":${'€'.repeat(500)}\n{"b":${'€'.repeat(800)}\n`, { limits });
    const excerpts = items.slice(2).map(item => (item.kind === 'reject' ? item.excerpt : ''));
    expect(excerpts).toEqual([`{"a":${'€'.repeat(339)}`, `{"b":${'€'.repeat(339)}`]);
  });

  it('rejects what is nested deeper than the limit, and counts no brackets inside strings', async () => {
    const nested = (depth: number): string => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;
    const brackets = JSON.stringify({ text: `${'[{'.repeat(100)}\\"` });
    const lines = [nested(64), nested(65), brackets, `{"a":${'['.repeat(100_000)}`];
    const { items } = await reading(lines.join('\n'));
    expect(rejects(items)).toEqual(['2: nested deeper than 64 levels', '4: nested deeper than 64 levels']);
    expect(values(items)).toHaveLength(2);
  });

  it('rejects NUL bytes and invalid UTF-8 instead of replacing them', async () => {
    const bytes = Buffer.from('{"a":1}\n{"a":"@"}\n{"a":"#"}\n{"a":"é"}\n');
    bytes[bytes.indexOf('@')] = 0;
    bytes[bytes.indexOf('#')] = 0xe9;
    const { items } = await reading(bytes);
    expect(rejects(items)).toEqual(['2: contains a NUL byte, at byte 7 of the record', '3: not valid UTF-8']);
    expect(values(items)).toEqual([{ a: 1 }, { a: 'é' }]);
  });

  it('keeps __proto__ a plain property and pollutes no prototype', async () => {
    const { items } = await reading(
      '{"__proto__":{"admin":true},"a":1,"a":2}\n{"constructor":{"prototype":{"x":1}}}\n',
    );
    const [first] = values(items) as [object];
    expect(Object.keys(first)).toEqual(['__proto__', 'a']);
    expect((first as { admin?: boolean }).admin).toBeUndefined();
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('rounds numbers beyond 2^53 as JSON.parse does', async () => {
    const { items } = await reading('{"n":9007199254740993}\n{"n":1e400}\n');
    expect(values(items)).toEqual([{ n: 9007199254740992 }, { n: Number.POSITIVE_INFINITY }]);
  });

  it('yields at most 500 items a chunk, each with its checkpoint', async () => {
    const { chunks } = await reading('{}\n'.repeat(2600));
    expect(chunks.reduce((n, chunk) => n + chunk.items.length, 0)).toBe(2600);
    expect(Math.max(...chunks.map(chunk => chunk.items.length))).toBe(500);
    expect(chunks[1]!.checkpoint).toEqual({ format: 'ndjson', compressed: false, offset: 3000, line: 1001 });
  });

  it('passes an error of the source on as it is', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield* sourceOf('{"a":1}\n');
      throw new Error('connection reset');
    }
    await expect(Array.fromAsync(readItems(source()))).rejects.toThrow('connection reset');
  });
});
