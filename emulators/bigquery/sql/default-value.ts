import { randomUUID } from 'node:crypto';
import type { Field, TableSchema } from '../types.ts';
import { SQL_TIMES } from '../values/times.ts';
import type { Call, Expression } from './ast.ts';
import { type Context, emptyContext, Translation } from './context.ts';
import { Cursor } from './cursor.ts';
import { emptyValue, storedValue } from './dml-values.ts';
import { Refusal, refuse, unsupported } from './errors.ts';
import { lower } from './expression.ts';
import { parseExpression } from './parse-expression.ts';
import type { Value } from './value.ts';

/** What a default value may call, with what it makes for a row as JSON. */
const CALLS: Readonly<Record<string, (now: Date) => unknown>> = {
  CURRENT_DATE: now => now.toISOString().slice(0, 10),
  CURRENT_DATETIME: now => now.toISOString().slice(0, -1),
  CURRENT_TIME: now => now.toISOString().slice(11, -1),
  CURRENT_TIMESTAMP: now => now.toISOString(),
  GENERATE_UUID: () => randomUUID(),
  RAND: () => Math.random(),
};
const ELSEWHERE: readonly string[] = ['SESSION_USER', 'ST_GEOGPOINT'];

/** Throws Refusal. */
function parseDefault(text: string): Expression {
  const cursor = new Cursor(text);
  const expression = parseExpression(cursor);
  if (cursor.peek().kind !== 'end') cursor.expected('end of input');
  return expression;
}

/** What a statement puts into a column that it gives no value for. */
export function unsetValue(at: number, field: Field, translation: Translation): Value {
  const text = field.defaultValueExpression;
  return text === undefined ? emptyValue(at, field) : defaultValue(field, text, translation);
}

/** The same for rows that no statement of GoogleSQL makes. @param now what CURRENT_TIMESTAMP and its like say */
export const defaultSql = (field: Field, now: Date): string =>
  unsetValue(0, field, new Translation({ table: () => undefined, parameters: {}, now })).sql;

/** The columns that DuckDB would leave NULL, and that are to have something, where a statement names only `fields`. */
export const unsetFields = (table: TableSchema, fields: readonly Field[]): readonly Field[] =>
  table.fields.filter(
    field =>
      !fields.includes(field) && (field.mode === 'REPEATED' || field.defaultValueExpression !== undefined),
  );

function defaultValue(field: Field, text: string, translation: Translation): Value {
  const context: Context = { ...emptyContext(translation), noAggregates: 'DEFAULT', noWindows: 'DEFAULT' };
  return storedValue(lower(parseDefault(text), context), field, translation);
}

/**
 * The default of a column for rows that come as JSON: each time anew, as a row would have it.
 * @param text checked when it was set
 */
export function defaultJson(field: Field, text: string): (now: Date) => unknown {
  return jsonOf(parseDefault(text), field);
}

/** What is wrong with the text of a default value; undefined where it is well, and fits its column. */
export function defaultProblem(field: Field, text: string): Refusal | undefined {
  try {
    defaultJson(field, text);
    defaultValue(field, text, new Translation({ table: () => undefined, parameters: {}, now: new Date() }));
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** {@link https://cloud.google.com/bigquery/docs/default-values#limitations} */
function jsonOf(expression: Expression, field: Field): (now: Date) => unknown {
  const { at } = expression;
  switch (expression.kind) {
    case 'literal': {
      const value = literalJson(expression);
      return () => value;
    }
    case 'array': {
      const items = expression.items.map(item => jsonOf(item, field));
      return now => items.map(item => item(now));
    }
    case 'struct': {
      const members = expression.items.map(({ value }, index) => {
        const member = field.fields?.[index] ?? refuse(at, 'Default value does not match the column');
        return [member.name, jsonOf(value, member)] as const;
      });
      return now => Object.fromEntries(members.map(([name, value]) => [name, value(now)]));
    }
    case 'call':
      return callJson(expression);
    default:
      return refuse(at, `Default value must be a literal or one of ${Object.keys(CALLS).join(', ')}`);
  }
}

function callJson({ at, name, args }: Call): (now: Date) => unknown {
  const made = CALLS[name];
  if (made && args.length === 0) return made;
  if (made || ELSEWHERE.includes(name)) unsupported(at, `${name} with arguments as a default value`);
  return refuse(at, `Default value must not call ${name}, but ${Object.keys(CALLS).join(', ')}`);
}

function literalJson({ type, value }: Extract<Expression, { kind: 'literal' }>): unknown {
  switch (type) {
    case 'NULL':
      return null;
    case 'BOOL':
      return value.toLowerCase() === 'true';
    case 'INT64':
      return value.startsWith('-') ? `-${BigInt(value.slice(1))}` : String(BigInt(value));
    case 'FLOAT64':
      return Number(value);
    case 'BYTES':
      return Buffer.from(value, 'latin1').toString('base64');
    case 'TIMESTAMP':
      return `${SQL_TIMES.formatDatetime(SQL_TIMES.parseTimestamp(value, 'UTC')!)}+00:00`;
    default:
      return value;
  }
}
