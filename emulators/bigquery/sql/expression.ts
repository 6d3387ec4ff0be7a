import type { Expression, ExpressionOf } from './ast.ts';
import { lowerCall } from './call.ts';
import { castValue } from './cast.ts';
import { coerce } from './coerce.ts';
import { fieldOf, lowerName } from './columns.ts';
import { lowerBetween, lowerCase, lowerIs } from './conditions.ts';
import { lowerArray, lowerStruct } from './constructors.ts';
import type { Context } from './context.ts';
import { resolveType, type Type, typeName } from './data-types.ts';
import { lowerElement } from './element.ts';
import { refuse, unsupported } from './errors.ts';
import { lowerExtract } from './functions/dates.ts';
import { lowerIntervalSum } from './interval.ts';
import { literalValue } from './literals.ts';
import { lowerIn } from './membership.ts';
import { ownLevel } from './names.ts';
import { operate } from './operators.ts';
import { parameterValue } from './parameters.ts';
import { lowerSubquery } from './subquery.ts';
import type { Value } from './value.ts';

type Lowering = {
  readonly [K in Expression['kind']]: (expression: ExpressionOf<K>, context: Context) => Value;
};

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
  is: lowerIs,
  between: lowerBetween,
  in: lowerIn,
  case: lowerCase,
  cast: ({ at, of, type, safe }, context) => {
    if (type.parameters) unsupported(type.at, `CAST to a type with parameters`);
    return castValue(at, lower(of, context), resolveType(type), safe, context);
  },
  extract: (expression, context) => lowerExtract(expression, context),
  interval: ({ at }) => unsupported(at, 'INTERVAL outside of an addition or subtraction'),
  array: lowerArray,
  struct: lowerStruct,
  subquery: lowerSubquery,
  call: lowerCall,
};
