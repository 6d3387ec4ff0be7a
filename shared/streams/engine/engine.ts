import { addToSession } from '../sessions.ts';
import { sliceOf } from '../slices.ts';
import { addEvent } from '../state.ts';
import { advanceWatermark, NO_WATERMARK, slotOf, type Watermark, watermarkAt } from '../watermark.ts';
import { lookAtAll, lookAtFull } from './look.ts';
import type { LateEvent, StreamInput, StreamPane, StreamSpec, StreamWindow } from './spec.ts';
import { emptyTable, type OpenSlice, openSlice, type Table, touch } from './table.ts';

/** All that is remembered of a stream. A step uses it up: go on with the one that it returns. */
export interface StreamState {
  readonly watermark: Watermark;
  /** Uploads that are open. */
  readonly uploads: ReadonlySet<string>;
  /** One for each window of the spec. */
  readonly tables: readonly Table[];
}

/** What comes of a step. */
export interface StreamStep<Event> {
  readonly state: StreamState;
  /** Of each window of the spec in turn, in the order of their starts. */
  readonly panes: readonly StreamPane[];
  readonly late: readonly LateEvent<Event>[];
  /** Events from beyond the skew, which neither count nor move the watermark. */
  readonly future: readonly Event[];
}

export interface Stream<Event> {
  readonly empty: () => StreamState;
  /** @throws TypeError for an event whose time is no number; the state is then of no use any more */
  readonly step: (state: StreamState, input: StreamInput<Event>) => StreamStep<Event>;
}

/**
 * Windows over a stream of events, in memory: the same slices, sessions, watermarks and decisions as the steps `aggregate`
 * and `tick`, which keep them in Firestore. As there, events are counted when they come, and panes are shown when somebody
 * looks at the clock; only an early pane by count is shown with the events that fill it. It knows no clock and no store: what happens depends on its inputs alone. It
 * counts whatever it is given: that no batch comes twice is the caller's to see to, by a ledger that is written together
 * with the state.
 * @throws RangeError for windows that cannot be (`sliceLength`), and for discarding panes of windows that share slices
 */
export function stream<Event>(spec: StreamSpec<Event>): Stream<Event> {
  for (const { name, windowing, panes } of spec.windows) {
    if (panes === 'discarding' && (windowing.kind === 'sliding' || windowing.kind === 'session')) {
      throw new RangeError(
        `${name} is ${windowing.kind}, which cannot discard: its slices are shown more than once. Only tumbling and global windows can.`,
      );
    }
  }
  return {
    empty: () => ({
      watermark: NO_WATERMARK,
      uploads: new Set(),
      tables: spec.windows.map(() => emptyTable()),
    }),
    step: (state, input) => step(spec, state, input),
  };
}

function step<Event>(
  spec: StreamSpec<Event>,
  before: StreamState,
  input: StreamInput<Event>,
): StreamStep<Event> {
  const { now } = input;
  const panes: StreamPane[] = [];
  const late: LateEvent<Event>[] = [];
  const counted = 'events' in input ? take(spec, input.events, now) : NO_EVENTS;
  const { latest } = counted;
  const watermark =
    input.kind === 'live' && latest !== undefined
      ? advanceWatermark(before.watermark, { [slotOf(input.source)]: { time: latest, seen: now } }, now)
      : before.watermark;
  const uploads = new Set(before.uploads);
  if (input.kind === 'upload') uploads.add(input.upload);
  if (input.kind === 'done') uploads.delete(input.upload);
  const moment = { watermark: watermarkAt(watermark, now), uploadsOpen: uploads.size > 0, now };
  const look = input.kind === 'clock' ? lookAtAll : lookAtFull;
  for (const [at, window] of spec.windows.entries()) {
    const table = before.tables[at]!;
    count(spec, window, table, counted, input.kind === 'live', now, late);
    look(table, window, moment, panes);
  }
  return { state: { watermark, uploads, tables: before.tables }, panes, late, future: counted.future };
}

/** Events with their times, those of the far future apart. */
interface Taken<Event> {
  readonly events: readonly Event[];
  readonly times: Float64Array;
  readonly latest: number | undefined;
  readonly future: readonly Event[];
}

const NO_EVENTS: Taken<never> = { events: [], times: new Float64Array(), latest: undefined, future: [] };

function take<Event>(spec: StreamSpec<Event>, events: readonly Event[], now: number): Taken<Event> {
  const furthest = now + spec.maximalSkew;
  const times = new Float64Array(events.length);
  let latest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < events.length; at++) {
    const time = spec.time(events[at]!);
    // Also where it is no number.
    if (!(time <= furthest)) return takeSome(spec, events, now);
    if (time > latest) latest = time;
    times[at] = time;
  }
  return { events, times, latest: events.length > 0 ? latest : undefined, future: [] };
}

function takeSome<Event>(spec: StreamSpec<Event>, events: readonly Event[], now: number): Taken<Event> {
  const future: Event[] = [];
  const kept = events.filter(event => {
    const time = spec.time(event);
    if (Number.isNaN(time))
      throw new TypeError('An event has no time. Reject such ones before they come here.');
    if (time <= now + spec.maximalSkew) return true;
    future.push(event);
    return false;
  });
  return { ...take(spec, kept, now), future };
}

/** Counts events into the slices of one window. */
function count<Event>(
  { data, identity }: StreamSpec<Event>,
  { name, windowing, filter, key, plan }: StreamWindow<Event>,
  table: Table,
  { events, times }: Taken<Event>,
  live: boolean,
  now: number,
  late: LateEvent<Event>[],
): void {
  const add = windowing.kind === 'session' ? addToSession : addEvent;
  // Events mostly fall where the one before them fell.
  let slice: OpenSlice | undefined;
  for (let at = 0; at < events.length; at++) {
    const event = events[at]!;
    const time = times[at]!;
    if (filter !== undefined && !filter(event, time)) continue;
    if (slice === undefined || time < slice.start || time >= slice.end) {
      slice = openSlice(table, windowing, time);
      if (!slice) {
        late.push({ event, window: name, start: sliceOf(windowing, time).start });
        continue;
      }
      touch(table, slice, live, !live, now);
    }
    add(slice.state, plan, key(event), data(event), time, identity(event));
    slice.revision++;
  }
}
