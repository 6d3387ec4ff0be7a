import { type Plan, planOf } from '../streams/measures.ts';
import { readerOf } from './path.ts';
import type { WindowSpec } from './pipeline.ts';

const plans = new WeakMap<WindowSpec, Plan>();

/** What a window measures of each event, made once a window. */
export function windowPlan(spec: WindowSpec): Plan {
  const known = plans.get(spec);
  if (known) return known;
  const plan = planOf(
    Object.entries(spec.values).map(([name, path]) => [name, { of: 'statistics' }, readerOf(path)]),
  );
  plans.set(spec, plan);
  return plan;
}
