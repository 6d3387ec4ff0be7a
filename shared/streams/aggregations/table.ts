import type { Accumulator } from './accumulator.ts';
import type { Aggregation } from './spec.ts';
import { statistics } from './statistics.ts';

/** Every aggregation there is, by its name. */
const TABLE: {
  readonly [Of in Aggregation['of']]: (
    parameters: Extract<Aggregation, { readonly of: Of }>,
  ) => Accumulator<unknown>;
} = {
  statistics: () => statistics,
};

/** @throws Error for state that a later release has written */
export function accumulatorOf(aggregation: Aggregation): Accumulator<unknown> {
  const make = TABLE[aggregation.of] as ((parameters: Aggregation) => Accumulator<unknown>) | undefined;
  if (make) return make(aggregation);
  throw new Error(
    `There is no aggregation "${aggregation.of}" in this release; it has ${Object.keys(TABLE).join(', ')}. Deploy the later one.`,
  );
}
