import { createProgress } from '../../../cli/progress.ts';
import { stream } from '../../../shared/streams/engine/engine.ts';
import type { StreamSpec } from '../../../shared/streams/engine/spec.ts';
import { planOf } from '../../../shared/streams/measures.ts';
import type { Windowing } from '../../../shared/streams/slices.ts';
import { millisOfText } from '../../../shared/streams/time.ts';
import { lineOf, type Reading, readings } from './events.ts';

const BATCH = 500;
/** Somebody looks at the clock so often, by the time of the events: as tick does. */
const LOOK_MS = 60_000;
const KEYS = 10_000;
const FEW_KEYS = 1000;
const MINUTE_MS = 60_000;
const READ_BYTES = 64 * 1024;
const ROUNDS = 5;
/** As many lines as are in memory at once. */
const LINES = 200_000;

/** Events/s of one core, by what they are counted into; the median of some rounds. */
export type CoreRates = Readonly<Record<string, number>>;

const WINDOWS: Readonly<Record<string, Windowing>> = {
  'tumbling, 10 minutes': { kind: 'tumbling', size: 10 * MINUTE_MS },
  'sliding, 10 minutes every minute': { kind: 'sliding', size: 10 * MINUTE_MS, slide: MINUTE_MS },
  'sessions, a gap of 1 minute': { kind: 'session', gap: MINUTE_MS },
  global: { kind: 'global' },
};

const PARSING = 'JSON.parse alone';
const fromBytes = (keys: number): string => `bytes to tumbling, 10 minutes, ${keys} keys`;

/** The engine over parsed events: counts by key, every pane of it taken. @throws Error where a count is wrong */
export function coreRates(count: number): CoreRates {
  const events = readings(count, KEYS);
  const batches: Reading[][] = [];
  for (let at = 0; at < count; at += BATCH) batches.push(events.slice(at, at + BATCH));
  return rounds('Counting', WINDOWS, windowing => {
    const began = performance.now();
    const counted = countAll(
      specOf<Reading>(
        windowing,
        reading => reading.time,
        reading => reading.key,
      ),
      batches,
    );
    const seconds = (performance.now() - began) / 1000;
    check(windowing, counted, count);
    return count / seconds;
  });
}

/** The same from the bytes of NDJSON, by few keys and by many, and what JSON.parse alone takes for such lines. */
export function byteRates(count: number): CoreRates {
  const windowing: Windowing = { kind: 'tumbling', size: 10 * MINUTE_MS };
  const linesOf = (keys: number): string[] => readings(Math.min(count, LINES), keys).map(lineOf);
  const spec = specOf<Event>(
    windowing,
    event => millisOfText(event.time),
    event => event.partitionkey,
  );
  const lines = linesOf(KEYS);
  const parse = (): void => {
    for (const line of lines) JSON.parse(line);
  };
  const whole = (bytes: Buffer) => (): void =>
    check(windowing, countAll(spec, batchesOf(bytes)), lines.length);
  const kinds = {
    [PARSING]: parse,
    ...Object.fromEntries(
      [FEW_KEYS, KEYS].map(keys => [fromBytes(keys), whole(Buffer.from(linesOf(keys).join('\n')))]),
    ),
  };
  return rounds('Parsing', kinds, work => {
    const began = performance.now();
    work();
    return (lines.length * 1000) / (performance.now() - began);
  });
}

/** The share of what parsing alone reaches, by the number of keys. */
export function sharesOfParsing(rates: CoreRates): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [FEW_KEYS, KEYS].map(keys => [fromBytes(keys), rates[fromBytes(keys)]! / rates[PARSING]!]),
  );
}

interface Event {
  readonly source: string;
  readonly id: string;
  readonly time: string;
  readonly partitionkey: string;
}

/** Whole lines of a buffer, parsed, as many as a read of a file brings. */
function* batchesOf(bytes: Buffer): Generator<Event[]> {
  for (let from = 0; from < bytes.length; ) {
    const within = from + READ_BYTES;
    const end = within < bytes.length ? bytes.lastIndexOf(10, within) : bytes.length;
    const lines = bytes.toString('utf8', from, end).split('\n');
    yield lines.map(line => JSON.parse(line) as Event);
    from = end + 1;
  }
}

function specOf<E extends { readonly source: string; readonly id: string }>(
  windowing: Windowing,
  time: (event: E) => number,
  key: (event: E) => string,
): StreamSpec<E> {
  return {
    time,
    data: event => event as unknown as Record<string, unknown>,
    identity: event => event,
    maximalSkew: Number.POSITIVE_INFINITY,
    windows: [
      {
        name: 'bench',
        windowing,
        lateness: MINUTE_MS,
        retention: 0,
        key,
        plan: planOf([]),
        panes: 'accumulating',
        // Complete windows only; all of time never is.
        early: windowing.kind === 'global' ? undefined : {},
      },
    ],
  };
}

/** @returns how many events the last panes say there were */
function countAll<E>(spec: StreamSpec<E>, batches: Iterable<readonly E[]>): number {
  const { empty, step } = stream(spec);
  const last = new Map<number, number>();
  let state = empty();
  let now = Number.NEGATIVE_INFINITY;
  const look = (at: number): void => {
    const { state: after, panes } = step(state, { kind: 'clock', now: at });
    state = after;
    for (const { start, groups } of panes) {
      let count = 0;
      for (const group of groups.values()) count += group.count;
      last.set(start, count);
    }
  };
  let next = Number.NEGATIVE_INFINITY;
  for (const events of batches) {
    now = Math.max(now, spec.time(events.at(-1)!));
    state = step(state, { kind: 'live', now, source: 'bench', events }).state;
    if (now < next) continue;
    next = now + LOOK_MS;
    look(now);
  }
  // Sources have fallen silent for good.
  look(now + 24 * 3600_000);
  return [...last.values()].reduce((sum, count) => sum + count, 0);
}

function check(windowing: Windowing, counted: number, events: number): void {
  const each = windowing.kind === 'sliding' ? windowing.size / windowing.slide : 1;
  if (counted !== events * each)
    throw new Error(`Wrong results: ${counted} instead of ${events * each} in ${windowing.kind}`);
}

/** In turns, so that a machine that is slow for a while is slow for all; the first round warms up. */
function rounds<T>(
  label: string,
  kinds: Readonly<Record<string, T>>,
  measure: (kind: T) => number,
): CoreRates {
  const progress = createProgress(label);
  const names = Object.keys(kinds);
  const rates = new Map<string, number[]>(names.map(name => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [at, name] of names.entries()) {
      progress.update((round * names.length + at) / ((ROUNDS + 1) * names.length), name);
      const rate = measure(kinds[name]!);
      if (round > 0) rates.get(name)!.push(rate);
    }
  }
  progress.done();
  return Object.fromEntries(names.map(name => [name, median(rates.get(name)!)]));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
