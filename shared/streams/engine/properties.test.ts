import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Windowing } from '../slices.ts';
import { IDLE_MS, watermarkAt } from '../watermark.ts';
import { stream } from './engine.ts';
import type { LateEvent, StreamInput, StreamPane, StreamWindow } from './spec.ts';
import { bitsOf, clock, done, live, specOf, type TestEvent, upload } from './testing.ts';

/** More for a campaign: MILLRACE_INTERLEAVINGS=20000. */
const RUNS = Number(process.env['MILLRACE_INTERLEAVINGS'] ?? 100);
const LONG = 1_000_000_000;

const WINDOWINGS: readonly Windowing[] = [
  { kind: 'tumbling', size: 20 },
  { kind: 'sliding', size: 30, slide: 10 },
  { kind: 'sliding', size: 25, slide: 15 },
  { kind: 'session', gap: 12 },
  { kind: 'global' },
];

/** Each has a bit of its own, so that a sum says which events are in it. */
const events = fc
  .array(
    fc.record({
      source: fc.constantFrom('x', 'y'),
      key: fc.constantFrom('a', 'b'),
      time: fc.integer({ min: -50, max: 150 }),
    }),
    { maxLength: 40 },
  )
  .map(list => list.map((one, at): TestEvent => ({ ...one, id: `${at}`, bit: 2 ** at })));

/** `key start end bits`, sorted: a result as nobody but sorting and comparing comes to it. */
function bruteForce(windowing: Windowing, list: readonly TestEvent[]): string[] {
  return [...new Set(list.map(({ key }) => key))]
    .flatMap(key => {
      const own = list.filter(event => event.key === key);
      return windowsByForce(windowing, own).map(([start, end]) => {
        const inside = own.filter(({ time }) => time >= start && time < end);
        return `${key} ${start + 0} ${end + 0} ${inside.reduce((sum, { bit }) => sum + bit, 0)}`;
      });
    })
    .sort();
}

function windowsByForce(windowing: Windowing, own: readonly TestEvent[]): [start: number, end: number][] {
  const times = own.map(({ time }) => time).sort((a, b) => a - b);
  switch (windowing.kind) {
    case 'global':
      return [[Date.parse('0001-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')]];
    case 'session': {
      const ends = times.filter(
        (time, at) => (times[at + 1] ?? Number.POSITIVE_INFINITY) - time >= windowing.gap,
      );
      return ends.map((last, at) => [
        times.find(time => time > (ends[at - 1] ?? Number.NEGATIVE_INFINITY))!,
        last + windowing.gap,
      ]);
    }
    default: {
      const slide = windowing.kind === 'sliding' ? windowing.slide : windowing.size;
      const starts: number[] = [];
      for (let start = -1200; start < 1200; start += slide) {
        if (times.some(time => time >= start && time < start + windowing.size)) starts.push(start);
      }
      return starts.map(start => [start, start + windowing.size]);
    }
  }
}

/** The same of the last panes. */
function resultsOf(windowing: Windowing, panes: readonly StreamPane[]): string[] {
  const last = new Map(panes.map(pane => [pane.start, pane]));
  return [...last.values()]
    .flatMap(({ start, end, groups }) =>
      [...groups].map(([key, { measures, times }]) => {
        const [from, to] =
          windowing.kind === 'session' ? [times!.first, times!.last + windowing.gap] : [start, end];
        return `${key} ${from + 0} ${to + 0} ${bitsOf(measures)}`;
      }),
    )
    .sort();
}

interface Outcome {
  readonly panes: StreamPane[];
  readonly late: LateEvent<TestEvent>[];
  readonly watermarks: number[];
  /** What the windows come to where each event counts in those of its windows that had not closed before it came. */
  readonly expected: string[];
  /** Bits of those that had none left. */
  readonly expectedLate: Set<number>;
}

