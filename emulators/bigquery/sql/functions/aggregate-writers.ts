import { aggregateText, type Clauses } from '../call.ts';
import { coerce } from '../coerce.ts';
import { INT64, isGroupable, isOrderable, type Type, typeName } from '../data-types.ts';
import { refuse, unsupported } from '../errors.ts';
import { lower } from '../expression.ts';
import { combine, type Value } from '../value.ts';
import type { Writer, Written } from './writers.ts';

const NO_CLAUSES: Clauses = { distinct: '', order: '', over: '' };

const write = ({ at, type, args, clauses = NO_CLAUSES }: Written, template: string): Value => {
  const values = args.flatMap(({ value }) => value ?? []);
  return combine(at, type, aggregateText(template, values, clauses), values);
};

/** The number after LIMIT. */
function limitOf({ call, context }: Written): string | undefined {
  const limit = call?.limit;
  if (!limit) return undefined;
  const value = coerce(lower(limit, context), INT64);
  if (!value?.literal || value.literal.value.startsWith('-'))
    return refuse(limit.at, 'LIMIT expects a non-negative integer literal or parameter');
  return value.sql;
}

/** The list of a call, its LIMIT applied. */
function listText(written: Written, list: string): string {
  const limit = limitOf(written);
  return limit === undefined ? list : `list_slice(${list}, 1, ${limit})`;
}

const literalNumber = ({ value, at }: Written['args'][number], what: string): number => {
  if (!value?.literal) return refuse(at, `${what} must be a literal or query parameter`);
  return Number(value.literal.value);
};

export const AGGREGATE_WRITERS: Readonly<Record<string, Writer>> = {
  ordered: written => {
    const { at, name, type } = written;
    if (!isOrderable(type)) refuse(at, `${name} is not defined for arguments of type ${typeName(type)}`);
    return write(written, `${name.toLowerCase()}($D$1)$O`);
  },
  anyValue: written => {
    const { call, context, args } = written;
    const having = call?.having;
    if (!having) return write(written, 'first($1)$O');
    const key = lower(having.expression, context);
    if (!isOrderable(key.type))
      refuse(key.at, `HAVING ${having.max ? 'MAX' : 'MIN'} is not defined for type ${typeName(key.type)}`);
    const made = write(written, `${having.max ? 'arg_max_null' : 'arg_min_null'}($1, ${key.sql})$O`);
    return combine(made.at, made.type, made.sql, [args[0]!.value!, key]);
  },
  arrayAgg: written => {
    const { at, type, call } = written;
    const { element } = type as Type & { kind: 'ARRAY' };
    if (element.kind === 'ARRAY')
      refuse(at, `The argument to ARRAY_AGG must not be an array type but was ${typeName(element)}`);
    const filter = call?.nulls === 'IGNORE' ? ' FILTER (WHERE $1 IS NOT NULL)' : '';
    return write(written, listText(written, `list($D$1$E)${filter}$O`));
  },
  arrayConcatAgg: written =>
    write(written, `flatten(${listText(written, 'list($1$E) FILTER (WHERE $1 IS NOT NULL)')})`),
  stringAgg: written => {
    const { args } = written;
    const separator = args[1]?.value;
    if (separator && !separator.literal)
      refuse(separator.at, 'The second argument of STRING_AGG must be a literal or query parameter');
    const between = separator ? '$2' : "','";
    if (!written.call?.limit) return write(written, `string_agg($D$1, ${between}$E)$O`);
    return write(
      written,
      `array_to_string(${listText(written, 'list($D$1$E) FILTER (WHERE $1 IS NOT NULL)$O')}, ${between})`,
    );
  },
  quantiles: written => {
    const { args, at, type, call, name } = written;
    const { element } = type as Type & { kind: 'ARRAY' };
    if (!isOrderable(element))
      refuse(at, `${name} is not defined for arguments of type ${typeName(element)}`);
    if (call?.over) unsupported(at, `${name} with OVER`);
    const buckets = literalNumber(args[1]!, 'The number of quantiles');
    if (!Number.isInteger(buckets) || buckets < 1 || buckets > 10_000)
      refuse(args[1]!.at, 'The number of quantiles must be between 1 and 10000');
    const steps = Array.from({ length: buckets + 1 }, (_, index) => String(index / buckets)).join(', ');
    return write(written, `quantile_disc($D$1, CAST([${steps}] AS DOUBLE[]))`);
  },
  topCount: written => {
    const { at, args, call, name } = written;
    if (call?.over) unsupported(at, `${name} with OVER`);
    const value = args[0]!.value!;
    if (!isGroupable(value.type))
      refuse(at, `${name} is not defined for arguments of type ${typeName(value.type)}`);
    const count = literalNumber(args[1]!, 'The number of elements');
    const type: Type = {
      kind: 'ARRAY',
      element: {
        kind: 'STRUCT',
        fields: [
          { name: 'value', type: value.type },
          { name: 'count', type: INT64 },
        ],
      },
    };
    const entries = `map_entries(histogram(${value.sql}))`;
    const sorted = `list_reverse_sort(list_transform(${entries}, lambda each: struct_pack(count := CAST(each.value AS BIGINT), value := each.key)))`;
    const sql = `list_transform(list_slice(${sorted}, 1, ${count}), lambda each: struct_pack(value := each.value, count := each.count))`;
    return combine(at, type, sql, [value]);
  },
  percentile: written => {
    const { at, args, call, name, type } = written;
    if (!call?.over) return refuse(at, `${name} must have an OVER clause`);
    if (call.over.orderBy.length > 0 || call.over.frame)
      refuse(call.over.at, `Window ORDER BY is not allowed for analytic function ${name}`);
    const at_ = literalNumber(args[1]!, `The second argument to ${name}`);
    if (!(at_ >= 0 && at_ <= 1))
      refuse(args[1]!.at, `The second argument to ${name} must be between 0 and 1`);
    if (call.nulls === 'RESPECT') unsupported(at, `${name} with RESPECT NULLS`);
    if (!isOrderable(type)) refuse(at, `${name} is not defined for arguments of type ${typeName(type)}`);
    return write(written, `${name === 'PERCENTILE_CONT' ? 'quantile_cont' : 'quantile_disc'}($1, $2)$O`);
  },
};
