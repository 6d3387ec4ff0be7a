import type { EventBatch, PipelineEvent } from '../../shared/batches/batch.ts';
import { statistics } from '../../shared/streams/aggregations/statistics.ts';
import { type Form, formOf } from './forms.ts';
import type { Scenario } from './scenario.ts';

/*
 * What windows must come to, computed from scratch: nothing of the steps in it, no slices, no lanes.
 */

/** An event with what it belongs to by one of its pipeline's windows. */
export interface Placed {
  readonly event: PipelineEvent;
  readonly batch: EventBatch;
  readonly form: Form;
  /** Whether that version of the pipeline measures a value: another definition, so other windows. */
  readonly plain: boolean;
  readonly time: number;
  /** What it is counted once by. */
  readonly id: string;
}

const ALWAYS = Date.parse('0001-01-01T00:00:00.000Z');

export function placedIn({ batches }: Scenario): Placed[] {
  return batches.flatMap(({ batch, pipeline }) =>
    pipeline.windows.flatMap(({ name, values }) => {
      const plain = Object.keys(values).length === 0;
      return batch.events.map(event => {
        const id = `${event.id} in ${name}${plain ? ' (plain)' : ''}`;
        return { event, batch, form: formOf(name), plain, time: Date.parse(event.time), id };
      });
    }),
  );
}

/** One window of one definition. */
export function instanceOf(window: string, start: number, plain: boolean): string {
  return `${window}~${new Date(start).toISOString()}${plain ? ' (plain)' : ''}`;
}

/** Starts of the windows that a moment lies in, in order. Of sessions: of the stretch of a gap's length. */
export function startsAt({ kind, size, slide = size }: Form, time: number): number[] {
  if (kind === 'global') return [ALWAYS];
  const [length, step] = [size * 1000, slide * 1000];
  const starts: number[] = [];
  for (let start = Math.ceil((time - length + 1) / step) * step; start <= time; start += step)
    starts.push(start);
  return starts;
}

/** What a window says of events, by key. */
export function contentOf(events: readonly Placed[]): string {
  return described(
    Object.fromEntries([...byKey(events)].map(([key, own]) => [key, summaryOf(own)] as const)),
  );
}

/** Sessions of events, in any order: of each key those that lie less than a gap apart. */
export function sessionsOf(events: readonly Placed[], gap: number): string[] {
  return [...byKey(events)].flatMap(([key, own]) => {
    const sorted = [...own].sort((a, b) => a.time - b.time);
    const sessions: Placed[][] = [];
    for (const one of sorted) {
      const open = sessions.at(-1);
      if (open && one.time < open.at(-1)!.time + gap) open.push(one);
      else sessions.push([one]);
    }
    return sessions.map(session => {
      const [start, end] = [session[0]!.time, session.at(-1)!.time + gap];
      return described({ key, ...summaryOf(session), start: new Date(start), end: new Date(end) });
    });
  });
}

function summaryOf(events: readonly Placed[]): object {
  if (events[0]!.plain) return { count: events.length };
  const value = statistics.empty();
  for (const { event } of events) statistics.add(value, event.data['value'], 0, event);
  return { count: events.length, value: statistics.show(value, { start: 0, end: 1, latest: 0 }) };
}

function byKey(events: readonly Placed[]): Map<string, Placed[]> {
  const keys = new Map<string, Placed[]>();
  for (const one of events) {
    const key = one.event.partitionkey;
    keys.set(key, [...(keys.get(key) ?? []), one]);
  }
  return keys;
}

/** Equal values, equal text. */
export function described(value: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}
