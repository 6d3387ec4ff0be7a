import type { Accumulator } from './accumulator.ts';
import { first, last } from './chosen.ts';
import { decay } from './decay.ts';
import { distinct } from './distinct.ts';
import { histogram } from './histogram.ts';
import { quantiles } from './quantiles.ts';
import { rate } from './rate.ts';
import type { Aggregation } from './spec.ts';
import { statistics } from './statistics.ts';
import { top } from './top.ts';
import { variance } from './variance.ts';

/** Every aggregation there is, by its name. */
const TABLE: {
  readonly [Of in Aggregation['of']]: (
    parameters: Extract<Aggregation, { readonly of: Of }>,
  ) => Accumulator<unknown>;
} = {
  statistics: () => statistics,
  variance: () => variance,
  first: () => first,
  last: () => last,
  distinct: () => distinct,
  quantiles: ({ at }) => quantiles(at),
  top: ({ most }) => top(most),
  decay: ({ halfLife }) => decay(halfLife * 1000),
  histogram: ({ bounds }) => histogram(bounds),
  rate: ({ per }) => rate(per * 1000),
};

/** @throws Error for state that a later release has written */
export function accumulatorOf(aggregation: Aggregation): Accumulator<unknown> {
  const make = TABLE[aggregation.of] as ((parameters: Aggregation) => Accumulator<unknown>) | undefined;
  if (make) return make(aggregation);
  throw new Error(
    `There is no aggregation "${aggregation.of}" in this release; it has ${Object.keys(TABLE).join(', ')}. Deploy the later one.`,
  );
}