function run(window: Partial<StreamWindow<TestEvent>>, inputs: readonly StreamInput<TestEvent>[]): Outcome {
  const { empty, step } = stream(specOf(window));
  let state = empty();
  const outcome: Outcome = { panes: [], late: [], watermarks: [], expected: [], expectedLate: new Set() };
  const counted = new Map<string, number>();
  for (const input of inputs) {
    for (const event of 'events' in input ? input.events : []) {
      const open = windowsAt(window.windowing!, event.time).filter(
        ([start]) => !outcome.panes.some(pane => pane.final && pane.start === start),
      );
      if (open.length === 0) outcome.expectedLate.add(event.bit);
      for (const [start, end] of open) {
        const name = `${event.key} ${start + 0} ${end + 0}`;
        counted.set(name, (counted.get(name) ?? 0) + event.bit);
      }
    }
    const made = step(state, input);
    state = made.state;
    outcome.panes.push(...made.panes);
    outcome.late.push(...made.late);
    outcome.watermarks.push(watermarkAt(state.watermark, input.now) ?? Number.NEGATIVE_INFINITY);
  }
  outcome.expected.push(...[...counted].map(([name, bits]) => `${name} ${bits}`).sort());
  return outcome;
}

/** Of sessions and of all time: what stands for the window when it closes. */
function windowsAt(windowing: Windowing, time: number): [start: number, end: number][] {
  if (windowing.kind === 'global') return [[-1, -1]];
  const size = windowing.kind === 'session' ? windowing.gap : windowing.size;
  const slide = windowing.kind === 'sliding' ? windowing.slide : size;
  return windowsByForce({ kind: 'sliding', size, slide }, [{ time } as TestEvent]);
}

/** The events in another order, in batches of some sizes, with looks at the clock between them. */
function dealt(list: readonly TestEvent[]) {
  const shuffled = fc.shuffledSubarray([...list], { minLength: list.length });
  const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 3 })), {
    minLength: 40,
    maxLength: 40,
  });
  return fc.tuple(shuffled, sizes).map(([order, cuts]) => {
    const batches: { readonly events: TestEvent[]; readonly looks: number }[] = [];
    let from = 0;
    for (const [size, looks] of cuts) {
      if (from < order.length) batches.push({ events: order.slice(from, from + size), looks });
      from += size;
    }
    return batches;
  });
}

/** By source, the second of which may be an upload; every look is a bit later than the one before. */
function asLive(
  batches: readonly { readonly events: TestEvent[]; readonly looks: number }[],
  wait: number,
  second = live,
) {
  let now = 0;
  const inputs: StreamInput<TestEvent>[] = [];
  for (const { events, looks } of batches) {
    for (const source of ['x', 'y']) {
      const own = events.filter(event => event.source === source);
      if (own.length > 0) inputs.push((source === 'x' ? live : second)(now, own, source));
    }
    for (let look = 0; look < looks; look++) {
      now += wait;
      inputs.push(clock(now));
    }
  }
  return { inputs, now };
}

