import { identifier, literal } from '../duckdb-types.ts';
import type { Expression, Name } from './ast.ts';
import { lowerCall } from './call.ts';
import { castValue } from './cast.ts';
import { arrayValue, coerce, structValue, supertype } from './coerce.ts';
import type { Context } from './context.ts';
import {
  arrayOf,
  BOOL,
  duckdbTypeOf,
  fieldName,
  INT64,
  JSON_TYPE,
  resolveType,
  STRING,
  type Type,
  typeName,
} from './data-types.ts';
import { refuse, unsupported } from './errors.ts';
import { lowerExtract } from './functions/dates.ts';
import { literalValue } from './literals.ts';
import { allNames, columnOf, type Found, ownLevel, resolve, type Source, sameName } from './names.ts';
import { nearest } from './nearest.ts';
import { operate } from './operators.ts';
import { parameterValue } from './parameters.ts';
import { lowerSubquery, relationOf } from './subquery.ts';
import { combine, constant, type Reference, type Value } from './value.ts';
import { letIn } from './write.ts';

type Of<K extends Expression['kind']> = Extract<Expression, { kind: K }>;
type Lowering = { readonly [K in Expression['kind']]: (expression: Of<K>, context: Context) => Value };

/** Resolves an expression and writes it for DuckDB. Throws Refusal. */
export function lower(expression: Expression, context: Context): Value {
  const write = LOWERING[expression.kind] as (expression: Expression, context: Context) => Value;
  const value = write(expression, context);
  // What is a key of GROUP BY may be read in every group.
  if (!context.keys?.has(value.sql)) return value;
  return { ...value, references: value.references.filter(({ level }) => level !== ownLevel(context.names)) };
}

/** An expression that has to be of one type. */
export function lowerAs(expression: Expression, type: Type, what: string, context: Context): Value {
  const value = lower(expression, context);
  return (
    coerce(value, type, context.translation.zone) ??
    refuse(value.at, `${what} should return type ${typeName(type)}, but returns ${typeName(value.type)}`)
  );
}

const LOWERING: Lowering = {
  literal: ({ at, type, value }, { translation }) => literalValue(at, type, value, translation.zone),
  parameter: ({ at, name, index }, { translation }) => parameterValue(at, name, index, translation),
  name: lowerName,
  field: ({ of, name }, context) => fieldOf(lower(of, context), name),
  element: lowerElement,
  unary: ({ at, op, of }, context) => operate(at, op === '-' ? 'NEGATE' : op, [lower(of, context)], context),
  binary: ({ at, op, left, right }, context) => {
    if ((op === '+' || op === '-') && (right.kind === 'interval' || left.kind === 'interval'))
      return lowerIntervalSum(at, op, left, right, context);
    return operate(at, op, [lower(left, context), lower(right, context)], context);
  },
  is: ({ at, of, what, not }, context) => {
    const value = lower(of, context);
    const operand =
      what === 'NULL'
        ? value
        : (coerce(value, BOOL) ??
          refuse(
            at,
            `No matching signature for operator IS ${what} for argument types: ${typeName(value.type)}`,
          ));
    return combine(at, BOOL, `(${operand.sql} IS ${not ? 'NOT ' : ''}${what})`, [operand]);
  },
  between: ({ at, of, low, high, not }, context) => {
    const [value, from, to] = [lower(of, context), lower(low, context), lower(high, context)];
    const found = letIn([value], ([bound]) =>
      operate(
        at,
        'AND',
        [operate(at, '>=', [bound!, from], context), operate(at, '<=', [bound!, to], context)],
        context,
      ),
    );
    return not ? operate(at, 'NOT', [found], context) : found;
  },
  in: lowerIn,
  case: lowerCase,
  cast: ({ at, of, type, safe }, context) => {
    if (type.parameters) unsupported(type.at, `CAST to a type with parameters`);
    return castValue(at, lower(of, context), resolveType(type), safe, context);
  },
  extract: (expression, context) => lowerExtract(expression, context),
  interval: ({ at }) => unsupported(at, 'INTERVAL outside of an addition or subtraction'),
  array: ({ at, type, items }, context) => {
    const values = items.map(item => lower(item, context));
    const wanted = type && resolveType(type);
    if (wanted && wanted.kind === 'ARRAY') {
      const fitted = values.map(
        value =>
          coerce(value, wanted.element, context.translation.zone) ??
          refuse(
            value.at,
            `Array element type ${typeName(value.type)} does not coerce to ${typeName(wanted.element)}`,
          ),
      );
      return arrayValue(at, wanted.element, fitted);
    }
    const element = values.length === 0 ? INT64 : supertype(values, context.translation.zone);
    if (!element)
      refuse(
        at,
        `Array elements of types {${[...new Set(values.map(value => typeName(value.type)))].join(', ')}} do not have a common supertype`,
      );
    if (element!.kind === 'ARRAY')
      refuse(
        at,
        `Cannot construct array with element type ${typeName(element!)} because nested arrays are not supported`,
      );
    return arrayValue(
      at,
      element!,
      values.map(value => coerce(value, element!, context.translation.zone)!),
    );
  },
  struct: ({ at, type, items }, context) => {
    const values = items.map(({ value }) => lower(value, context));
    const wanted = type && resolveType(type);
    if (wanted?.kind === 'STRUCT') {
      if (wanted.fields.length !== values.length)
        refuse(
          at,
          `STRUCT type has ${wanted.fields.length} fields but constructor call has ${values.length} fields`,
        );
      const fitted = values.map(
        (value, index) =>
          coerce(value, wanted.fields[index]!.type, context.translation.zone) ??
          refuse(
            value.at,
            `Struct field ${index + 1} has type ${typeName(value.type)} which does not coerce to ${typeName(wanted.fields[index]!.type)}`,
          ),
      );
      return structValue(at, wanted, fitted);
    }
    const fields = items.map(({ value, name }, index) => {
      const given = name?.text ?? inferredName(value);
      return { ...(given !== undefined && { name: given }), type: values[index]!.type };
    });
    checkFields(
      at,
      fields.map(({ name }) => name),
    );
    return structValue(at, { kind: 'STRUCT', fields }, values);
  },
  subquery: lowerSubquery,
  call: lowerCall,
};

