import type { Overload } from '../signatures.ts';
import { readTable } from '../signatures.ts';
import { AGGREGATE_TABLE, WINDOW_TABLE } from './aggregates.ts';
import { ARRAY_TABLE } from './arrays.ts';
import { CONDITIONAL_TABLE } from './conditional.ts';
import { DATE_TABLE } from './date-table.ts';
import { JSON_TABLE } from './json.ts';
import { MATH_TABLE } from './math.ts';
import { STRING_TABLE } from './strings.ts';

type Table = ReadonlyMap<string, readonly Overload[]>;

/** The declared functions by the chapters of the reference; each row is an overload with its DuckDB text. */
export const CHAPTERS: readonly (readonly [string, Table])[] = [
  ['Conditional', readTable(CONDITIONAL_TABLE)],
  ['Mathematical', readTable(MATH_TABLE)],
  ['String and bytes', readTable(STRING_TABLE)],
  ['Date and time', readTable(DATE_TABLE)],
  ['Array', readTable(ARRAY_TABLE)],
  ['JSON', readTable(JSON_TABLE)],
];
export const FUNCTIONS: Table = new Map(CHAPTERS.flatMap(([, table]) => [...table]));
export const AGGREGATES: Table = readTable(AGGREGATE_TABLE);
export const WINDOWS: Table = readTable(WINDOW_TABLE);

/** Families of functions that BigQuery has and this emulator has none of: refused as such, not as unknown. */
export const NAMED_ELSEWHERE =
  /^(?:ST_|S2_|ML\.|AI\.|KEYS\.|AEAD\.|HLL_COUNT\.|KLL_QUANTILES\.|NET\.|BAG_OF_WORDS|SEARCH$|VECTOR_SEARCH$|SESSION_USER$|DETERMINISTIC_|EXTERNAL_|RANGE|JUSTIFY_|MAKE_INTERVAL$|OBJ\.)/;
