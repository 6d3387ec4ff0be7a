import { describe, expect, it } from 'vitest';
import { encodeState } from '../state.ts';
import { IDLE_MS } from '../watermark.ts';
import { type StreamStep, stream } from './engine.ts';
import type { StreamInput, StreamSpec } from './spec.ts';
import { clock, done, eventsAt, lineOf, live, specOf, type TestEvent, upload } from './testing.ts';

/** Runs inputs one after the other. @returns what each of them showed, and all that was late or of the future */
function run(spec: StreamSpec<TestEvent>, ...inputs: readonly StreamInput<TestEvent>[]) {
  const { empty, step } = stream(spec);
  let state = empty();
  const steps: StreamStep<TestEvent>[] = [];
  for (const input of inputs) {
    const made = step(state, input);
    state = made.state;
    steps.push(made);
  }
  return {
    shown: steps.map(({ panes }) => panes.map(lineOf)),
    late: steps.flatMap(({ late }) => late.map(({ event, start }) => `${event.bit} in ${start}`)),
    future: steps.flatMap(({ future }) => future.map(({ time }) => time)),
    state,
  };
}

describe('a tumbling window', () => {
  it('is early, on time when the watermark reaches its end, late while it may be, and closes after its lateness', () => {
    const [a, b, c, d, e] = eventsAt(10, 59, 60, 20, 80);
    const { shown, late } = run(
      specOf({ lateness: 20 }),
      live(1, [a!]),
      clock(1),
      live(2, [b!]),
      clock(2),
      live(3, [c!]),
      clock(3),
      live(4, [d!]),
      clock(4),
      clock(5),
      live(6, [e!]),
      clock(6),
      live(7, [d!]),
      clock(7),
    );
    expect(shown.flat()).toEqual([
      '0 0 early a:1',
      '0 1 early a:3',
      '0 2 onTime a:3',
      '60 0 early a:4',
      '0 3 late a:11',
      '0 4 late final a:11',
      '60 1 early a:20',
    ]);
    expect(late).toEqual(['8 in 0']);
  });
});

it('a filter says which events count; the others move the watermark, and are not late', () => {
  const [a, b, c, d] = eventsAt(10, 20, 70, 30);
  const { shown, late } = run(
    specOf({ filter: ({ bit }, time) => bit !== 2 && time < 60 }),
    live(1, [a!, b!]),
    clock(1),
    live(2, [c!]),
    clock(2),
    live(3, [b!, d!]),
    clock(3),
  );
  expect(shown.flat()).toEqual(['0 0 early a:1', '0 1 onTime final a:1']);
  expect(late).toEqual(['8 in 0']);
});

describe('sources', () => {
  it('hold the watermark back as long as they are heard of, and no longer', () => {
    const [a, b, c] = eventsAt(10, 70, 75);
    const { shown } = run(
      specOf({ early: {} }),
      live(0, [a!], 'slow'),
      live(0, [b!], 'fast'),
      clock(0),
      live(IDLE_MS, [c!], 'fast'),
      clock(IDLE_MS),
      clock(IDLE_MS + 1),
    );
    expect(shown.slice(2)).toEqual([[], [], [], ['0 0 onTime final a:1']]);
  });

  it('that are uploads count in any order, newest first too, and neither move nor wait for the watermark', () => {
    const [x, ...old] = eventsAt(1_000_000, 500, 400, 130, 10);
    const { shown, late } = run(
      specOf({ early: {} }),
      live(0, [x!]),
      upload(1, old),
      clock(2),
      done(3),
      clock(4),
      clock(1001),
    );
    expect(late).toEqual([]);
    expect(shown[2]).toEqual([]);
    expect(shown[4]).toEqual(['0 0 onTime a:16', '120 0 onTime a:8', '360 0 onTime a:4', '480 0 onTime a:2']);
    expect(shown[5]).toEqual([0, 120, 360, 480].map((start, at) => `${start} 1 onTime final a:${16 >> at}`));
  });

  it('that are uploads reopen what is retained, and come late after that', () => {
    const [a, b, c] = eventsAt(10, 20, 30);
    const { shown, late } = run(
      specOf({}),
      upload(0, [a!]),
      done(0),
      clock(1),
      upload(500, [b!], 'second'),
      done(500, 'second'),
      clock(501),
      clock(1501),
      upload(1502, [c!], 'third'),
      done(1502, 'third'),
      clock(9999),
    );
    expect(shown.flat()).toEqual(['0 0 onTime a:1', '0 1 late a:3', '0 2 late final a:3']);
    expect(late).toEqual(['4 in 0']);
  });
});

describe('what lies in the far future', () => {
  it('comes out by itself, counts nowhere, and leaves the watermark where it is', () => {
    const spec = { ...specOf({}), maximalSkew: 50 };
    const [a, far, b] = eventsAt(10, 5000, 20);
    const { shown, future, state } = run(spec, live(100, [a!, far!, b!]), clock(100));
    expect(future).toEqual([5000]);
    expect(shown.flat()).toEqual(['0 0 early a:5']);
    expect(state.watermark.sources).toEqual({
      [Object.keys(state.watermark.sources)[0]!]: { time: 20, seen: 100 },
    });
  });

  it('is told from what has no time at all, which is a mistake of the caller', () => {
    expect(() => run(specOf({}), live(0, eventsAt(Number.NaN)))).toThrow('An event has no time');
  });
});

