import type { ExpressionOf } from './ast.ts';
import { coerce, supertype } from './coerce.ts';
import type { Context } from './context.ts';
import { BOOL, duckdbTypeOf, typeName } from './data-types.ts';
import { refuse } from './errors.ts';
import { lower } from './expression.ts';
import { operate } from './operators.ts';
import { combine, type Value } from './value.ts';
import { letIn } from './write.ts';

export function lowerIs({ at, of, what, not }: ExpressionOf<'is'>, context: Context): Value {
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
}

export function lowerBetween({ at, of, low, high, not }: ExpressionOf<'between'>, context: Context): Value {
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
}

export function lowerCase({ at, of, whens, otherwise }: ExpressionOf<'case'>, context: Context): Value {
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
