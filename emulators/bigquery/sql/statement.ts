import { identifier } from '../duckdb-types.ts';
import type { Field } from '../types.ts';
import type { Query } from './ast-query.ts';
import type { StatementTree } from './ast-statement.ts';
import { withoutNulls } from './coerce.ts';
import type { Translation } from './context.ts';
import { fieldOfType, INT64 } from './data-types.ts';
import { writeDdl } from './ddl.ts';
import { writeDml } from './dml.ts';
import { refuse } from './errors.ts';
import { writeQuery } from './query.ts';
import type { Statement } from './translate.ts';

export type { Ddl } from './ddl.ts';

/** A query whose rows are sent to somebody: every column has a name of its own, and a type that a column can have. */
export function writeResult(query: Query, translation: Translation): { sql: string; schema: Field[] } {
  const { sql, columns, values } = writeQuery(query, { translation, named: [] });
  const [value] = columns;
  if (values && value!.type.kind === 'STRUCT') {
    const alias = translation.alias('t');
    const schema = fieldOfType(query.at, '', value!.type).fields ?? [];
    const list = schema.map(
      ({ name }) => `${alias}.${identifier(value!.physical)}.${identifier(name)} AS ${identifier(name)}`,
    );
    return { sql: `SELECT ${list.join(', ')} FROM (${sql}) AS ${alias}`, schema: [...schema] };
  }
  const seen = new Set<string>();
  const schema = columns.map(({ name, physical, type, literal }) => {
    const shown = name ?? physical;
    if (seen.has(shown.toLowerCase()))
      refuse(
        query.at,
        `Duplicate column names in the result are not supported. Found duplicate(s): ${shown}`,
      );
    seen.add(shown.toLowerCase());
    return fieldOfType(query.at, shown, literal?.type === 'NULL' ? INT64 : type);
  });
  if (columns.every(({ type }) => type.kind !== 'ARRAY')) return { sql, schema };
  const alias = translation.alias('t');
  const list = columns.map(({ physical, type }) => {
    const column = identifier(physical);
    return `${withoutNulls(`${alias}.${column}`, type, physical)} AS ${column}`;
  });
  return { sql: `SELECT ${list.join(', ')} FROM (${sql}) AS ${alias}`, schema };
}

export function writeStatement(tree: StatementTree, text: string, translation: Translation): Statement {
  switch (tree.kind) {
    case 'select': {
      const { sql, schema } = writeResult(tree.query, translation);
      return { kind: 'select', duckdb: sql, schema, reads: translation.reads() };
    }
    case 'insert':
    case 'update':
    case 'delete':
    case 'truncate':
    case 'merge': {
      const { sql, target } = writeDml(tree, translation);
      return { kind: tree.kind, duckdb: sql, reads: translation.reads(), target };
    }
    default: {
      const { sql, schema, ddl } = writeDdl(tree, text, translation);
      return { kind: ddl.kind, duckdb: sql, ...(schema && { schema }), reads: translation.reads(), ddl };
    }
  }
}
