import { readdirSync, readFileSync } from 'node:fs';
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { duckdbType, identifier } from '../duckdb-types.ts';
import type { Field, TableSchema, TypedParameter } from '../types.ts';
import { formatDecimal } from '../values/decimals.ts';
import { formatDate, formatTimestamp, SQL_TIMES } from '../values/times.ts';
import { typeName, typeOfField } from './data-types.ts';
import { registerFunctions, type Scope, type Statement, translate } from './translate.ts';

/**
 * A case of the corpus: a statement, and what BigQuery documents of it. In the files: the statement's lines, then one of
 * `=> [row], [row]` (JSON), `:: TYPE, TYPE` (of the columns), `!! message at [line:column]` (refused), `!> message` (fails while
 * it runs). Cases are parted by blank lines; `#` begins a comment.
 */
export interface Case {
  readonly chapter: string;
  readonly sql: string;
  readonly rows?: readonly unknown[];
  readonly types?: string;
  readonly refusal?: string;
  readonly failure?: string;
}

const FOLDER = new URL('./corpus/', import.meta.url);

export function readCorpus(): Case[] {
  return readdirSync(FOLDER)
    .filter(file => file.endsWith('.txt'))
    .toSorted()
    .flatMap(file => readCases(file.replace('.txt', ''), readFileSync(new URL(file, FOLDER), 'utf8')));
}

function readCases(chapter: string, text: string): Case[] {
  return text
    .split(/\n\s*\n/)
    .map(block => block.split('\n').filter(line => line.trim() !== '' && !line.startsWith('# ')))
    .filter(lines => lines.length > 0)
    .map(lines => {
      const of = (mark: string): string | undefined =>
        lines
          .find(line => line.startsWith(mark))
          ?.slice(mark.length)
          .trim();
      const sql = lines.filter(line => !/^(?:=>|::|!!|!>)/.test(line)).join('\n');
      const [rows, types, refusal, failure] = [of('=>'), of('::'), of('!!'), of('!>')];
      if (rows === undefined && types === undefined && refusal === undefined && failure === undefined)
        throw new Error(`${chapter}: nothing is expected of ${sql}`);
      return {
        chapter,
        sql,
        ...(rows !== undefined && { rows: JSON.parse(`[${rows}]`) as unknown[] }),
        ...(types !== undefined && { types }),
        ...(refusal !== undefined && { refusal }),
        ...(failure !== undefined && { failure }),
      };
    });
}

const field = (name: string, type: Field['type'], more: Partial<Field> = {}): Field => ({
  name,
  type,
  mode: 'NULLABLE',
  ...more,
});

const table = (tableId: string, fields: readonly Field[], more: Partial<TableSchema> = {}): TableSchema => ({
  ref: { projectId: 'demo', datasetId: 'd', tableId },
  kind: 'table',
  duckdb: `"d"."${tableId}"`,
  fields,
  ...more,
});

/** The tables that the corpus asks. */
export const TABLES: readonly TableSchema[] = [
  table('flights', [
    field('id', 'INTEGER', { mode: 'REQUIRED' }),
    field('carrier', 'STRING'),
    field('origin', 'STRING'),
    field('delay', 'INTEGER'),
    field('fare', 'NUMERIC'),
    field('weight', 'FLOAT'),
    field('departed', 'TIMESTAMP'),
    field('day', 'DATE'),
  ]),
  table('carriers', [field('carrier', 'STRING'), field('name', 'STRING')]),
  table('orders', [
    field('id', 'INTEGER'),
    field('customer', 'RECORD', { fields: [field('name', 'STRING'), field('age', 'INTEGER')] }),
    field('tags', 'STRING', { mode: 'REPEATED' }),
    field('items', 'RECORD', {
      mode: 'REPEATED',
      fields: [field('sku', 'STRING'), field('quantity', 'INTEGER')],
    }),
    field('extra', 'JSON'),
  ]),
  table('events', [field('day', 'DATE'), field('n', 'INTEGER')], { requiredFilter: 'day' }),
  table('late', [field('id', 'INTEGER'), field('delay', 'INTEGER')], {
    kind: 'view',
    duckdb: '(SELECT "id", "delay" FROM "d"."flights" WHERE "delay" > 10)',
  }),
];

