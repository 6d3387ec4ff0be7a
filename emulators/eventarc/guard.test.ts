import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cause } from '../meter/cause.ts';
import { causeOf, chainOf, through } from './chain.ts';
import { Guard, type Stopped } from './guard.ts';

const TRIGGERS = ['upload', 'raw', 'panes', 'alerts'].map(name => ({ name, step: `${name}-step` }));

function guarded(mostLaps?: number) {
  const told: Stopped[] = [];
  return { guard: new Guard(TRIGGERS, stopped => told.push(stopped), mostLaps), told };
}

/** Goes through these triggers one after the other. */
const go = (guard: Guard, path: readonly string[], from?: Cause): Cause | undefined =>
  path.reduce<Cause | undefined>((cause, trigger) => guard.enter(trigger, cause), from);

test('a chain comes out of its text as it went in', () => {
  const laps = fc.uniqueArray(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 10 ** 6 })), {
    selector: ([trigger]) => trigger,
    minLength: 1,
  });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), laps, (step, pairs) => {
      const chain = { root: '17', laps: new Map(pairs) };
      const text = causeOf(step.replaceAll(';', ''), chain);
      expect(chainOf(text)).toEqual(chain);
      expect(text).toMatch(/^[ -~]*$/);
    }),
  );
});

test('what clients, schedules and requests from outside begin has no chain before it', () => {
  expect([chainOf(undefined), chainOf('publish')]).toEqual([undefined, undefined]);
  expect(through({ root: '1', laps: new Map() }, 3)).toEqual({ root: '1', laps: new Map([[3, 1]]) });
});

test('a step that wakes itself is stopped once it has gone round a thousand times, and named', () => {
  const { guard, told } = guarded();
  let cause = go(guard, ['upload', 'raw']);
  for (let lap = 1; lap <= 1000; lap++) cause = guard.enter('panes', cause);
  expect([guard.isStopped('panes'), told]).toEqual([false, []]);
  guard.enter('panes', cause);
  expect(guard.stopped).toEqual([
    { trigger: 'panes', step: 'panes-step', loop: ['panes'], laps: 1001, at: expect.any(String) },
  ]);
  expect(told).toEqual(guard.stopped);
  expect(guard.isStopped('raw')).toBe(false);
});

test('of steps that wake each other the first is stopped, and the whole round is named', () => {
  const { guard } = guarded(20);
  let cause = go(guard, ['upload']);
  for (let lap = 0; lap < 20; lap++) cause = go(guard, ['raw', 'panes', 'alerts'], cause);
  expect(guard.stopped).toEqual([]);
  go(guard, ['raw'], cause);
  expect(guard.stopped).toEqual([
    expect.objectContaining({ trigger: 'raw', loop: ['raw', 'panes', 'alerts'] }),
  ]);
});

test('a step that wakes itself twice each time is stopped long before any line of descent is long', () => {
  const { guard } = guarded(100);
  const waiting: (Cause | undefined)[] = [undefined];
  while (guard.stopped.length === 0) {
    const cause = guard.enter('panes', waiting.shift());
    waiting.push(cause, cause);
  }
  expect(guard.stopped[0]!.laps).toBeLessThan(15);
});

test('any number of events that go straight through stop nothing, nor do deliveries again', () => {
  const { guard } = guarded(10);
  for (let n = 0; n < 500; n++) go(guard, ['upload', 'raw', 'panes', 'alerts']);
  const upload = guard.enter('upload', undefined);
  for (let n = 0; n < 500; n++) go(guard, ['raw', 'panes'], upload);
  const lap = go(guard, ['panes', 'panes'], upload);
  for (let attempt = 2; attempt < 500; attempt++) guard.enter('panes', lap, true);
  expect(guard.stopped).toEqual([]);
});

test('what is let go on goes ten times as far before it is stopped again', () => {
  const { guard } = guarded(10);
  const lapsUntilStopped = (): number => {
    let cause: Cause | undefined;
    for (let lap = 1; ; lap++) {
      cause = guard.enter('panes', cause);
      if (guard.isStopped('panes')) return lap;
    }
  };
  expect(lapsUntilStopped()).toBe(11);
  expect(() => guard.resume('raw')).toThrow("No trigger 'raw' is stopped; stopped are: panes");
  expect(guard.resume('panes')).toMatchObject({ trigger: 'panes', laps: 11 });
  expect(guard.stopped).toEqual([]);
  expect(lapsUntilStopped()).toBe(101);
});
