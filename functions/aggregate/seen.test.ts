import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PipelineEvent } from '../../shared/batches/batch.ts';
import { chunkOf, type Entry, entriesOf, placeOf, type Seen, seenChanges } from './seen.ts';

const event = (time: string, id: string, source = '/s'): PipelineEvent => ({
  specversion: '1.0',
  id,
  source,
  type: 't',
  time,
  partitionkey: '',
  data: {},
});

describe('an event that has been counted', () => {
  it('is known by its day, its millisecond and its identity', () => {
    const place = placeOf('p', event('2026-03-01T23:59:59.999Z', 'a'));
    expect(place.path).toBe('_millrace/aggregate/seen/p~2026-03-01');
    expect(placeOf('p', event('2026-03-01T23:59:59.999Z', 'a'))).toEqual(place);
    expect(placeOf('p', event('2026-03-01T23:59:59.998Z', 'a')).entry).not.toBe(place.entry);
    expect(placeOf('p', event('2026-03-01T23:59:59.999Z', 'b')).entry).not.toBe(place.entry);
    expect(placeOf('p', event('2026-03-01T23:59:59.999Z', 'a', '/t')).entry).not.toBe(place.entry);
    expect(placeOf('p', event('1969-12-31T23:59:59.999Z', 'a')).path).toContain('1969-12-31');
  });

  it('is found again in whichever chunk it has come to lie', () => {
    const times = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 86_399_999 }), fc.integer({ min: 0, max: 3 })),
      {
        minLength: 1,
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(times, fc.integer({ min: 24, max: 400 }), (events, limit) => {
        let seen: Seen = { path: 'x', names: [], chunks: new Map([['', new Set<Entry>()]]) };
        const all = new Set<Entry>();
        for (const [ms, id] of events) {
          const { entry } = placeOf('p', event(new Date(ms).toISOString(), `${id}`));
          const name = chunkOf(seen.names, entry);
          const entries = seen.chunks.get(name)!;
          expect(entries.has(entry)).toBe(all.has(entry));
          all.add(entry);
          entries.add(entry);
          seen = reread(seenChanges(seen, new Set([name]), new Date(0), limit), seen);
        }
        expect(new Set([...seen.chunks.values()].flatMap(entries => [...entries]))).toEqual(all);
      }),
      { numRuns: 40 },
    );
  });

  it('touches only the last chunk of a day where events come in their order', () => {
    const entries = Array.from(
      { length: 4000 },
      (_, n) => placeOf('p', event(new Date(n * 20_000).toISOString(), `${n}`)).entry,
    );
    const [head, ...chunks] = seenChanges(
      { path: 'x', names: [], chunks: new Map([['', new Set(entries)]]) },
      new Set(['']),
      new Date(0),
      8_000,
    );
    const names = head!.fields['chunks'] as string[];
    expect(chunks.length).toBeGreaterThan(5);
    const next = [1, 2, 3].map(
      n => placeOf('p', event(new Date(80_000_000 + n).toISOString(), `new ${n}`)).entry,
    );
    expect(new Set(next.map(entry => chunkOf(names, entry))).size).toBe(1);
  });
});

/** What another transaction would read after these changes. */
function reread(changes: ReturnType<typeof seenChanges>, before: Seen): Seen {
  const [head, ...written] = changes;
  const names = head!.fields['chunks'] as string[];
  if (names.length === 0) return { path: 'x', names, chunks: new Map([['', entriesOf(head!.fields)]]) };
  const chunks = new Map([...before.chunks].filter(([name]) => names.includes(name)));
  for (const { path, fields } of written) chunks.set(path.slice('x/chunks/c'.length), entriesOf(fields));
  return { path: 'x', names, chunks };
}