const ROWS = `
INSERT INTO "d"."flights" VALUES
  (1, 'AA', 'ABQ', 5, 100.5, 1.5, '2024-01-01 10:15:00+00', '2024-01-01'),
  (2, 'AA', 'JFK', 20, 200, 2.5, '2024-01-01 23:45:00.123456+00', '2024-01-01'),
  (3, 'UA', 'ABQ', NULL, NULL, 'NaN', '2024-02-29 00:00:00+00', '2024-02-29'),
  (4, 'UA', 'SFO', -3, 50.25, NULL, NULL, NULL),
  (5, NULL, 'SFO', 20, 0.1, -1, '2024-03-10 07:30:00+00', '2024-03-10');
INSERT INTO "d"."carriers" VALUES ('AA', 'American'), ('UA', 'United'), ('DL', 'Delta');
INSERT INTO "d"."orders" VALUES
  (1, {'name': 'Ann', 'age': 31}, ['a', 'b'], [{'sku': 'x', 'quantity': 2}, {'sku': 'y', 'quantity': 1}], '{"colour":"red","size":{"w":1,"h":[2,3]}}'),
  (2, {'name': 'Bob', 'age': NULL}, [], [], NULL),
  (3, NULL, ['c'], [{'sku': 'x', 'quantity': 5}], '[1,"two",null]');
`;

export async function openCorpus(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'; CREATE SCHEMA "d"`);
  registerFunctions(connection);
  for (const { kind, duckdb, fields } of TABLES)
    if (kind === 'table')
      await connection.run(
        `CREATE TABLE ${duckdb} (${fields.map(each => `${identifier(each.name)} ${duckdbType(each)}`).join(', ')})`,
      );
  await connection.run(ROWS);
  return connection;
}

const parameter = (
  type: Field['type'],
  value: TypedParameter['value'],
  more: Partial<Field> = {},
): TypedParameter => ({ type: field('', type, more), value });

export const SCOPE: Scope = {
  table: path => {
    const [name, dataset, project = 'demo'] = path.toReversed();
    return dataset === 'd' && project === 'demo' ? TABLES.find(({ ref }) => ref.tableId === name) : undefined;
  },
  parameters: {
    named: new Map([
      ['limit', parameter('INTEGER', '2')],
      ['text', parameter('STRING', `it's`)],
      ['day', parameter('DATE', '2024-01-01')],
      ['at', parameter('TIMESTAMP', '2024-01-01T12:00:00Z')],
      ['price', parameter('NUMERIC', '1.25')],
      ['nothing', parameter('STRING', null)],
      ['ids', parameter('INTEGER', ['1', '3'], { mode: 'REPEATED' })],
      [
        'who',
        parameter(
          'RECORD',
          { name: 'Ann', age: '31' },
          { fields: [field('name', 'STRING'), field('age', 'INTEGER')] },
        ),
      ],
      ['raw', parameter('BYTES', 'AQI=')],
    ]),
    positional: [parameter('INTEGER', '7'), parameter('STRING', 'seven')],
  },
  now: new Date('2024-05-06T07:08:09.123Z'),
};

/** Runs the statements of a text, and gives the last query's rows. */
export async function run(
  connection: DuckDBConnection,
  sql: string,
): Promise<{ rows: unknown[]; statement: Statement }> {
  const statements = translate(sql, SCOPE);
  let rows: unknown[] = [];
  for (const { duckdb, kind, schema } of statements) {
    if (duckdb === '') continue;
    const result = await connection.runAndReadAll(duckdb);
    if (kind === 'select')
      rows = result.getRows().map(row => row.map((value, index) => plain(value, schema![index]!)));
  }
  return { rows, statement: statements.at(-1)! };
}

export const typesOf = ({ schema = [] }: Statement): string =>
  schema.map(each => typeName(typeOfField(each))).join(', ');

/** A value as the corpus writes it: numbers as numbers where they are exact, else text. */
function plain(
  value: DuckDBValue,
  { type, mode, fields = [] }: Pick<Field, 'type' | 'mode' | 'fields'>,
): unknown {
  if (value === null) return null;
  if (mode === 'REPEATED') {
    if (!(value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)) throw new Error('no list');
    return value.items.map(item => plain(item, { type, mode: 'NULLABLE', fields }));
  }
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(fields.map(each => [each.name, plain(value.entries[each.name] ?? null, each)]));
  if (typeof value === 'bigint')
    return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))
      ? Number(value)
      : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof DuckDBDecimalValue)
    return type === 'NUMERIC' ? formatDecimal(value.value, value.scale) : String(value);
  if (value instanceof DuckDBDateValue) return formatDate(value.days);
  if (value instanceof DuckDBTimeValue) return SQL_TIMES.formatTime(value.micros);
  if (value instanceof DuckDBTimestampValue) return SQL_TIMES.formatDatetime(value.micros);
  if (value instanceof DuckDBTimestampTZValue) return formatTimestamp(value.micros, 'UTC');
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex');
  return type === 'JSON' ? JSON.parse(value as string) : value;
}
