import type { Call, Expression } from './ast.ts';
import { coerce } from './coerce.ts';
import type { Context } from './context.ts';
import { INT64, isGroupable, typeName } from './data-types.ts';
import { refuse, unsupported } from './errors.ts';
import { lower } from './expression.ts';
import { AGGREGATES, FUNCTIONS, NAMED_ELSEWHERE, WINDOWS } from './functions/index.ts';
import { WRITERS } from './functions/writers.ts';
import { ownLevel } from './names.ts';
import { type Argument, choose } from './overloads.ts';
import type { Overload } from './signatures.ts';
import { combine, type Value } from './value.ts';
import { orderText, windowText } from './window.ts';
import { expand, letIn } from './write.ts';

/** A call of any function: chosen from the tables by name and types. Throws Refusal. */
export function lowerCall(call: Call, context: Context): Value {
  const { at, name, named } = call;
  const aggregates = AGGREGATES.get(name);
  const windows = WINDOWS.get(name);
  const overloads = aggregates ?? windows ?? FUNCTIONS.get(name);
  if (!overloads) {
    if (NAMED_ELSEWHERE.test(name)) unsupported(at, `The function ${name}`);
    return refuse(at, `Function not found: ${name}`);
  }
  if (named.length > 0) unsupported(named[0]!.name.at, `The argument ${named[0]!.name.text} of ${name}`);
  if (aggregates) return lowerAggregate(call, aggregates, context);
  if (windows) return lowerWindow(call, windows, context);
  checkPlain(call);
  return lowerPlain(call, overloads, context);
}

function checkPlain({ at, name, over, distinct, orderBy, limit, nulls, having }: Call): void {
  if (over) refuse(at, `Function ${name} does not support an OVER clause`);
  const clause = distinct
    ? 'DISTINCT'
    : orderBy.length > 0
      ? 'ORDER BY'
      : limit
        ? 'LIMIT'
        : nulls
          ? `${nulls} NULLS`
          : having
            ? 'HAVING'
            : undefined;
  if (clause) refuse(at, `Non-aggregate function ${name} cannot be called with ${clause}`);
}

function lowerPlain(call: Call, overloads: readonly Overload[], context: Context): Value {
  const { at, name, safe } = call;
  const chosen = chooseFor(call, overloads, context);
  const { overload, args, type } = chosen;
  const { template } = overload;
  const writer = template.startsWith('@') ? WRITERS[template.slice(1)]! : undefined;
  if (writer && !safe) return writer({ at, name, args, type, safe, context });
  if (writer) return letInArguments(args, bound => writer({ at, name, args: bound, type, safe, context }));
  const values = args.map(({ value }) => value!);
  const made = expand(template, values, overload.parameters.length - 1, { at, type }, safe);
  return VOLATILE.has(name) ? { ...made, volatile: true } : made;
}

/** Under SAFE the errors of a function become NULL, not those of its arguments. */
function letInArguments(args: readonly Argument[], write: (bound: readonly Argument[]) => Value): Value {
  const values = args.flatMap(({ value }) => value ?? []);
  return letIn(values, bound => {
    const left = [...bound];
    return write(args.map(arg => (arg.value ? { ...arg, value: left.shift()! } : arg)));
  });
}

/** Evaluated anew for every row. */
const VOLATILE: ReadonlySet<string> = new Set(['RAND', 'GENERATE_UUID']);

function chooseFor(
  call: Call,
  overloads: readonly Overload[],
  context: Context,
): NonNullable<ReturnType<typeof choose>> {
  const args = call.args.map((arg, index) => lowerArgument(arg, index, overloads, context));
  const chosen = choose(overloads, args, context.translation.zone);
  if (chosen) return chosen;
  const types = args.map(({ value, part }) => (value ? typeName(value.type) : part)).join(', ');
  const supported = overloads
    .map(({ signature }) =>
      signature
        .replace(/ -> .*/, '')
        .replace(/\b[A-Z]\b/g, 'ANY')
        .replace(/(\w+)…\d?/, '$1, ...'),
    )
    .join('; ');
  return refuse(
    call.at,
    `No matching signature for function ${call.name}${args.length === 0 ? ' with no arguments' : ` for argument types: ${types}`}. Supported signature${overloads.length > 1 ? 's' : ''}: ${supported}`,
  );
}

/** A word where some overload wants one, else a value. */
function lowerArgument(
  arg: Expression,
  index: number,
  overloads: readonly Overload[],
  context: Context,
): Argument {
  const wantsPart = overloads.some(({ parameters }) => parameters[index]?.kind === 'part');
  const part = wantsPart ? partOf(arg) : undefined;
  if (part !== undefined) return { at: arg.at, part };
  if (arg.kind === 'interval') {
    const value =
      coerce(lower(arg.value, context), INT64) ??
      refuse(arg.value.at, 'Interval value must be coercible to INT64 type');
    return { at: arg.at, value: { ...value, type: { kind: 'INTERVAL' } }, part: arg.part.text.toUpperCase() };
  }
  return { at: arg.at, value: lower(arg, context) };
}

/** `MONTH`, `WEEK(MONDAY)` */
export function partOf(expression: Expression): string | undefined {
  if (expression.kind === 'name' && expression.path.length === 1)
    return expression.path[0]!.text.toUpperCase();
  if (expression.kind !== 'call' || expression.name !== 'WEEK' || expression.args.length !== 1)
    return undefined;
  const day = partOf(expression.args[0]!);
  return day === undefined ? undefined : `WEEK(${day})`;
}

