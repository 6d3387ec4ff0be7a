import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cut, createBatcher } from './batcher.ts';
import { type Checkpoint, FormatError, type Item } from './formats/item.ts';
import { ingest, type Outcome } from './ingest.ts';
import { type Progress, pipelineNameOf, START, uploadId } from './upload.ts';

/** A file of items, read in chunks of any size; a checkpoint's offset is simply the number of items before it. */
function fileOf(items: readonly Item[], chunkSizes: readonly number[], broken?: FormatError) {
  return async function* read(from: Checkpoint | undefined) {
    let at = from?.offset ?? 0;
    for (let n = 0; at < items.length; n++) {
      const size = chunkSizes[n % chunkSizes.length]!;
      const chunk = items.slice(at, at + size);
      at += chunk.length;
      yield {
        items: chunk,
        checkpoint: { format: 'ndjson', compressed: false, offset: at, line: at } as Checkpoint,
      };
    }
    if (broken) throw broken;
  };
}

function itemsOf(count: number, isBad: (n: number) => boolean = () => false, size = 10): Item[] {
  return Array.from({ length: count }, (_, n) =>
    isBad(n)
      ? { kind: 'reject', reason: 'bad', line: n + 1, offset: n, excerpt: '' }
      : { kind: 'record', value: `${n}`.padEnd(size, '.'), line: n + 1, offset: n },
  );
}

const serialise = (item: Item & { kind: 'record' }): string => JSON.stringify(item.value);

class Killed extends Error {}

/** Reads a file to its end through crashes and pauses; returns each publication in order, repetitions included. */
async function readThrough(
  read: ReturnType<typeof fileOf>,
  kills: readonly number[],
  budget = 1e9,
): Promise<{ cuts: Cut[]; outcome: Outcome }> {
  const cuts: Cut[] = [];
  let saved: Progress = START;
  for (let run = 0; ; run++) {
    let publications = kills[run] ?? Number.POSITIVE_INFINITY;
    let clock = 0;
    try {
      const outcome = await ingest(
        saved,
        {
          read,
          serialise,
          publish: async cut => {
            if (publications-- <= 0) throw new Killed();
            cuts.push(cut);
          },
          save: async progress => {
            saved = progress;
          },
          now: () => (clock += 700),
        },
        budget,
      );
      if (outcome.kind === 'read') return { cuts, outcome };
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

describe('reading an upload', () => {
  it('publishes the same batches whatever the chunks, the crashes and the pauses, and every item is in one', async () => {
    const scenario = fc.record({
      count: fc.integer({ min: 0, max: 4000 }),
      badness: fc.integer({ min: 2, max: 50 }),
      size: fc.constantFrom(10, 900, 150_000),
      chunks: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 }),
      kills: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }),
      budget: fc.constantFrom(1e9, 5_000),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ count, badness, size, chunks, kills, budget }) => {
        const items = itemsOf(size > 1000 ? count % 12 : count, n => n % badness === 1, size);
        const calm = await readThrough(fileOf(items, [500]), []);
        const rough = await readThrough(fileOf(items, chunks), kills, budget);
        const byNumber = new Map(calm.cuts.map(cut => [cut.number, cut]));
        for (const cut of rough.cuts) expect(cut).toEqual(byNumber.get(cut.number));
        expect(new Set(rough.cuts.map(cut => cut.number)).size).toBe(calm.cuts.length);
        expect(calm.cuts.flatMap(cut => cut.events)).toHaveLength(
          items.filter(item => item.kind === 'record').length,
        );
        expect(calm.cuts.flatMap(cut => cut.rejects)).toHaveLength(
          items.filter(item => item.kind === 'reject').length,
        );
        expect(rough.outcome.progress.counts).toEqual(calm.outcome.progress.counts);
        expect(calm.outcome.progress.counts.records).toBe(items.length);
      }),
      { numRuns: 60 },
    );
  });

  it('pauses when its time is up, never without having come further', async () => {
    const { outcome } = await readThrough(fileOf(itemsOf(3000), [100]), [], 1);
    expect(outcome.progress.counts.records).toBe(3000);
  });

  it('publishes what came before the place where a file breaks, and tells of the break', async () => {
    const broken = new FormatError('gzip stream ends early', { line: 8, offset: 70 });
    const { cuts, outcome } = await readThrough(fileOf(itemsOf(7), [3], broken), []);
    expect(cuts.flatMap(cut => cut.events)).toHaveLength(7);
    expect(outcome).toMatchObject({ kind: 'read', error: { reason: 'gzip stream ends early', line: 8 } });
  });
});

describe('a batch', () => {
  it('is cut before the record that has no room in it, and a huge record travels alone', () => {
    const batcher = createBatcher(serialise);
    const sizes = [150_000, 40_000, 340_000, 10];
    const cuts = sizes.map((size, n) =>
      batcher.add({ kind: 'record', value: 'x'.repeat(size), line: n, offset: n }, false),
    );
    const lengths = [...cuts, batcher.rest()].flatMap(cut => (cut ? [cut.events.length] : []));
    expect(lengths).toEqual([2, 1, 1]);
  });

  it('is cut at 500 rejects too, so that a file of nothing else stays bounded', () => {
    const batcher = createBatcher(serialise);
    const cuts = itemsOf(1200, () => true).flatMap(item => batcher.add(item, false) ?? []);
    expect(cuts.map(cut => cut.rejects.length)).toEqual([500, 500]);
    expect(batcher.rest()!.rejects).toHaveLength(200);
  });
});

describe('an upload', () => {
  it('is known by bucket, name and generation, in a readable id', () => {
    const object = { bucket: 'b', name: 'quakes/week 1 (é).json', generation: '1' };
    expect(uploadId(object)).toMatch(/^week-1-.json-[0-9a-f]{12}$/);
    expect(uploadId(object)).toBe(uploadId({ ...object }));
    expect(uploadId({ ...object, generation: '2' })).not.toBe(uploadId(object));
  });

  it('belongs to the pipeline of its metadata, else of its folder, else to none', () => {
    expect(pipelineNameOf({ name: 'a/b', metadata: { pipeline: 'c' } })).toBe('c');
    expect(pipelineNameOf({ name: 'a/b/c', metadata: {} })).toBe('a');
    expect(pipelineNameOf({ name: 'a', metadata: {} })).toBe('');
  });
});
