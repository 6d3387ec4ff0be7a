import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CUTTERS } from './formats.ts';
import { type Checkpoint, DEFAULT_LIMITS, type Item, type StreamFormat } from './item.ts';
import { type Chunk, cutBlocks } from './read.ts';
import { pieces, reading, sourceOf, values } from './testkit.ts';

const runs = { numRuns: 300, seed: 20_261_121 };
const limits = { ...DEFAULT_LIMITS, maxRecordBytes: 120, maxDepth: 5 };

const word = fc.string({
  unit: fc.constantFrom('a', 'é', '€', '😀', '"', '\\', ',', '\n', '\r', '[', '{', '}', ']', ' '),
});
const record = fc.dictionary(
  fc.oneof(word, fc.constant('__proto__')),
  fc.oneof(
    word,
    fc.integer(),
    fc.constant(null),
    fc.array(fc.array(word, { maxLength: 2 }), { maxLength: 2 }),
  ),
  { maxKeys: 4, noNullPrototype: true },
);
const json = record.map(value => JSON.stringify(value));
/** Good records, and all that may go wrong with one. */
const dirty = fc.oneof(
  { weight: 6, arbitrary: json },
  fc.constantFrom(
    '',
    ' ',
    '7',
    '[1]',
    '{"a":',
    '{"a":1}}',
    '{"a":"\0"}',
    'x',
    '"',
    `{"long":"${'é'.repeat(90)}"}`,
    `{"longer":"${' é'.repeat(600)}"}`,
    `{"a":1}${' '.repeat(1100)}`,
    '{"a":[[[[[[1]]]]]]}',
  ),
);
const cell = word.map(text => (/["\r\n,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text));
const row = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(cell, cell, cell).map(cells => cells.join(',')) },
  fc.constantFrom(
    '',
    'a',
    '"open,b,c',
    '"a"b,c,d',
    'a"b,c,d',
    'x'.repeat(130),
    `"${'y\n'.repeat(70)}",b,c`,
    `"${'y \n'.repeat(500)}",b,c`,
    `"a\n${'z'.repeat(1200)}",b,c`,
  ),
);
const request = fc.oneof(
  {
    weight: 6,
    arbitrary: word.map(text => {
      const path = text.replaceAll(/["\\\r\n]/g, '');
      return `::1 - - [01/Jan/2026:00:00:01 +0000] "GET /${path} HTTP/1.1" 200 5 "-" "é\\""`;
    }),
  },
  fc.constantFrom('', ' ', '::1 - -', '\0', `::1 - - [${'x'.repeat(130)}]`, `${' é'.repeat(700)}`),
);
const ends = fc.constantFrom('\n', '\r\n');
const lines = (item: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(fc.array(item, { maxLength: 12 }), ends).map(([list, end]) => list.join(end));

/** Documents of every format, good and bad. */
const document = fc.oneof(
  lines(dirty).map(text => ({ format: 'ndjson' as const, text })),
  fc
    .tuple(fc.array(dirty), fc.constantFrom(',', ' ,\n'), fc.constantFrom(']', '', ']\n', '] more'))
    .map(([list, between, end]) => ({ format: 'json-array' as const, text: `[${list.join(between)}${end}` })),
  fc.tuple(fc.array(json), record, fc.constantFrom('', '}', '}}')).map(([list, other, end]) => ({
    format: 'geojson' as const,
    text: `{"other":${JSON.stringify(other)},\n"features":[${list.join(',\n')}],"bbox":[1,[2]]${end}`,
  })),
  record.map(value => ({ format: 'json' as const, text: JSON.stringify(value, null, 2) })),
  lines(row).map(text => ({ format: 'csv' as const, text: `a,b,c\n${text}` })),
  lines(request).map(text => ({ format: 'access-log' as const, text })),
);

type StreamCheckpoint = Checkpoint & { readonly format: StreamFormat };

interface Outcome {
  readonly items: Item[];
  readonly chunks: Chunk[];
  readonly error: string | undefined;
}

/** Cuts blocks of these sizes as they are, so that every split reaches the cutter. */
async function cutIn(sizes: readonly number[], bytes: Buffer, from: StreamCheckpoint): Promise<Outcome> {
  const chunks: Chunk[] = [];
  let error: string | undefined;
  const blocks = pieces(bytes.subarray(from.offset), sizes).map(piece => Buffer.from(piece));
  const source = sourceOf(blocks) as AsyncIterable<Buffer>;
  try {
    for await (const chunk of cutBlocks(
      CUTTERS[from.format](limits, from),
      source,
      { format: from.format, compressed: false },
      limits,
    )) {
      chunks.push(chunk);
    }
  } catch (thrown) {
    error = String(thrown);
  }
  return { items: chunks.flatMap(chunk => chunk.items), chunks, error };
}

describe('a file cut into chunks', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

  it('gives the same items wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(document, sizes, async ({ format, text }, at) => {
        const bytes = Buffer.from(text);
        const start: StreamCheckpoint = { format, compressed: false, offset: 0, line: 1 };
        const whole = await cutIn([1e9], bytes, start);
        const cut = await cutIn(at, bytes, start);
        expect(cut.items).toEqual(whole.items);
        expect(cut.error).toEqual(whole.error);
        for (const item of whole.items) {
          expect(item.line).toBe(bytes.subarray(0, item.offset).toString('latin1').split('\n').length);
        }
      }),
      runs,
    );
  });

  it('goes on from any checkpoint, through JSON and back, with exactly the next item', async () => {
    await fc.assert(
      fc.asyncProperty(document, sizes, fc.nat(), async ({ format, text }, at, pick) => {
        const bytes = Buffer.from(text);
        const all = await cutIn(at, bytes, { format, compressed: false, offset: 0, line: 1 });
        const index = all.chunks.length === 0 ? 0 : pick % all.chunks.length;
        const checkpoint = all.chunks[index]?.checkpoint;
        if (checkpoint === undefined) return;
        const rest = await cutIn(
          [...at, 3],
          bytes,
          JSON.parse(JSON.stringify(checkpoint)) as StreamCheckpoint,
        );
        expect(rest.items).toEqual(all.chunks.slice(index + 1).flatMap(chunk => chunk.items));
        expect(rest.error).toEqual(all.error);
      }),
      runs,
    );
  });

  it('gives the same through readItems, plain and gzipped, also resumed', async () => {
    const many = fc.array(record, { minLength: 600, maxLength: 900 });
    await fc.assert(
      fc.asyncProperty(many, sizes, fc.boolean(), async (records, at, gzipped) => {
        const plain = Buffer.from(`[${records.map(value => JSON.stringify(value)).join(',\n')}]`);
        const bytes = gzipped ? gzipSync(plain) : plain;
        const all = await reading(
          pieces(
            bytes,
            at.map(size => size * 100),
          ),
        );
        expect(values(all.items)).toEqual(records);
        const { checkpoint, items } = all.chunks[0]!;
        const resumed = await reading(gzipped ? bytes : bytes.subarray(checkpoint.offset), {
          from: checkpoint,
        });
        expect(resumed.items).toEqual(all.items.slice(items.length));
        expect(resumed.checkpoint).toEqual(all.checkpoint);
      }),
      { ...runs, numRuns: 15 },
    );
  });
});

