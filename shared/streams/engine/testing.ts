import { planOf } from '../measures.ts';
import type { Group } from '../state.ts';
import type { StreamInput, StreamPane, StreamSpec, StreamWindow } from './spec.ts';

/** An event of tests; `bit` is a power of two, so that a sum says which events are in it. */
export interface TestEvent {
  readonly source: string;
  readonly id: string;
  readonly time: number;
  readonly key: string;
  readonly bit: number;
}

export const minutely: StreamWindow<TestEvent> = {
  name: 'w',
  windowing: { kind: 'tumbling', size: 60 },
  lateness: 0,
  retention: 1000,
  key: event => event.key,
  plan: planOf([['bits', { of: 'statistics' }, data => data['bit']]]),
  panes: 'accumulating',
  early: undefined,
};

export function specOf(...windows: readonly Partial<StreamWindow<TestEvent>>[]): StreamSpec<TestEvent> {
  return {
    time: event => event.time,
    data: event => event as unknown as Record<string, unknown>,
    identity: event => event,
    maximalSkew: Number.POSITIVE_INFINITY,
    windows: windows.map(window => ({ ...minutely, ...window })),
  };
}

export function eventsAt(...times: readonly number[]): TestEvent[] {
  return times.map((time, at) => ({ source: 's', id: `${at}`, time, key: 'a', bit: 2 ** at }));
}

export const live = (now: number, events: readonly TestEvent[], source = 's'): StreamInput<TestEvent> => ({
  kind: 'live',
  now,
  source,
  events,
});
export const upload = (now: number, events: readonly TestEvent[], name = 'file'): StreamInput<TestEvent> => ({
  kind: 'upload',
  now,
  upload: name,
  events,
});
export const done = (now: number, name = 'file'): StreamInput<TestEvent> => ({
  kind: 'done',
  now,
  upload: name,
});
export const clock = (now: number): StreamInput<TestEvent> => ({ kind: 'clock', now });

/** `start index timing final key:bits…` */
export function lineOf({ start, index, timing, final, groups }: StreamPane): string {
  const keys = [...groups].map(([key, group]) => `${key}:${bitsOf(group.measures)}`).sort();
  return [`${start}`, `${index}`, timing, ...(final ? ['final'] : []), ...keys].join(' ');
}

/** The sum of the one measure. */
export function bitsOf(measures: Group['measures']): number {
  const { measure, value } = measures[0]!;
  return (measure.accumulator.show(value, { start: 0, end: 1, latest: 0 }) as { sum: number }).sum;
}
