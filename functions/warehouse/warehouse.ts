import type { PipelineEvent } from '../../shared/batches/batch.ts';
import { idOf } from '../../shared/ids/ids.ts';
import type { Field } from '../../shared/warehouse/columns.ts';

/** What BigQuery is sent for an event. */
export interface EventRow {
  readonly insertId: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * The row of an event. What no column can hold (a property that the schema does not name, a value that does not fit its column
 * exactly) is kept in `event_rest` in the place it has in the record: nothing is rounded, cut or left out.
 */
export function rowOf(pipeline: string, event: PipelineEvent, fields: readonly Field[]): EventRow {
  const { columns, rest } = split(event.data, fields);
  return {
    insertId: idOf('warehouse', pipeline, event.source, event.id),
    json: {
      ...columns,
      event_time: event.time,
      event_source: event.source,
      event_id: event.id,
      event_type: event.type,
      event_key: event.partitionkey,
      // A JSON column takes its value as text.
      ...(rest && { event_rest: JSON.stringify(rest) }),
    },
  };
}

type Record_ = Readonly<Record<string, unknown>>;

const byProperties = new WeakMap<readonly Field[], ReadonlyMap<string, Field>>();

/** Made once for a version of a table: each of its events asks. */
function byPropertyOf(fields: readonly Field[]): ReadonlyMap<string, Field> {
  const known = byProperties.get(fields) ?? new Map(fields.map(field => [field.property, field]));
  byProperties.set(fields, known);
  return known;
}

/** What of a record goes into its columns, and what is left. */
function split(record: Record_, fields: readonly Field[]): { columns: Record_; rest: Record_ | undefined } {
  const byProperty = byPropertyOf(fields);
  const columns: [string, unknown][] = [];
  const rest: [string, unknown][] = [];
  for (const [property, value] of Object.entries(record)) {
    // No column says the same as null.
    if (value === null || value === undefined) continue;
    const field = byProperty.get(property);
    if (field?.fields && field.column.mode !== 'REPEATED' && isRecord(value)) {
      const inner = split(value, field.fields);
      columns.push([field.column.name, inner.columns]);
      if (inner.rest) rest.push([property, inner.rest]);
      continue;
    }
    const held = field && hold(value, field);
    if (field && held !== undefined) columns.push([field.column.name, held]);
    else rest.push([property, value]);
  }
  return {
    columns: Object.fromEntries(columns),
    rest: rest.length > 0 ? Object.fromEntries(rest) : undefined,
  };
}

/** The value as its column takes it; undefined where the column cannot hold it exactly. */
function hold(value: unknown, field: Field): unknown {
  const { type, mode } = field.column;
  if (mode !== 'REPEATED') return holdOne(value, type);
  if (!Array.isArray(value)) return undefined;
  // A list is kept as a whole: with a part of it elsewhere its places would be lost.
  const items = value.map(item => (field.fields ? holdRecord(item, field.fields) : holdOne(item, type)));
  return items.includes(undefined) ? undefined : items;
}

function holdRecord(value: unknown, fields: readonly Field[]): unknown {
  if (!isRecord(value)) return undefined;
  const { columns, rest } = split(value, fields);
  return rest ? undefined : columns;
}

const HOLD: Readonly<Record<string, (value: unknown) => unknown>> = {
  STRING: value => (typeof value === 'string' ? value : undefined),
  BOOLEAN: value => (typeof value === 'boolean' ? value : undefined),
  INTEGER: value => (Number.isSafeInteger(value) ? value : undefined),
  FLOAT: value => (typeof value === 'number' ? value : undefined),
  TIMESTAMP: value => (typeof value === 'string' && isExactTime(value) ? value : undefined),
  JSON: value => JSON.stringify(value),
};

function holdOne(value: unknown, type: string): unknown {
  return HOLD[type]?.(value);
}

/** RFC 3339 with a zone and at most the six digits of a second that a TIMESTAMP has. */
const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6}0*)?([Zz]|[+-]\d\d:\d\d)$/;

function isExactTime(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(Date.parse(text)) && !text.startsWith('0000');
}

function isRecord(value: unknown): value is Record_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
