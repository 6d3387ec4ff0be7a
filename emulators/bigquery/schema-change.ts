import { duckdbType, identifier } from './duckdb-types.ts';
import { invalid } from './errors.ts';
import type { Field } from './types.ts';

/** What leads from one schema to another: statements without the `ALTER TABLE name` they begin with. */
export interface SchemaChange {
  readonly fields: readonly Field[];
  readonly alterations: readonly string[];
}

/**
 * Columns are only ever added, and modes only relaxed from REQUIRED to NULLABLE
 * ({@link https://cloud.google.com/bigquery/docs/managing-table-schemas}). New columns come last, whatever their place in `after`.
 * @param table its name, for messages
 * @param partial fields that `after` leaves out stay, as with the ALLOW_FIELD_ADDITION of a job
 * @throws BigQueryError 400
 */
export function changeSchema(
  table: string,
  before: readonly Field[],
  after: readonly Field[],
  partial = false,
): SchemaChange {
  const alterations: string[] = [];
  const fields = changed(before, after, [], '');
  return { fields, alterations };

  function changed(
    old: readonly Field[],
    wanted: readonly Field[],
    path: readonly string[],
    shown: string,
  ): Field[] {
    const byName = new Map(wanted.map(field => [field.name.toLowerCase(), field]));
    const kept = old.map(field => {
      const next = byName.get(field.name.toLowerCase());
      byName.delete(field.name.toLowerCase());
      if (next) return one(field, next, path, shown);
      if (partial) return field;
      throw mismatch(`Field ${shown}${field.name} is missing in new schema`);
    });
    const added = [...byName.values()];
    for (const field of added) {
      if (field.mode === 'REQUIRED')
        throw mismatch(`Cannot add required fields to an existing schema. (field: ${shown}${field.name})`);
      const fallback = path.length === 0 && field.mode === 'REPEATED' ? ' DEFAULT []' : '';
      alterations.push(
        `ADD COLUMN ${[...path, field.name].map(identifier).join('.')} ${duckdbType(field)}${fallback}`,
      );
    }
    return [...kept, ...added];
  }

  function one(old: Field, next: Field, path: readonly string[], shown: string): Field {
    const name = `${shown}${old.name}`;
    if (old.type !== next.type)
      throw mismatch(`Field ${name} has changed type from ${old.type} to ${next.type}`);
    const relaxed = old.mode === 'REQUIRED' && next.mode === 'NULLABLE';
    if (old.mode !== next.mode && !relaxed)
      throw mismatch(`Field ${name} has changed mode from ${old.mode} to ${next.mode}`);
    if (relaxed && path.length === 0) alterations.push(`ALTER COLUMN ${identifier(old.name)} DROP NOT NULL`);
    const deeper = [...path, old.name, ...(old.mode === 'REPEATED' ? ['element'] : [])];
    const members = old.fields && changed(old.fields, next.fields ?? [], deeper, `${name}.`);
    return { ...next, name: old.name, ...(members && { fields: members }) };
  }

  function mismatch(what: string) {
    return invalid(`Provided Schema does not match Table ${table}. ${what}.`);
  }
}
