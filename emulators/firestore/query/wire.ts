import type { Timestamp, Value } from '../types.ts';

/** google.firestore.v1.StructuredQuery as decoded: enums are numbers, what is unset is missing. */
export interface StructuredQuery {
  select?: { fields?: { fieldPath?: string }[] };
  from?: { collectionId?: string; allDescendants?: boolean }[];
  where?: WireFilter;
  orderBy?: { field?: { fieldPath?: string }; direction?: number }[];
  startAt?: WireCursor;
  endAt?: WireCursor;
  offset?: number;
  limit?: { value?: number };
  findNearest?: unknown;
}

export interface WireCursor {
  values?: Value[];
  before?: boolean;
}

export interface WireFilter {
  compositeFilter?: { op?: number; filters?: WireFilter[] };
  fieldFilter?: { field?: { fieldPath?: string }; op?: number; value?: Value };
  unaryFilter?: { field?: { fieldPath?: string }; op?: number };
}

export interface StructuredAggregationQuery {
  structuredQuery?: StructuredQuery;
  aggregations?: Aggregation[];
}

export interface Aggregation {
  alias?: string;
  count?: { upTo?: { value?: string } };
  sum?: { field?: { fieldPath?: string } };
  avg?: { field?: { fieldPath?: string } };
}

export type WireTime = Partial<Timestamp>;
