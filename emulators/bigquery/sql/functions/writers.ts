import type { Call } from '../ast.ts';
import type { Clauses } from '../call.ts';
import type { Context } from '../context.ts';
import { isComparable, isOrderable, type Type, typeName } from '../data-types.ts';
import { refuse } from '../errors.ts';
import { operate } from '../operators.ts';
import type { Argument } from '../overloads.ts';
import { combine, type Value } from '../value.ts';
import { letIn } from '../write.ts';
import { AGGREGATE_WRITERS } from './aggregate-writers.ts';
import { ARRAY_WRITERS } from './array-writers.ts';
import { DATE_WRITERS } from './dates.ts';
import { JSON_WRITERS } from './json-writers.ts';
import { TEXT_WRITERS } from './text-writers.ts';

/** What a writer is told of a call; its arguments are fitted to the overload. */
export interface Written {
  readonly at: number;
  readonly name: string;
  readonly args: readonly Argument[];
  /** What the call returns. */
  readonly type: Type;
  /** Errors are to become NULL. */
  readonly safe: boolean;
  readonly context: Context;
  /** Of an aggregate. */
  readonly call?: Call;
  readonly clauses?: Clauses;
}

/** Writes a call that no template can: what it writes depends on types, parts or literals. */
export type Writer = (written: Written) => Value;

const CONDITIONAL_WRITERS: Readonly<Record<string, Writer>> = {
  nullif: ({ at, args, type, context }) => {
    const [a, b] = args.map(({ value }) => value!);
    if (!isComparable(type)) refuse(at, `NULLIF is not defined for arguments of type ${typeName(type)}`);
    return letIn([a!], ([bound]) => {
      const equal = operate(at, '=', [bound!, b!], context);
      return combine(at, type, `CASE WHEN ${equal.sql} THEN NULL ELSE ${bound!.sql} END`, [bound!, b!]);
    });
  },
  /** GREATEST and LEAST: NULL if any argument is, NaN if any is. */
  extreme: ({ at, name, args, type }) => {
    if (!isOrderable(type)) refuse(at, `${name} is not defined for arguments of type ${typeName(type)}`);
    const values = args.map(({ value }) => value!);
    return letIn(values, bound => {
      const list = bound.map(({ sql }) => sql);
      const isNull = list.map(sql => `${sql} IS NULL`).join(' OR ');
      const isNan =
        type.kind === 'FLOAT64'
          ? ` WHEN ${list.map(sql => `isnan(${sql})`).join(' OR ')} THEN 'nan'::DOUBLE`
          : '';
      return combine(
        at,
        type,
        `CASE WHEN ${isNull} THEN NULL${isNan} ELSE ${name.toLowerCase()}(${list.join(', ')}) END`,
        bound,
      );
    });
  },
};

export const WRITERS: Readonly<Record<string, Writer>> = {
  ...CONDITIONAL_WRITERS,
  ...TEXT_WRITERS,
  ...ARRAY_WRITERS,
  ...JSON_WRITERS,
  ...DATE_WRITERS,
  ...AGGREGATE_WRITERS,
};
