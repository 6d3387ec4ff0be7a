import type { DuckDBConnection } from '@duckdb/node-api';
import { BYTES } from './bytes.ts';
import { CONVERSIONS } from './conversions.ts';
import { FINGERPRINTS } from './fingerprint.ts';
import { FLOATS } from './floats.ts';
import { FORMATS } from './format.ts';
import { JSONS } from './json.ts';
import { LETTERS } from './letters.ts';
import { LIKE } from './like.ts';
import { type Native, registerNative } from './native.ts';
import { NUMBERS } from './numbers.ts';
import { TEXTS } from './texts.ts';
import { TIME_TEXTS } from './time-text.ts';
import { TIMES } from './times.ts';

/** Every function that translated statements may call. */
export const NATIVES: readonly Native[] = [
  ...BYTES,
  ...CONVERSIONS,
  ...FINGERPRINTS,
  ...FLOATS,
  ...FORMATS,
  ...JSONS,
  ...LETTERS,
  ...LIKE,
  ...NUMBERS,
  ...TEXTS,
  ...TIMES,
  ...TIME_TEXTS,
];

/**
 * Makes the functions known that translated statements call (`bq_…`), to all connections of this one's database. Statements also
 * rely on `SET TimeZone = 'UTC'`.
 */
export function registerFunctions(connection: DuckDBConnection): void {
  for (const native of NATIVES) registerNative(connection, native);
}
