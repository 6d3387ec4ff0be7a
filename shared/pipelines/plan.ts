import { type EventCondition, eventCondition, keyCondition } from '../expressions/expression.ts';
import type { Aggregation } from '../streams/aggregations/spec.ts';
import { type Plan, planOf, type Read } from '../streams/measures.ts';
import type { Showing } from '../streams/showing.ts';
import { readerOf } from './path.ts';
import type { WindowSpec } from './pipeline.ts';

const plans = new WeakMap<WindowSpec, Plan>();

/** What a window measures of each event, made once a window. */
export function windowPlan(spec: WindowSpec): Plan {
  const known = plans.get(spec);
  if (known) return known;
  const values = Object.entries(spec.values).map(
    ([name, path]): Measured => [name, { of: 'statistics' }, readerOf(path)],
  );
  const measures = Object.entries(spec.measures ?? {}).map(
    ([name, { path, ...aggregation }]): Measured => [name, aggregation, path ? readerOf(path) : ONE],
  );
  const plan = planOf([...values, ...measures]);
  plans.set(spec, plan);
  return plan;
}

type Measured = readonly [name: string, aggregation: Aggregation, read: Read];

const ONE = (): number => 1;

/** Whether a window counts an event; undefined where it counts all. */
export function windowFilter({ filter }: WindowSpec): EventCondition | undefined {
  return filter === undefined ? undefined : eventCondition(filter);
}

/** Which keys results of a window show. */
export function windowShowing({ having, top }: Pick<WindowSpec, 'having' | 'top'>): Showing {
  return { ...(having !== undefined && { having: keyCondition(having) }), ...(top && { top }) };
}
