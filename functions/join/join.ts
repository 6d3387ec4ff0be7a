import type { PipelineEvent, RawEvent } from '../../shared/batches/batch.ts';
import { idOf } from '../../shared/ids/ids.ts';
import type { KeyedProcess, KeyTimer, Now } from '../../shared/keyed/process.ts';
import type { IntervalJoin } from '../../shared/pipelines/pipeline.ts';

/** An event that waits for others. */
export interface Waiting {
  /** Of source and id. */
  readonly id: string;
  /** ms since the epoch. */
  readonly time: number;
  readonly data: Readonly<Record<string, unknown>>;
  /** Has found one already. */
  readonly matched?: true;
  /** When it has waited long enough, ms: by the watermark, for a live event, and by the clock. */
  readonly until: { readonly event?: number; readonly processing: number };
}

export interface Sides {
  readonly left: readonly Waiting[];
  readonly right: readonly Waiting[];
}

const NONE: Sides = { left: [], right: [] };

/**
 * An interval join of one key, as Flink's
 * ({@link https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/datastream/operators/joining/#interval-join}).
 *
 * | an event | what happens |
 * |---|---|
 * | is there already | nothing, whichever batch brought it again |
 * | lies further behind the watermark than the lateness | it is refused as late |
 * | else | it makes a record with each event of the other side within the interval, and waits for more |
 *
 * A live event has waited long enough once the watermark of both pipelines lies so far behind it that whatever it could
 * match is late, at last after the retention by the clock; one of an upload after the retention. A left event that goes
 * without having found any is told then, where the join keeps such.
 */
export function intervalJoin(spec: IntervalJoin): KeyedProcess<Sides, RawEvent> {
  return (key, state = NONE, input, now) => {
    if ('timer' in input) return expire(spec, key, state, input.timer, now);
    const { event, pipeline, live } = input;
    const side = pipeline === spec.left ? 'left' : 'right';
    const id = idOf(event.source, event.id);
    const time = Date.parse(event.time);
    if (state[side].some(one => one.id === id)) return outcome(state, []);
    if (live && now.watermark !== undefined && time + spec.lateness * 1000 < now.watermark) {
      return { refused: lateness(spec, event, now.watermark) };
    }
    const other = side === 'left' ? 'right' : 'left';
    const found = state[other].filter(one =>
      side === 'left' ? within(spec, time, one.time) : within(spec, one.time, time),
    );
    const entry: Waiting = {
      id,
      time,
      data: event.data,
      ...(found.length > 0 && { matched: true }),
      until: untilOf(spec, side, time, input, now),
    };
    const ids = new Set(found.map(one => one.id));
    const others =
      found.length === 0
        ? state[other]
        : state[other].map(one => (ids.has(one.id) ? { ...one, matched: true as const } : one));
    const sides: Sides =
      side === 'left'
        ? { left: [...state.left, entry], right: others }
        : { left: others, right: [...state.right, entry] };
    return outcome(
      sides,
      found.map(one => (side === 'left' ? joined(spec, key, entry, one) : joined(spec, key, one, entry))),
    );
  };
}

function within({ before, after }: IntervalJoin, left: number, right: number): boolean {
  return right >= left - before * 1000 && right <= left + after * 1000;
}

/** A right event looks as far back as a left one looks ahead. */
function untilOf(
  { before, after, lateness, retention }: IntervalJoin,
  side: keyof Sides,
  time: number,
  { live }: { readonly live: boolean },
  { clock }: Now,
): Waiting['until'] {
  const reach = side === 'left' ? after : before;
  return {
    ...(live && { event: time + (reach + lateness) * 1000 + 1 }),
    processing: clock + retention * 1000,
  };
}

function expire(
  spec: IntervalJoin,
  key: string,
  { left, right }: Sides,
  { time }: KeyTimer,
  { clock, watermark = Number.NEGATIVE_INFINITY }: Now,
) {
  const over = ({ until }: Waiting): boolean =>
    time === 'event' ? until.event !== undefined && until.event <= watermark : until.processing <= clock;
  const alone = spec.unmatched === 'keep' ? left.filter(one => over(one) && !one.matched) : [];
  return outcome(
    { left: left.filter(one => !over(one)), right: right.filter(one => !over(one)) },
    alone.map(one => joined(spec, key, one, undefined)),
  );
}

/** One timer of each kind is enough: for whoever has waited long enough first. */
function outcome(sides: Sides, emit: readonly RawEvent[]) {
  const waiting = [...sides.left, ...sides.right];
  const event = Math.min(...waiting.map(({ until }) => until.event ?? Number.POSITIVE_INFINITY));
  const processing = Math.min(...waiting.map(({ until }) => until.processing));
  const timers: KeyTimer[] = [
    { time: 'event', at: event },
    { time: 'processing', at: processing },
  ];
  return {
    state: waiting.length > 0 ? sides : undefined,
    timers: timers.filter(({ at }) => at !== Number.POSITIVE_INFINITY),
    emit,
  };
}

/** A record of the join's pipeline, known by those of both sides. */
function joined(spec: IntervalJoin, key: string, left: Waiting, right: Waiting | undefined): RawEvent {
  const time = new Date(Math.max(left.time, right?.time ?? left.time)).toISOString();
  return {
    specversion: '1.0',
    id: idOf(spec.name, left.id, right?.id ?? ''),
    source: `/interval-joins/${spec.name}`,
    type: 'millrace.joined',
    time,
    data: { key, time, [spec.left]: left.data, [spec.right]: right?.data ?? null },
  };
}

function lateness({ name, lateness }: IntervalJoin, event: PipelineEvent, watermark: number): string {
  const reached = new Date(watermark).toISOString();
  return `Late for ${name}: it is of ${event.time}, more than ${lateness} s behind ${reached}, which both sides had come to.`;
}
