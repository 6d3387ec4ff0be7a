import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealOut, splitChunk } from './chunks.ts';
import { hash32 } from './hash.ts';
import { planOf } from './measures.ts';
import { addEvent, decodeState, type WindowState } from './state.ts';

function stateOf(keys: readonly string[]): WindowState {
  const state: WindowState = new Map();
  for (const key of keys) addEvent(state, planOf([]), key, {}, 0, { source: 's', id: '1' });
  return state;
}

const keysOf = (state: WindowState): string[] => [...state.keys()].sort();
const bitsOf = (key: string): string => hash32(key).toString(2).padStart(32, '0');
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `key ${n}`);

describe('the chunks of a state', () => {
  it('hold each key once, in the one that its hash names, and keep to their limit', () => {
    const key = fc.oneof(fc.constantFrom('a', '', '__proto__', 'ü'), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.uniqueArray(key), fc.integer({ min: 1, max: 200 }), (keys, limit) => {
        const chunks = splitChunk('', stateOf(keys), limit);
        expect(chunks.flatMap(({ bytes }) => keysOf(decodeState(bytes))).sort()).toEqual([...keys].sort());
        for (const { name, bytes } of chunks) {
          const own = keysOf(decodeState(bytes));
          for (const one of own) expect(bitsOf(one).startsWith(name)).toBe(true);
          if (own.length > 1) expect(bytes.length).toBeLessThanOrEqual(limit);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('leave a state in one piece that is small enough', () => {
    expect(splitChunk('', stateOf(['a', 'b'])).map(({ name }) => name)).toEqual(['']);
  });

  it('are of about their limit where there are many, also of keys that take unlike room', () => {
    const keys = numbered(3000).map((key, n) => key.padEnd(n % 200));
    const sizes = splitChunk('', stateOf(keys), 20_000).map(({ bytes }) => bytes.length);
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20_000);
    expect(sizes.length).toBeLessThanOrEqual((4 * whole) / 20_000);
  });

  it('are dealt out by whichever bits of the hash come next', () => {
    for (const [, own] of dealOut(stateOf(numbered(200)), '', 1)) {
      const name = bitsOf(keysOf(own)[0]!).slice(0, 1);
      for (const [part, keys] of dealOut(own, name, 3)) {
        expect(part).toHaveLength(4);
        for (const one of keys.keys()) expect(bitsOf(one).startsWith(part)).toBe(true);
      }
    }
  });
});