/** DuckDB needs names, and ours for nameless fields must not meet a given one. */
export function checkFields(at: number, names: readonly (string | undefined)[]): void {
  if (names.length === 0) unsupported(at, 'A STRUCT without fields');
  const lowered = names.map((name, index) => (name ?? `_field_${index + 1}`).toLowerCase());
  const twice = lowered.find((name, index) => lowered.indexOf(name) !== index);
  if (twice !== undefined) unsupported(at, `A STRUCT with two fields called ${twice}`);
}

/** The name that an expression gives to its column or field by itself. */
export function inferredName(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.path.at(-1)!.text;
  if (expression.kind === 'field') return expression.name.text;
  return undefined;
}

function lowerName({ at, path }: Of<'name'>, context: Context): Value {
  const [first, ...rest] = path as [Name, ...Name[]];
  const found = resolve(context.names, first);
  if (!found) return unrecognized(first, context);
  const { row } = found;
  if (row && rest.length > 0) {
    const [next, ...deeper] = rest as [Name, ...Name[]];
    const column = columnOf(row, next);
    if (!column) return refuse(next.at, `Name ${next.text} not found inside ${first.text}`);
    return deeper.reduce(fieldOf, columnValue(at, next.text, { column, level: found.level }));
  }
  const value = row ? rowValue(at, row, found) : columnValue(at, first.text, found);
  return rest.reduce(fieldOf, value);
}

function unrecognized({ at, text }: Name, context: Context): never {
  const guess = nearest(text, allNames(context.names));
  return refuse(at, `Unrecognized name: ${text}${guess === undefined ? '' : `; Did you mean ${guess}?`}`);
}

const referenceTo = (at: number, name: string, { level, column }: Found): readonly Reference[] => [
  { level, column, name, at },
];

export function columnValue(at: number, name: string, found: Found): Value {
  const { column } = found;
  column.used?.();
  const { aggregate = false, window = false } = column;
  return constant(at, column.type, column.sql, {
    references: referenceTo(at, name, found),
    aggregate,
    window,
  });
}

/** All columns of a table as one STRUCT. */
function rowValue(at: number, row: Source, found: Found): Value {
  const columns = row.columns.filter(({ pseudo }) => !pseudo);
  checkFields(
    at,
    columns.map(({ name }) => name),
  );
  const items = columns.map(column => columnValue(at, column.name ?? '', { column, level: found.level }));
  const type = {
    kind: 'STRUCT' as const,
    fields: columns.map(({ name, type }) => ({ ...(name !== undefined && { name }), type })),
  };
  return structValue(at, type, items);
}