describe('early panes', () => {
  it('come as soon as enough events wait, without a look at the clock', () => {
    const events = eventsAt(1, 2, 3, 4, 5);
    const { shown } = run(
      specOf({ early: { count: 2 } }),
      ...events.map((event, at) => live(at, [event])),
      clock(9),
    );
    expect(shown.flat()).toEqual(['0 0 early a:3', '0 1 early a:15']);
  });

  it('come at the first look after their time', () => {
    const [a, b] = eventsAt(1, 2);
    const { shown } = run(
      specOf({ early: { every: 10 } }),
      live(0, [a!]),
      clock(9),
      live(9, [b!]),
      clock(10),
      clock(11),
      clock(99),
    );
    expect(shown.flat()).toEqual(['0 0 early a:3']);
  });
});

describe('discarding panes', () => {
  it('say what is new, and add up to the whole', () => {
    const [a, b, c] = eventsAt(10, 20, 70);
    const { shown } = run(
      specOf({ panes: 'discarding', lateness: 5 }),
      live(0, [a!]),
      clock(0),
      live(1, [b!]),
      clock(1),
      live(2, [c!]),
      clock(2),
    );
    expect(shown.flat()).toEqual(['0 0 early a:1', '0 1 early a:2', '0 2 onTime final', '60 0 early a:4']);
  });

  it('are refused where slices are shown more than once', () => {
    const windowing = { kind: 'session', gap: 5 } as const;
    expect(() => stream(specOf({ windowing, panes: 'discarding' }))).toThrow(
      'w is session, which cannot discard',
    );
  });
});

describe('the global window', () => {
  it('is shown early for ever', () => {
    const [a, b] = eventsAt(10, 1e12);
    const windowing = { kind: 'global' } as const;
    const { shown } = run(specOf({ windowing }), live(0, [a!]), clock(0), live(1, [b!]), clock(1e13));
    expect(shown.flat().map(line => line.slice(line.indexOf(' ') + 1))).toEqual([
      '0 early a:1',
      '1 early a:3',
    ]);
  });
});

describe('sliding windows', () => {
  it('close in their order: one waits for another that an open upload has fed', () => {
    const [old, now, far] = eventsAt(10, 30, 10_000);
    const spec = specOf({ windowing: { kind: 'sliding', size: 40, slide: 20 }, early: {}, retention: 0 });
    const { shown } = run(spec, upload(0, [old!]), live(0, [now!, far!]), clock(0), done(1), clock(1));
    expect(shown[2]).toEqual(['0 0 onTime a:3', '20 0 onTime a:2']);
    expect(shown[4]).toEqual(['-20 0 onTime final a:1', '0 1 onTime final a:3', '20 1 onTime final a:2']);
  });
});

describe('sessions', () => {
  const spec = specOf({ windowing: { kind: 'session', gap: 60 }, early: {}, lateness: 500 });

  it('that have been shown merge when an event comes between them', () => {
    const [a, b, between, far] = eventsAt(10, 100, 55, 300);
    const { shown } = run(spec, live(0, [a!, b!, far!]), clock(0), live(1, [between!]), clock(1));
    // The first ended in the slice from 60, the second in that from 120; together they end where the second did.
    expect(shown[1]).toEqual(['60 0 onTime a:1', '120 0 onTime a:2']);
    expect(shown[3]).toEqual(['60 1 late', '120 1 late a:7']);
  });

  it('leave alone what they do not change', () => {
    // One from 10 to 165, and a late one of another key that ends in the slice from 60.
    const [a, b, c, far, other] = eventsAt(10, 65, 105, 300, 20);
    const { shown } = run(
      spec,
      live(0, [a!, b!, c!, far!]),
      clock(0),
      live(1, [{ ...other!, key: 'b' }]),
      clock(1),
    );
    expect(shown[1]!.at(-1)).toBe('120 0 onTime a:7');
    expect(shown[3]).toEqual(['60 0 onTime b:16']);
  });

  it('stay open while an upload may yet carry something into them', () => {
    const [old, now, far] = eventsAt(10, 70, 10_000);
    const { shown } = run(
      spec,
      upload(0, [old!]),
      live(0, [now!, far!]),
      clock(0),
      done(1),
      clock(1),
      clock(1001),
    );
    expect(shown[2]).toEqual(['120 0 onTime a:2']);
    expect(shown[4]).toEqual(['60 0 onTime a:1']);
    expect(shown[5]).toEqual(['60 1 onTime final a:1', '120 1 onTime final a:2']);
  });

  it('close slice by slice, each after the one before it', () => {
    const [a, far] = eventsAt(10, 10_000);
    const { shown, state } = run(spec, live(0, [a!, far!]), clock(0));
    expect(shown[1]).toEqual(['60 0 onTime final a:1']);
    expect([...state.tables[0]!.slices.keys()]).toEqual([9960]);
  });
});

describe('the state', () => {
  it('of a pane stays as it was shown when more events come', () => {
    const { empty, step } = stream(specOf({ windowing: { kind: 'sliding', size: 60, slide: 20 } }));
    const [a, b] = eventsAt(10, 11);
    const first = step(step(empty(), live(0, [a!])).state, clock(0));
    const bytes = first.panes.map(({ groups }) => encodeState(groups));
    step(step(first.state, live(1, [b!])).state, clock(1));
    expect(first.panes.map(({ groups }) => encodeState(groups))).toEqual(bytes);
  });
});