function lowerAggregate(call: Call, overloads: readonly Overload[], context: Context): Value {
  const { at, name, over, star, distinct, having } = call;
  const problem = over ? context.noWindows : context.noAggregates;
  if (problem)
    refuse(
      at,
      over
        ? `Analytic function not allowed in ${problem}`
        : `Aggregate function ${name}${star ? '(*)' : ''} not allowed in ${problem}`,
    );
  if (!over && context.inAggregate) refuse(at, 'Aggregations of aggregations are not allowed');
  if (call.safe) unsupported(at, `SAFE.${name}`);
  // Arguments of an aggregate read the rows; those of a window function read what the groups left.
  const { keys: _, ...ungrouped } = context;
  const inner: Context = over
    ? { ...context, noWindows: 'an analytic function' }
    : { ...ungrouped, names: ownLevel(context.names), inAggregate: true, noWindows: 'an aggregate function' };
  const { overload, args, type } = chooseFor(
    star ? { ...call, name: 'COUNT', args: [] } : call,
    overloads,
    inner,
  );
  const values = args.map(({ value }) => value!);
  if (distinct && (values.length === 0 || !isGroupable(values[0]!.type)))
    refuse(
      at,
      `Aggregate functions with DISTINCT cannot be used with arguments of type ${values[0] ? typeName(values[0].type) : '*'}`,
    );
  if (call.limit && name !== 'ARRAY_AGG' && name !== 'STRING_AGG')
    refuse(at, `LIMIT in arguments is not supported by ${name}`);
  if (call.nulls && name !== 'ARRAY_AGG' && !over)
    refuse(at, `${call.nulls} NULLS is not supported by aggregate function ${name}`);
  if (having && name !== 'ANY_VALUE') unsupported(at, `${name} with HAVING`);
  if (call.orderBy.length > 0 && !['ARRAY_AGG', 'STRING_AGG', 'ARRAY_CONCAT_AGG'].includes(name))
    refuse(at, `Aggregate function ${name} does not support ORDER BY in arguments`);
  const order = call.orderBy.map(item => orderText(item, inner));
  const window = over && windowText(over, context);
  const writer = overload.template.startsWith('@') ? WRITERS[overload.template.slice(1)] : undefined;
  const clauses = {
    distinct: distinct ? 'DISTINCT ' : '',
    order: order.length === 0 ? '' : ` ORDER BY ${order.map(({ sql }) => sql).join(', ')}`,
    over: window ? ` OVER ${window.sql}` : '',
  };
  const made = writer
    ? writer({ at, name, args, type, safe: false, context: inner, call, clauses })
    : combine(at, type, aggregateText(overload.template, values, clauses), values);
  const parts = [...values, ...order.flatMap(({ values: each }) => each), ...(window?.values ?? [])];
  return over
    ? {
        ...made,
        references: parts.flatMap(({ references }) => references),
        aggregate: parts.some(({ aggregate }) => aggregate),
        window: true,
      }
    : {
        ...made,
        references: parts
          .flatMap(({ references }) => references)
          .filter(({ level }) => level !== ownLevel(context.names)),
        aggregate: true,
      };
}

/** Clauses of a call of an aggregate, as DuckDB writes them. */
export interface Clauses {
  readonly distinct: string;
  readonly order: string;
  readonly over: string;
}

/** `$D` before the first argument, `$E` after the last, `$O` after the call. */
export function aggregateText(
  template: string,
  values: readonly Value[],
  { distinct, order, over }: Clauses,
): string {
  return template
    .replaceAll('$D', () => distinct)
    .replaceAll('$E', () => order)
    .replaceAll('$O', () => over)
    .replace(/\$(\d)/g, (_, digit: string) => values[Number(digit) - 1]?.sql ?? '');
}

function lowerWindow(call: Call, overloads: readonly Overload[], context: Context): Value {
  const { at, name, over } = call;
  if (context.noWindows) refuse(at, `Analytic function not allowed in ${context.noWindows}`);
  if (!over) return refuse(at, `Analytic function ${name} cannot be called without an OVER clause`);
  if (call.distinct || call.orderBy.length > 0 || call.limit || call.having || call.safe)
    refuse(at, `Analytic function ${name} does not support these clauses in its arguments`);
  const inner: Context = { ...context, noWindows: 'an analytic function' };
  const { overload, args, type } = chooseFor(call, overloads, inner);
  const values = args.map(({ value }) => value!);
  if (call.nulls && !overload.template.includes('$N'))
    refuse(at, `${call.nulls} NULLS is not allowed for analytic function ${name}`);
  if (overload.template.includes('$!') && over.orderBy.length === 0 && !over.base)
    refuse(at, `Window ORDER BY is required for analytic function ${name}`);
  if (overload.template.includes('$-') && over.frame)
    refuse(over.at, `Window framing clause is not allowed for analytic function ${name}`);
  const window = windowText(over, context);
  const template = overload.template
    .replaceAll('$!', '')
    .replaceAll('$-', '')
    .replaceAll('$N', call.nulls ? ` ${call.nulls} NULLS` : '');
  const sql = aggregateText(template, values, { distinct: '', order: '', over: ` OVER ${window.sql}` });
  return combine(at, type, sql, [...values, ...window.values], { window: true });
}
