import { nameOf } from './quantiles.ts';
import type { Aggregation } from './spec.ts';

/** What a field of a shown measure holds; one with a `?` is null where there was no value. */
export type FieldType = 'number' | 'number?' | 'scalar?' | 'text?' | 'list';

type Fields = Readonly<Record<string, FieldType>>;

const COUNTS: Fields = { count: 'number', missing: 'number' };
const STATISTICS: Fields = { ...COUNTS, sum: 'number', min: 'number?', max: 'number?', mean: 'number?' };
const CHOSEN: Fields = { value: 'scalar?', time: 'text?' };

const TABLE: { readonly [Of in Aggregation['of']]: Fields } = {
  statistics: STATISTICS,
  variance: { ...COUNTS, mean: 'number?', variance: 'number?', deviation: 'number?' },
  first: CHOSEN,
  last: CHOSEN,
  distinct: { estimate: 'number', error: 'number', missing: 'number' },
  quantiles: STATISTICS,
  top: { ...COUNTS, items: 'list', error: 'number' },
  decay: { value: 'number', at: 'text?', ...COUNTS },
  histogram: { ...COUNTS, bounds: 'list', counts: 'list' },
  rate: { ...COUNTS, sum: 'number', rate: 'number?' },
};

/** The fields that a measure of this kind shows. */
export function fieldsOf(aggregation: Aggregation): Fields {
  if (aggregation.of !== 'quantiles') return TABLE[aggregation.of];
  return {
    ...STATISTICS,
    ...Object.fromEntries(aggregation.at.map(share => [nameOf(share), 'number?' as const])),
  };
}

/** Those of them that a level may be judged by, or keys ranked by. */
export function numbersOf(aggregation: Aggregation): string[] {
  return Object.entries(fieldsOf(aggregation)).flatMap(([name, type]) =>
    type === 'number' || type === 'number?' ? [name] : [],
  );
}
