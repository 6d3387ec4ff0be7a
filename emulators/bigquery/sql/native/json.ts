import { parseDecimal } from '../../values/decimals.ts';
import { JsonNumber, type JsonValue, normalizeJson, parseJson, writeJson } from '../../values/json-text.ts';
import { formatDate, SQL_TIMES } from '../../values/times.ts';
import { readPath } from '../json-path.ts';
import { formatFloat } from './floats.ts';
import type { Native } from './native.ts';

type Members = ReadonlyMap<string, JsonValue>;
const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

/** JSON of a STRING argument, which may be anything; undefined if it is none. */
function tryParse(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function find(text: string, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = tryParse(text);
  for (const step of readPath(path)) {
    if (typeof step === 'string') value = value instanceof Map ? (value as Members).get(step) : undefined;
    else value = isList(value) ? value[step] : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}

/** A scalar as text; null for null, objects and arrays. */
function scalarText(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null || isList(value) || value instanceof Map) return null;
  return value instanceof JsonNumber ? value.text : String(value);
}

/** `json` says that null is a value of its own, which a STRING of JSON does not have. */
function query(text: string, path: string, json: boolean): string | null {
  const value = find(text, path);
  return value === undefined || (value === null && !json) ? null : writeJson(value, json);
}

const KINDS: readonly (readonly [string, (value: JsonValue) => boolean])[] = [
  ['null', value => value === null],
  ['boolean', value => typeof value === 'boolean'],
  ['string', value => typeof value === 'string'],
  ['number', value => value instanceof JsonNumber],
  ['array', isList],
  ['object', value => value instanceof Map],
];
const kindOf = (value: JsonValue): string => KINDS.find(([, test]) => test(value))![0];

const integerOf = (number: number): bigint | null =>
  Number.isInteger(number) && Math.abs(number) < 2 ** 63 ? BigInt(number) : null;

/** What the strict conversions take; anything else is an error. */
function strict<T>(text: string, what: string, read: (value: JsonValue) => T | undefined): T {
  const found = read(parseJson(text));
  if (found === undefined) throw new Error(`The provided JSON input is not ${what}`);
  return found;
}

const numberText = (value: JsonValue): string | undefined =>
  value instanceof JsonNumber ? value.text : undefined;

function laxInteger(value: JsonValue): bigint | null {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  const text = value instanceof JsonNumber ? value.text : typeof value === 'string' ? value : undefined;
  if (text === undefined) return null;
  if (/^-?\d{1,19}$/.test(text)) {
    const exact = BigInt(text);
    return exact >= -(2n ** 63n) && exact < 2n ** 63n ? exact : null;
  }
  const number = laxNumber(text);
  return number === null || !Number.isFinite(number)
    ? null
    : integerOf(Math.sign(number) * Math.round(Math.abs(number)));
}

function laxNumber(text: string): number | null {
  if (/^[+-]?(?:inf|infinity)$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : null;
}

function laxBool(value: JsonValue): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value instanceof JsonNumber) return Number(value.text) !== 0;
  if (typeof value !== 'string') return null;
  return /^true$/i.test(value) ? true : /^false$/i.test(value) ? false : null;
}

const quote = (text: string): string =>
  JSON.stringify(text).replace(/[\u2028\u2029]/g, each => `\\u${each.charCodeAt(0).toString(16)}`);

