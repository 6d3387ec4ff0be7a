import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WindowSpec } from '../pipelines/pipeline.ts';
import { planOf } from '../streams/measures.ts';
import { addEvent, extendTimes, type WindowState } from '../streams/state.ts';
import { contentOfState } from './content.ts';
import {
  boundedKey,
  paneDocuments as changes,
  fieldOfKey,
  keyOfField,
  LARGEST_PARTS,
  type Pane,
} from './panes.ts';

/** Those that are written. */
function paneDocuments(pane: Pane, now: number) {
  return changes(pane, now).flatMap(({ path, fields }) => (fields ? [{ path, fields }] : []));
}

function paneOf(state: WindowState, shown: Partial<WindowSpec> = {}): Pane {
  const span = { start: Date.UTC(2026, 10, 21, 13), end: Date.UTC(2026, 10, 21, 14) };
  const window = { name: 'hourly', size: 3600, lateness: 0, retention: 0, lanes: 1, key: [], values: {} };
  const spec: WindowSpec = { ...window, ...shown };
  return {
    path: 'windows/traffic/panes/hourly~2026-11-21T13:00:00.000Z',
    pipeline: 'traffic',
    window: 'hourly',
    shape: 'abc',
    ...span,
    version: 'v1',
    index: 2,
    timing: 'late',
    final: true,
    spec,
    before: { count: 0, parts: 0 },
    counted: { commits: 4, events: 3 },
    content: contentOfState(state, span, spec),
  };
}

const plan = planOf([['speed', { of: 'statistics' }, data => data['index']]]);

function keysOf(count: number, length: number): WindowState {
  const state: WindowState = new Map();
  for (let index = 0; index < count; index++) {
    const key = `${index}`.padStart(length, '.');
    addEvent(state, plan, key, { index }, 0, { source: 's', id: key });
    state.get(key)!.count = index;
  }
  return state;
}

describe('a pane', () => {
  it('is one document that says what it is and what it counted', () => {
    const [document, ...more] = paneDocuments(paneOf(keysOf(3, 1)), Date.UTC(2026, 10, 21, 15));
    expect(more).toEqual([]);
    expect(document).toEqual({
      path: 'windows/traffic/panes/hourly~2026-11-21T13:00:00.000Z',
      fields: {
        pipeline: 'traffic',
        window: 'hourly',
        shape: 'abc',
        start: new Date('2026-11-21T13:00:00.000Z'),
        end: new Date('2026-11-21T14:00:00.000Z'),
        timestamp: new Date('2026-11-21T13:59:59.999Z'),
        timing: 'late',
        index: 2,
        final: true,
        accumulating: true,
        version: 'v1',
        counted: { commits: 4, events: 3 },
        updatedAt: new Date('2026-11-21T15:00:00.000Z'),
        count: 3,
        parts: 0,
        omitted: 0,
        keys: {
          0: { count: 0, speed: { count: 1, missing: 0, sum: 0, min: 0, max: 0, mean: 0 } },
          1: { count: 1, speed: { count: 1, missing: 0, sum: 1, min: 1, max: 1, mean: 1 } },
          2: { count: 2, speed: { count: 1, missing: 0, sum: 2, min: 2, max: 2, mean: 2 } },
        },
      },
    });
  });

  it('shows the keys that its definition asks for, and says how many others there are and how those rank', () => {
    const state = keysOf(9, 1);
    const having = 'count >= 3';
    const [some] = paneDocuments(paneOf(state, { having }), 0);
    expect(some!.fields).toMatchObject({ count: 36, hidden: 3, omitted: 0 });
    expect(Object.keys(some!.fields['keys'] as object)).toEqual(['3', '4', '5', '6', '7', '8']);
    const top = { by: { of: 'max', value: 'speed' }, most: 2 };
    const [ranked] = paneDocuments(paneOf(state, { having, top }), 0);
    expect(ranked!.fields).toMatchObject({ count: 36, hidden: 7, ranking: ['8', '7'] });
    expect(Object.keys(ranked!.fields['keys'] as object)).toEqual(['7', '8']);
  });

  it('goes on in further documents where its keys outgrow one', () => {
    const documents = paneDocuments(paneOf(keysOf(5000, 20)), 0);
    expect(documents.length).toBeGreaterThan(2);
    expect(documents[0]!.fields['parts']).toBe(documents.length - 1);
    expect(documents[1]!.path).toBe('windows/traffic/panes/hourly~2026-11-21T13:00:00.000Z~1');
    const keys = documents.flatMap(({ fields }) => Object.keys(fields['keys'] as object));
    expect(new Set(keys).size).toBe(5000);
  });

  it('keeps the keys with the most events where they are too many, and says how many it omits', () => {
    const documents = paneDocuments(paneOf(keysOf(30_000, 250)), 0);
    expect(documents.length).toBe(LARGEST_PARTS);
    const shown = documents.flatMap(({ fields }) =>
      Object.values(fields['keys'] as Record<string, { count: number }>),
    );
    expect(documents[0]!.fields['omitted']).toBe(30_000 - shown.length);
    expect(Math.min(...shown.map(({ count }) => count))).toBe(30_000 - shown.length);
  });
});