/** `value.name`, of a STRUCT or JSON. */
export function fieldOf(value: Value, { at, text }: Name): Value {
  const { type } = value;
  if (type.kind === 'JSON')
    return combine(value.at, JSON_TYPE, `bq_json_field(${value.sql}, ${literal(text)})::JSON`, [value]);
  if (type.kind !== 'STRUCT')
    refuse(at, `Cannot access field ${text} on a value with type ${typeName(type)}`);
  const { fields } = type as Type & { kind: 'STRUCT' };
  const index = fields.findIndex(field => sameName(field.name, text));
  if (index === -1) refuse(at, `Field name ${text} does not exist in ${typeName(type)}`);
  const field = fields[index]!;
  const sql = `${value.simple ? value.sql : `(${value.sql})`}.${identifier(fieldName(field, index))}`;
  return combine(value.at, field.type, sql, [value], { simple: value.simple });
}

function lowerElement({ at, of, mode, index }: Of<'element'>, context: Context): Value {
  const value = lower(of, context);
  const given = lower(index, context);
  if (value.type.kind === 'JSON') {
    if (mode !== 'PLAIN')
      refuse(at, `Subscript access using [${mode}(INT64)] is not supported on values of type JSON`);
    const text = coerce(given, STRING, context.translation.zone);
    const number = coerce(given, INT64);
    if (given.type.kind === 'STRING' && text)
      return combine(at, JSON_TYPE, `bq_json_field(${value.sql}, ${text.sql})::JSON`, [value, text]);
    if (number)
      return combine(at, JSON_TYPE, `bq_json_element(${value.sql}, ${number.sql})::JSON`, [value, number]);
    refuse(
      given.at,
      `Subscript access using [${typeName(given.type)}] is not supported on values of type JSON`,
    );
  }
  if (value.type.kind !== 'ARRAY') {
    if (value.type.kind === 'STRUCT') unsupported(at, 'A subscript of a STRUCT');
    refuse(
      at,
      `Element access using [${mode === 'PLAIN' ? typeName(given.type) : `${mode}(${typeName(given.type)})`}] is not supported on values of type ${typeName(value.type)}`,
    );
  }
  const number =
    coerce(given, INT64) ??
    refuse(given.at, `Array position must be coercible to INT64 type, but has type ${typeName(given.type)}`);
  const { element } = value.type as Type & { kind: 'ARRAY' };
  const first = mode.endsWith('ORDINAL') ? 1 : 0;
  const safe = mode.startsWith('SAFE');
  return letIn([value, number], ([array, position]) => {
    const there = `${position!.sql} >= ${first} AND ${position!.sql} < len(${array!.sql}) + ${first}`;
    const item = `${array!.sql}[${position!.sql} + ${1 - first}]`;
    const otherwise = safe
      ? 'NULL'
      : `CASE WHEN ${array!.sql} IS NULL OR ${position!.sql} IS NULL THEN NULL ELSE bq_error('Array index ' || ${position!.sql} || ' is out of bounds') END`;
    const type = duckdbTypeOf(element);
    return combine(at, element, `CASE WHEN ${there} THEN ${item} ELSE CAST(${otherwise} AS ${type}) END`, [
      array!,
      position!,
    ]);
  });
}

function lowerIntervalSum(
  at: number,
  op: string,
  left: Expression,
  right: Expression,
  context: Context,
): Value {
  if (right.kind !== 'interval') {
    if (op === '-') unsupported(at, 'INTERVAL arithmetic');
    return lowerIntervalSum(at, op, right, left, context);
  }
  const value = lower(left, context);
  const prefix = value.type.kind === 'DATE' ? 'DATETIME' : value.type.kind;
  const of: Expression =
    value.type.kind === 'DATE'
      ? { kind: 'cast', at: left.at, of: left, type: { at, name: 'DATETIME' }, safe: false }
      : left;
  if (!['DATETIME', 'TIMESTAMP'].includes(prefix))
    refuse(
      at,
      `No matching signature for operator ${op} for argument types: ${typeName(value.type)}, INTERVAL`,
    );
  const name = `${prefix}_${op === '+' ? 'ADD' : 'SUB'}`;
  return lowerCall(
    {
      kind: 'call',
      at,
      name,
      safe: false,
      star: false,
      distinct: false,
      args: [of, right],
      named: [],
      orderBy: [],
    },
    context,
  );
}

