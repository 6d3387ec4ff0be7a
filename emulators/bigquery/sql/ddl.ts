import type { Field } from '../types.ts';
import type { Expression } from './ast.ts';
import type { ColumnDefinition, Options, StatementTree } from './ast-statement.ts';
import { partOf } from './call.ts';
import { emptyContext, type Translation } from './context.ts';
import { fieldOfType, resolveType, type ScalarKind, scalarKind } from './data-types.ts';
import { defaultProblem } from './default-value.ts';
import { refuse, unsupported } from './errors.ts';
import { lower } from './expression.ts';
import { sameName } from './names.ts';
import { writeResult } from './statement.ts';

/** How a table is partitioned, in the terms of the REST API. */
export type Partitioning =
  | { readonly type: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR'; readonly field?: string }
  | {
      readonly range: { readonly start: string; readonly end: string; readonly interval: string };
      readonly field: string;
    };

/** What a statement of DDL wants; the storage does it. `path` is as written: `[project, dataset, table]`, or fewer. */
export type Ddl = { readonly path: readonly string[] } & (
  | {
      readonly kind: 'create-table';
      readonly replace: boolean;
      readonly ifNotExists: boolean;
      readonly partitioning?: Partitioning;
      readonly clustering: readonly string[];
      readonly options: Readonly<Record<string, OptionValue>>;
      /** `duckdb` of the statement is a query whose rows go into the table. */
      readonly filled: boolean;
    }
  | {
      readonly kind: 'create-view';
      readonly replace: boolean;
      readonly ifNotExists: boolean;
      /** The view's GoogleSQL. */
      readonly query: string;
      readonly options: Readonly<Record<string, OptionValue>>;
    }
  | {
      readonly kind: 'create-schema';
      readonly ifNotExists: boolean;
      readonly options: Readonly<Record<string, OptionValue>>;
    }
  | { readonly kind: 'drop-table' | 'drop-view'; readonly ifExists: boolean }
  | { readonly kind: 'drop-schema'; readonly ifExists: boolean; readonly cascade: boolean }
  | {
      readonly kind: 'alter-table';
      readonly ifExists: boolean;
      readonly add: readonly { readonly ifNotExists: boolean; readonly field: Field }[];
    }
);

export type OptionValue = string | number | boolean | null | readonly (readonly [string, string])[];

type DdlTree = Extract<
  StatementTree,
  { kind: 'create-table' | 'create-view' | 'create-schema' | 'drop-schema' | 'drop' | 'alter-table' }
>;
interface Written {
  readonly sql: string;
  readonly schema?: readonly Field[];
  readonly ddl: Ddl;
}

export function writeDdl(tree: DdlTree, text: string, translation: Translation): Written {
  const path = tree.target.parts;
  switch (tree.kind) {
    case 'create-table':
      return createTable(tree, translation);
    case 'create-view': {
      const { schema } = writeResult(tree.query, translation);
      const query = text.slice(...tree.text);
      const { replace, ifNotExists } = tree;
      return {
        sql: '',
        schema,
        ddl: {
          kind: 'create-view',
          path,
          replace,
          ifNotExists,
          query,
          options: optionsOf(tree.options, translation),
        },
      };
    }
    case 'create-schema':
      return {
        sql: '',
        ddl: {
          kind: 'create-schema',
          path,
          ifNotExists: tree.ifExists,
          options: optionsOf(tree.options, translation),
        },
      };
    case 'drop-schema':
      return { sql: '', ddl: { kind: 'drop-schema', path, ifExists: tree.ifExists, cascade: tree.cascade } };
    case 'drop':
      return {
        sql: '',
        ddl: { kind: tree.what === 'TABLE' ? 'drop-table' : 'drop-view', path, ifExists: tree.ifExists },
      };
    case 'alter-table': {
      const add = tree.add.map(({ ifNotExists, column }) => {
        if (column.required)
          refuse(column.at, `ALTER TABLE ADD COLUMN cannot add REQUIRED columns to an existing table schema`);
        if (column.fallback !== undefined)
          refuse(
            column.at,
            'ALTER TABLE ADD COLUMN cannot add a column with a default value: add it, then set its default',
          );
        return { ifNotExists, field: fieldOf(column) };
      });
      return { sql: '', ddl: { kind: 'alter-table', path, ifExists: tree.ifExists, add } };
    }
  }
}

function createTable(tree: DdlTree & { kind: 'create-table' }, translation: Translation): Written {
  const { columns, query, replace, ifNotExists, partitionBy, clusterBy } = tree;
  if (replace && ifNotExists) refuse(tree.at, 'CREATE TABLE cannot have both OR REPLACE and IF NOT EXISTS');
  const declared = columns?.map(fieldOf);
  const twice = declared?.find(
    ({ name }, index) => declared.findIndex(other => sameName(other.name, name)) !== index,
  );
  if (twice) refuse(tree.at, `Duplicate column name ${twice.name} in CREATE TABLE`);
  const result = query && writeResult(query, translation);
  if (result && declared) {
    if (result.schema.length !== declared.length)
      refuse(
        query!.at,
        'The number of columns in the column definition list does not match the number of columns produced by the query',
      );
    for (const [index, field] of declared.entries())
      if (field.type !== result.schema[index]!.type)
        unsupported(query!.at, 'CREATE TABLE with columns and a query of other types');
  }
  const schema = declared ?? result!.schema;
  const field = (name: string, at: number): Field =>
    schema.find(each => sameName(each.name, name)) ?? refuse(at, `Unrecognized name: ${name}`);
  const partitioning = partitionBy && partitioningOf(partitionBy, field);
  const clustering = clusterBy.map(({ text, at }) => field(text, at).name);
  return {
    sql: result?.sql ?? '',
    schema,
    ddl: {
      kind: 'create-table',
      path: tree.target.parts,
      replace,
      ifNotExists,
      ...(partitioning && { partitioning }),
      clustering,
      options: optionsOf(tree.options, translation),
      filled: result !== undefined,
    },
  };
}

function fieldOf({ at, name, type, required, description, fallback }: ColumnDefinition): Field {
  const field = fieldOfType(at, name.text, resolveType(type));
  const problem = fallback === undefined ? undefined : defaultProblem(field, fallback);
  if (problem) refuse(at, `Invalid default value of ${name.text}: ${problem.message}`, problem.reason);
  const innermost = type.element ?? type;
  const kind: ScalarKind | undefined = scalarKind(innermost.name);
  const [first, second] = innermost.parameters ?? [];
  if (required && field.mode === 'REPEATED')
    refuse(at, `NOT NULL cannot be applied to ARRAY column ${name.text}`);
  return {
    ...field,
    ...(required && { mode: 'REQUIRED' as const }),
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { defaultValueExpression: fallback }),
    ...(first !== undefined && (kind === 'STRING' || kind === 'BYTES') && { maxLength: first }),
    ...(first !== undefined &&
      (kind === 'NUMERIC' || kind === 'BIGNUMERIC') && {
        precision: first,
        ...(second !== undefined && { scale: second }),
      }),
  };
}