describe('a pane of another kind', () => {
  const path = 'windows/traffic/panes/hourly~2026-11-21T13:00:00.000Z';

  it('takes the further documents away that it has no use for any more', () => {
    const before = { count: 9, parts: 3 };
    expect(changes({ ...paneOf(keysOf(1, 1)), before }, 0).slice(1)).toEqual(
      [1, 2, 3].map(part => ({ path: `${path}~${part}` })),
    );
  });

  it('tells of each session when it began, and when it ended: a gap after its last event', () => {
    const state = keysOf(1, 1);
    const start = Date.UTC(2026, 10, 21, 13);
    extendTimes(state.get('0')!, start - 5000, start + 1000);
    const [document] = paneDocuments(paneOf(state, { kind: 'session', size: 60 }), 0);
    expect(document!.fields).toMatchObject({ kind: 'session', accumulating: true });
    expect(document!.fields['keys']).toMatchObject({
      0: { start: new Date(start - 5000), end: new Date(start + 61_000) },
    });
  });

  it('that discards is kept beside those before it, and the first document counts all of them', () => {
    const pane = { ...paneOf(keysOf(3, 1)), before: { count: 40, parts: 0 } };
    const [head, own] = paneDocuments({ ...pane, spec: { ...pane.spec, panes: 'discarding' } }, 0);
    expect(head).toMatchObject({ path, fields: { accumulating: false, count: 43, index: 2, keys: {} } });
    expect(own).toMatchObject({ path: `${path}~p2`, fields: { pane: 2, count: 3, parts: 0 } });
    expect(Object.keys(own!.fields['keys'] as object)).toEqual(['0', '1', '2']);
    expect(own!.fields).not.toHaveProperty('timestamp');
  });
});

describe('a key', () => {
  it('becomes a field name that Firestore takes, and comes back from it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('', '%', '__a__', '____', '%__a__')), key => {
        const field = fieldOfKey(key);
        expect(field).not.toBe('');
        expect(field).not.toMatch(/^__.*__$/s);
        expect(keyOfField(field)).toBe(key);
      }),
    );
  });

  it('is well-formed and short, and stays itself where it is', () => {
    expect(boundedKey('Nürnberg')).toBe('Nürnberg');
    expect(boundedKey('\ud800x').isWellFormed()).toBe(true);
    const [a, b] = [boundedKey(`${'x'.repeat(5000)}a`), boundedKey(`${'x'.repeat(5000)}b`)];
    expect(a).not.toBe(b);
    expect(Buffer.byteLength(boundedKey('\u{1f600}'.repeat(500)))).toBeLessThan(1500);
  });
});
