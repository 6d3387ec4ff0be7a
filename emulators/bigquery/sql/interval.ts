import type { Expression } from './ast.ts';
import { lowerCall } from './call.ts';
import type { Context } from './context.ts';
import { typeName } from './data-types.ts';
import { refuse, unsupported } from './errors.ts';
import { lower } from './expression.ts';
import type { Value } from './value.ts';

/** `date + INTERVAL …`: what the function DATETIME_ADD or TIMESTAMP_ADD does. */
export function lowerIntervalSum(
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