function lowerIn({ at, of, not, list, array, query }: Of<'in'>, context: Context): Value {
  const value = lower(of, context);
  const negate = (found: Value): Value => (not ? operate(at, 'NOT', [found], context) : found);
  if (list) {
    const items = list.map(item => lower(item, context));
    const type = supertype([value, ...items], context.translation.zone);
    if (!type || type.kind === 'ARRAY' || type.kind === 'JSON')
      return refuse(
        at,
        `No matching signature for operator IN for argument types ${[value, ...items].map(each => typeName(each.type)).join(' and ')}`,
      );
    if (type.kind === 'FLOAT64' || type.kind === 'STRUCT')
      return negate(
        letIn([value], ([bound]) =>
          items
            .map(item => operate(at, '=', [bound!, item], context))
            .reduce((a, b) => operate(at, 'OR', [a, b], context)),
        ),
      );
    const [first, ...others] = [value, ...items].map(each => coerce(each, type, context.translation.zone)!);
    return negate(
      combine(at, BOOL, `(${first!.sql} IN (${others.map(({ sql }) => sql).join(', ')}))`, [
        first!,
        ...others,
      ]),
    );
  }
  if (array) {
    const items = lower(array, context);
    if (items.type.kind !== 'ARRAY')
      return refuse(
        items.at,
        `Second argument of IN UNNEST must be an array but was ${typeName(items.type)}`,
      );
    const type = supertype([value, constant(at, items.type.element, 'NULL')], context.translation.zone);
    const [left, right] = [
      type && coerce(value, type, context.translation.zone),
      type && coerce(items, arrayOf(type), context.translation.zone),
    ];
    if (!left || !right)
      return refuse(
        at,
        `No matching signature for operator IN UNNEST for argument types ${typeName(value.type)} and ${typeName(items.type)}`,
      );
    return negate(
      letIn([left, right], ([item, list]) =>
        combine(
          at,
          BOOL,
          `CASE WHEN ${list!.sql} IS NULL OR len(${list!.sql}) = 0 THEN false WHEN ${item!.sql} IS NULL THEN NULL WHEN list_contains(${list!.sql}, ${item!.sql}) THEN true WHEN len(list_filter(${list!.sql}, lambda each: each IS NULL)) > 0 THEN NULL ELSE false END`,
          [item!, list!],
        ),
      ),
    );
  }
  const { sql, columns, references } = relationOf(query!, context);
  if (columns.length !== 1) refuse(query!.at, 'Subquery of type IN must have only one output column');
  const column = columns[0]!;
  const type = supertype([value, constant(at, column.type, 'NULL')], context.translation.zone);
  const left = type && coerce(value, type, context.translation.zone);
  const right = type && coerce(constant(at, column.type, identifier(column.physical)), type);
  if (!left || !right)
    return refuse(
      at,
      `Cannot execute IN subquery with uncomparable types ${typeName(value.type)} and ${typeName(column.type)}`,
    );
  const name = context.translation.alias('q');
  return negate(
    combine(at, BOOL, `(${left.sql} IN (SELECT ${right.sql} FROM (${sql}) AS ${name}))`, [left], {
      references: [...left.references, ...references],
      subquery: true,
    }),
  );
}

function lowerCase({ at, of, whens, otherwise }: Of<'case'>, context: Context): Value {
  const { zone } = context.translation;
  const subject = of && lower(of, context);
  const thens = [
    ...whens.map(({ result }) => lower(result, context)),
    ...(otherwise ? [lower(otherwise, context)] : []),
  ];
  const type = supertype(thens, zone);
  if (!type)
    return refuse(
      at,
      `No matching signature for operator CASE; all THEN/ELSE arguments must be coercible to a common type but found: ${[...new Set(thens.map(value => typeName(value.type)))].join(', ')}`,
    );
  const fitted = thens.map(value => coerce(value, type, zone)!);
  const write = (bound: Value | undefined): Value => {
    const conditions = whens.map(({ when }) => {
      const value = lower(when, context);
      if (bound) return operate(value.at, '=', [bound, value], context);
      return (
        coerce(value, BOOL) ??
        refuse(value.at, `CASE condition should return type BOOL, but returns ${typeName(value.type)}`)
      );
    });
    const arms = conditions.map(({ sql }, index) => `WHEN ${sql} THEN ${fitted[index]!.sql}`);
    const last = otherwise ? fitted.at(-1)!.sql : `CAST(NULL AS ${duckdbTypeOf(type)})`;
    return combine(at, type, `CASE ${arms.join(' ')} ELSE ${last} END`, [...conditions, ...fitted]);
  };
  if (!subject) return write(undefined);
  return letIn([subject], ([bound]) => write(bound));
}