const UNITS = ['HOUR', 'DAY', 'MONTH', 'YEAR'] as const;

function partitioningOf(by: Expression, field: (name: string, at: number) => Field): Partitioning {
  const invalid = (): never =>
    refuse(
      by.at,
      'PARTITION BY expression must be DATE(<timestamp_column>), DATE(<datetime_column>), DATETIME_TRUNC(<datetime_column>, DAY/HOUR/MONTH/YEAR), a DATE column, TIMESTAMP_TRUNC(<timestamp_column>, DAY/HOUR/MONTH/YEAR), DATE_TRUNC(<date_column>, MONTH/YEAR), or RANGE_BUCKET(<int64_column>, GENERATE_ARRAY(<int64_value>, <int64_value>[, <int64_value>]))',
    );
  const column = (expression: Expression | undefined, ...types: string[]): string | undefined => {
    if (expression?.kind !== 'name' || expression.path.length !== 1) return invalid();
    const [{ text, at }] = expression.path as [{ text: string; at: number }];
    if (/^_PARTITION(?:TIME|DATE)$/i.test(text)) return undefined;
    const found = field(text, at);
    return types.includes(found.type) && found.mode !== 'REPEATED' ? found.name : invalid();
  };
  const timed = (type: (typeof UNITS)[number], name: string | undefined): Partitioning => ({
    type,
    ...(name !== undefined && { field: name }),
  });
  if (by.kind === 'name') return timed('DAY', column(by, 'DATE'));
  if (by.kind !== 'call') return invalid();
  const [first, second] = by.args;
  if (by.name === 'DATE') return timed('DAY', column(first, 'TIMESTAMP', 'DATETIME'));
  if (/^(?:DATE|DATETIME|TIMESTAMP)_TRUNC$/.test(by.name)) {
    const unit = second && UNITS.find(each => each === partOf(second));
    return unit ? timed(unit, column(first, 'DATE', 'DATETIME', 'TIMESTAMP')) : invalid();
  }
  if (by.name !== 'RANGE_BUCKET' || second?.kind !== 'call' || second.name !== 'GENERATE_ARRAY')
    return invalid();
  const [start, end, interval = '1'] = second.args.map(arg =>
    arg.kind === 'literal' && arg.type === 'INT64' ? arg.value : invalid(),
  );
  return { range: { start: start!, end: end!, interval }, field: column(first, 'INTEGER') ?? invalid() };
}

/** Options are literals; `labels` is a list of pairs. */
function optionsOf(options: Options, translation: Translation): Record<string, OptionValue> {
  return Object.fromEntries(
    options.map(({ name, value }) => [name.text.toLowerCase(), optionOf(value, translation)]),
  );
}

function optionOf(value: Expression, translation: Translation): OptionValue {
  if (value.kind === 'literal') return literalOf(value);
  if (value.kind === 'array')
    return value.items.map(item => {
      if (item.kind !== 'struct' || item.items.length !== 2)
        return unsupported(item.at, 'An option of this form');
      const [key, text] = item.items.map(part =>
        part.value.kind === 'literal'
          ? String(literalOf(part.value))
          : unsupported(part.value.at, 'An option of this form'),
      );
      return [key!, text!] as const;
    });
  const { literal } = lower(value, emptyContext(translation));
  return literal
    ? literalOf({ kind: 'literal', at: value.at, ...literal })
    : unsupported(value.at, 'An option that is no literal');
}

function literalOf({
  type,
  value,
}: Extract<Expression, { kind: 'literal' }>): string | number | boolean | null {
  if (type === 'NULL') return null;
  if (type === 'BOOL') return value === 'true';
  return type === 'INT64' || type === 'FLOAT64' ? Number(value) : value;
}
