import type { DuckDBConnection } from '@duckdb/node-api';
import { CONVERSIONS } from './conversions.ts';
import { FLOATS } from './floats.ts';
import { type Native, registerNative } from './native.ts';
import { NUMBERS } from './numbers.ts';
import { TEXTS } from './texts.ts';
import { TIMES } from './times.ts';

const ALL: readonly Native[] = [...CONVERSIONS, ...FLOATS, ...NUMBERS, ...TEXTS, ...TIMES];

/**
 * Makes the functions known that translated statements call (`bq_…`), to all connections of this one's database. Statements also
 * rely on `SET TimeZone = 'UTC'`.
 */
export function registerFunctions(connection: DuckDBConnection): void {
  for (const native of ALL) registerNative(connection, native);
}
