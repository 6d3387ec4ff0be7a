import type { Expression } from './ast.ts';
import type { Grouping } from './ast-query.ts';
import type { Context } from './context.ts';
import { isGroupable, typeName } from './data-types.ts';
import { refuse } from './errors.ts';
import { lower } from './expression.ts';
import { sameName } from './names.ts';
import { ordinalOf } from './query.ts';
import type { Item } from './select.ts';
import type { Value } from './value.ts';

export interface Keys {
  /** What follows GROUP BY; empty where all rows are one group. */
  readonly sql: string;
  /** DuckDB text of every key. */
  readonly texts: ReadonlySet<string>;
}

/** Resolves GROUP BY: numbers and aliases of the select list, then columns. Throws Refusal. */
export function groupBy(grouping: Grouping, items: readonly Item[], context: Context): Keys {
  const inner: Context = { ...context, noAggregates: 'GROUP BY clause', noWindows: 'GROUP BY clause' };
  const key = (expression: Expression): string => {
    const value = keyOf(expression, items, inner);
    if (!isGroupable(value.type))
      refuse(value.at, `Grouping by expressions of type ${typeName(value.type)} is not allowed`);
    return value.sql;
  };
  if (grouping.kind === 'all') {
    const keys = items
      .map(({ write }) => write(context))
      .filter(({ aggregate, window, references }) => !aggregate && !window && references.length > 0)
      .map(({ sql }) => sql);
    return { sql: keys.join(', '), texts: new Set(keys) };
  }
  if (grouping.kind === 'SETS') {
    const sets = grouping.sets.map(set => set.map(key));
    return {
      sql: `GROUPING SETS (${sets.map(set => `(${set.join(', ')})`).join(', ')})`,
      texts: new Set(sets.flat()),
    };
  }
  const keys = grouping.items.map(key);
  const sql = keys.join(', ');
  return { sql: grouping.kind === 'items' ? sql : `${grouping.kind}(${sql})`, texts: new Set(keys) };
}

function keyOf(expression: Expression, items: readonly Item[], context: Context): Value {
  const ordinal = ordinalOf(expression, items.length, 'GROUP BY');
  if (ordinal !== undefined) return items[ordinal]!.write(context);
  if (expression.kind === 'name' && expression.path.length === 1) {
    const [name] = expression.path;
    const found = items.filter(item => sameName(item.name, name!.text));
    if (found.length === 1) return found[0]!.write(context);
  }
  return lower(expression, context);
}