describe.each(WINDOWINGS.map(windowing => [JSON.stringify(windowing), windowing] as const))(
  'windows %s',
  (_name, windowing) => {
    it('of an upload come to what sorting comes to, in whatever order, batches and looks', () => {
      fc.assert(
        fc.property(
          events.chain(list => fc.tuple(fc.constant(list), dealt(list))),
          ([list, batches]) => {
            const inputs = batches.flatMap(({ events, looks }) => [
              upload(0, events),
              ...Array.from({ length: looks }, () => clock(0)),
            ]);
            const { panes, late } = run({ windowing }, [...inputs, done(1), clock(2), clock(LONG)]);
            expect(late).toEqual([]);
            expect(resultsOf(windowing, panes)).toEqual(bruteForce(windowing, list));
          },
        ),
        { numRuns: RUNS },
      );
    });

    it('of live events come to the same where the lateness spans their disorder', () => {
      fc.assert(
        fc.property(
          events.chain(list =>
            fc.tuple(fc.constant(list), dealt(list), fc.integer({ min: 0, max: IDLE_MS })),
          ),
          ([list, batches, wait]) => {
            const { inputs, now } = asLive(batches, wait);
            const ended = [...inputs, clock(now + IDLE_MS + 10_000)];
            const { panes, late } = run({ windowing, lateness: LONG }, ended);
            expect(late).toEqual([]);
            expect(resultsOf(windowing, panes)).toEqual(bruteForce(windowing, list));
          },
        ),
        { numRuns: RUNS },
      );
    });

    it('hold together with the late output every event exactly once, however late it comes', () => {
      fc.assert(
        fc.property(
          events.chain(list =>
            fc.tuple(
              fc.constant(list),
              dealt(list),
              fc.integer({ min: 0, max: IDLE_MS }),
              fc.integer({ min: 0, max: 40 }),
              fc.constantFrom(live, upload),
            ),
          ),
          ([list, batches, wait, lateness, second]) => {
            const { inputs, now } = asLive(batches, wait, second);
            const ended = [...inputs, done(now, 'y'), clock(now), clock(now + LONG)];
            const outcome = run({ windowing, lateness }, ended);
            const late = new Set(outcome.late.map(({ event }) => event.bit));
            expect(late.size).toBe(outcome.late.length);
            const counted = list.filter(({ bit }) => !late.has(bit));
            if (windowing.kind === 'tumbling' || windowing.kind === 'sliding') {
              expect(resultsOf(windowing, outcome.panes)).toEqual(outcome.expected);
            } else {
              const sums = resultsOf(windowing, outcome.panes).map(line => Number(line.split(' ')[3]));
              expect(sums.reduce((sum, bits) => sum + bits, 0)).toBe(
                counted.reduce((sum, { bit }) => sum + bit, 0),
              );
            }
            // A slice in which no session ended closes unseen.
            if (windowing.kind !== 'session') expect(outcome.expectedLate).toEqual(late);
          },
        ),
        { numRuns: RUNS },
      );
    });

    it('are shown in the order of their numbers: early, on time once, late, the last one final', () => {
      fc.assert(
        fc.property(
          events.chain(dealt),
          fc.integer({ min: 0, max: IDLE_MS }),
          fc.constantFrom(undefined, {}, { count: 3 }, { every: 1000 }),
          (batches, wait, early) => {
            const { inputs, now } = asLive(batches, wait);
            const { panes, watermarks } = run({ windowing, lateness: 30, early }, [
              ...inputs,
              clock(now + LONG),
            ]);
            for (const start of new Set(panes.map(pane => pane.start))) {
              const own = panes.filter(pane => pane.start === start);
              expect(own.map(({ index }) => index)).toEqual(own.map((_, at) => at));
              expect(own.map(({ timing }) => timing[0]).join('')).toMatch(/^e*(o+l*)?$/);
              const finals = own.filter(({ final }) => final);
              expect(finals).toEqual(windowing.kind === 'global' ? [] : own.slice(-1));
            }
            expect(watermarks).toEqual([...watermarks].sort((a, b) => a - b));
          },
        ),
        { numRuns: RUNS },
      );
    });
  },
);

describe('discarding panes', () => {
  it.each(WINDOWINGS.filter(({ kind }) => kind === 'tumbling' || kind === 'global'))(
    'of a $kind window add up to what accumulating ones end with',
    windowing => {
      fc.assert(
        fc.property(events.chain(dealt), fc.integer({ min: 0, max: IDLE_MS }), (batches, wait) => {
          const { inputs, now } = asLive(batches, wait);
          const all = [...inputs, clock(now + LONG)];
          const sums = new Map<string, number>();
          for (const { start, groups } of run({ windowing, panes: 'discarding', lateness: 20 }, all).panes) {
            for (const [key, { measures }] of groups) {
              const name = `${key} ${start}`;
              sums.set(name, (sums.get(name) ?? 0) + bitsOf(measures));
            }
          }
          const whole = resultsOf(windowing, run({ windowing, lateness: 20 }, all).panes).map(line => {
            const [key, start, , bits] = line.split(' ');
            return [`${key} ${start}`, Number(bits)];
          });
          expect(sums).toEqual(new Map(whole as [string, number][]));
        }),
        { numRuns: RUNS },
      );
    },
  );
});