function floatText(value: number, point: boolean): string {
  if (Number.isNaN(value)) return '"NaN"';
  if (!Number.isFinite(value)) return value < 0 ? '"-Infinity"' : '"Infinity"';
  const text = formatFloat(value);
  return point && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** A number where a double reads it back exactly, else text. */
function numericText(text: string): string {
  const back = parseDecimal(String(Number(text)), 9);
  return back !== undefined && back === parseDecimal(text, 9) ? text : quote(text);
}

/** How each type is written into JSON; dates and times come as days or microseconds. */
const WRITERS: readonly Native[] = [
  { name: 'bq_json_of_string', parameters: ['VARCHAR'], returns: 'VARCHAR', run: quote },
  {
    name: 'bq_json_of_int64',
    parameters: ['BIGINT', 'BOOLEAN'],
    returns: 'VARCHAR',
    // As text JavaScript reads no wrong number from it.
    run: (value: bigint, wide: boolean) =>
      wide && (value > 2n ** 53n || value < -(2n ** 53n)) ? `"${value}"` : String(value),
  },
  { name: 'bq_json_of_float64', parameters: ['DOUBLE', 'BOOLEAN'], returns: 'VARCHAR', run: floatText },
  { name: 'bq_json_of_numeric', parameters: ['VARCHAR'], returns: 'VARCHAR', run: numericText },
  {
    name: 'bq_json_of_bytes',
    parameters: ['BLOB'],
    returns: 'VARCHAR',
    run: (bytes: Uint8Array) => `"${Buffer.from(bytes).toString('base64')}"`,
  },
  {
    name: 'bq_json_of_date',
    parameters: ['BIGINT'],
    returns: 'VARCHAR',
    run: (day: bigint) => `"${formatDate(Number(day))}"`,
  },
  {
    name: 'bq_json_of_time',
    parameters: ['BIGINT'],
    returns: 'VARCHAR',
    run: (micros: bigint) => `"${SQL_TIMES.formatTime(micros)}"`,
  },
  {
    name: 'bq_json_of_datetime',
    parameters: ['BIGINT', 'VARCHAR'],
    returns: 'VARCHAR',
    run: (micros: bigint, suffix: string) =>
      `"${SQL_TIMES.formatDatetime(micros).replace(' ', 'T')}${suffix}"`,
  },
];

export const JSONS: readonly Native[] = [
  ...WRITERS,
  { name: 'bq_json_query', parameters: ['VARCHAR', 'VARCHAR', 'BOOLEAN'], returns: 'VARCHAR', run: query },
  {
    name: 'bq_json_value',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string, path: string) => scalarText(find(text, path)),
  },
  {
    name: 'bq_json_query_array',
    parameters: ['VARCHAR', 'VARCHAR', 'BOOLEAN'],
    returns: 'STRINGS',
    run: (text: string, path: string, json: boolean) => {
      const value = find(text, path);
      return isList(value) ? value.map(item => writeJson(item, json)) : null;
    },
  },
  {
    name: 'bq_json_value_array',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'STRINGS',
    run: (text: string, path: string) => {
      const value = find(text, path);
      if (!isList(value) || value.some(item => isList(item) || item instanceof Map)) return null;
      return value.map(scalarText);
    },
  },
  {
    name: 'bq_json_field',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string, name: string) => {
      const value = parseJson(text);
      const member = value instanceof Map ? (value as Members).get(name) : undefined;
      return member === undefined ? null : writeJson(member, true);
    },
  },
  {
    name: 'bq_json_element',
    parameters: ['VARCHAR', 'BIGINT'],
    returns: 'VARCHAR',
    run: (text: string, index: bigint) => {
      const value = parseJson(text);
      const item = isList(value) ? value[Number(index)] : undefined;
      return item === undefined ? null : writeJson(item, true);
    },
  },
  {
    name: 'bq_parse_json',
    parameters: ['VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string) => {
      try {
        return normalizeJson(text);
      } catch (error) {
        throw new Error(`Invalid input to PARSE_JSON: ${(error as Error).message}`);
      }
    },
  },
  {
    name: 'bq_json_type',
    parameters: ['VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string) => kindOf(parseJson(text)),
  },
  {
    name: 'bq_json_string',
    parameters: ['VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string) => strict(text, 'a string', value => (typeof value === 'string' ? value : undefined)),
  },
  {
    name: 'bq_json_bool',
    parameters: ['VARCHAR'],
    returns: 'BOOLEAN',
    run: (text: string) =>
      strict(text, 'a boolean', value => (typeof value === 'boolean' ? value : undefined)),
  },
  {
    name: 'bq_json_int64',
    parameters: ['VARCHAR'],
    returns: 'BIGINT',
    run: (text: string) =>
      strict(text, 'an integer', value => {
        const digits = numberText(value);
        if (digits === undefined) return undefined;
        return /^-?\d+$/.test(digits) ? BigInt(digits) : (integerOf(Number(digits)) ?? undefined);
      }),
  },
  {
    name: 'bq_json_float64',
    parameters: ['VARCHAR'],
    returns: 'DOUBLE',
    run: (text: string) =>
      strict(text, 'a number', value => (value instanceof JsonNumber ? Number(value.text) : undefined)),
  },
  {
    name: 'bq_lax_string',
    parameters: ['VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string) => scalarText(parseJson(text)),
  },
  {
    name: 'bq_lax_int64',
    parameters: ['VARCHAR'],
    returns: 'BIGINT',
    run: (text: string) => laxInteger(parseJson(text)),
  },
  {
    name: 'bq_lax_float64',
    parameters: ['VARCHAR'],
    returns: 'DOUBLE',
    run: (text: string) => {
      const value = parseJson(text);
      if (value instanceof JsonNumber) return Number(value.text);
      return typeof value === 'string' ? laxNumber(value) : null;
    },
  },
  {
    name: 'bq_lax_bool',
    parameters: ['VARCHAR'],
    returns: 'BOOLEAN',
    run: (text: string) => laxBool(parseJson(text)),
  },
  {
    name: 'bq_json_keys',
    parameters: ['VARCHAR'],
    returns: 'STRINGS',
    run: (text: string) => {
      const value = parseJson(text);
      return value instanceof Map ? keysOf(value as Members).toSorted() : null;
    },
  },
];

/** `a`, `a.b`, names that are no plain words quoted. */
function keysOf(members: Members): string[] {
  return [...members].flatMap(([name, value]) => {
    const own = /^\w+$/.test(name) ? name : `"${name}"`;
    return value instanceof Map ? [own, ...keysOf(value as Members).map(inner => `${own}.${inner}`)] : [own];
  });
}