describe('records written and read back', () => {
  it('are equal as NDJSON and as a JSON array', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1 }), fc.constantFrom(0, 2), async (records, indent) => {
        const ndjson = await reading(records.map(value => JSON.stringify(value)).join('\n'));
        expect(values(ndjson.items)).toEqual(records);
        expect(values((await reading(JSON.stringify(records, null, indent))).items)).toEqual(records);
      }),
      runs,
    );
  });

  it('are equal as CSV', async () => {
    const cells = fc.array(
      fc.tuple(word, word, word).filter(([a]) => a !== ''),
      { minLength: 1 },
    );
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(cells, ends, async (rows, end) => {
        const text = ['a,b,c', ...rows.map(row => row.map(quote).join(','))].join(end);
        const { items } = await reading(text);
        expect(values(items)).toEqual(rows.map(([a, b, c]) => ({ a, b, c })));
      }),
      runs,
    );
  });
});

describe('a damaged file', () => {
  const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) });
  const damage = (bytes: Buffer, changes: readonly { at: number; to: number }[]): Buffer => {
    const out = Buffer.from(bytes);
    for (const { at, to } of changes) if (out.length > 0) out[at % out.length] = to;
    return out;
  };

  it('throws nothing but a FormatError, whatever its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        document,
        fc.array(change, { maxLength: 6 }),
        fc.boolean(),
        async ({ text }, changes, gzipped) => {
          const bytes = Buffer.from(text);
          // reading() lets any other error through.
          await reading(damage(gzipped ? gzipSync(bytes) : bytes, changes), { limits });
        },
      ),
      runs,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        async bytes => void (await reading(bytes, { limits })),
      ),
      runs,
    );
  });

  it('loses no good line of NDJSON but the damaged ones', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(json, { minLength: 4 }), change, async (list, { at, to }) => {
        const bytes = Buffer.from(`${list.join('\n')}\n`);
        const damaged = damage(bytes, [{ at, to }]);
        const place = at % bytes.length;
        const line = bytes.subarray(0, place).toString('latin1').split('\n').length - 1;
        // A damaged line end joins two lines.
        const hurt = bytes[place] === 10 ? [line, line + 1] : [line];
        const good = list.filter((_, i) => !hurt.includes(i)).map(text => JSON.parse(text));
        const { items, error } = await reading(damaged);
        expect(error).toBeUndefined();
        const found = values(items).map(value => JSON.stringify(value));
        for (const value of good) expect(found).toContain(JSON.stringify(value));
      }),
      { ...runs, numRuns: 1000 },
    );
  });
});
