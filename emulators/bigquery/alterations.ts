import { invalid } from './errors.ts';
import { isObject, type Json, objectAt } from './json.ts';
import { tableName } from './names.ts';
import { readFields } from './schema.ts';
import { changeSchema } from './schema-change.ts';
import type { Site } from './site.ts';
import type { Change } from './store.ts';
import { isView, type StoredTable } from './stored.ts';
import { checkSettings } from './table-definition.ts';
import type { Field, TableRef } from './types.ts';
import { viewFields } from './views.ts';

export interface Alteration {
  check?(before: StoredTable): void;
  settle(before: Json): Json;
  readonly schema: Json | undefined;
}

/** What is never changed once the table is there. */
const FIXED = ['timePartitioning', 'rangePartitioning'] as const;

/** Changes settings and schema of a table or a view. @throws BigQueryError 400, 404, 412 */
export async function alterTable(site: Site, ref: TableRef, alteration: Alteration): Promise<StoredTable> {
  const { store } = site;
  const settled = alteration.settle(store.table(ref).settings);
  const view = objectAt(settled, 'view');
  const ofView = view && viewFields(site, ref, view);
  return store.change(async change => {
    const before = store.table(ref);
    alteration.check?.(before);
    if (isView(before) !== (view !== undefined))
      throw invalid(`Table ${tableName(ref)} cannot become a ${view ? 'view' : 'table'}`);
    const given = alteration.schema?.['fields'];
    const wanted = given === undefined ? before.fields : readFields(given);
    const { fields, alterations } = ofView
      ? { fields: described(ofView, wanted), alterations: [] }
      : changeSchema(tableName(ref), before.fields, wanted);
    for (const name of FIXED) checkUnchanged(name, before.settings, settled);
    checkSettings(fields, settled, store.now);
    await change.alterTable(before, alterations);
    const after = {
      ...before,
      fields,
      settings: settled,
      modified: store.now,
      version: before.version + 1,
    };
    await change.putTable(after);
    return after;
  });
}

/** Adds columns, as a statement does. @throws BigQueryError 400 */
export async function addFields(
  { store }: Site,
  change: Change,
  before: StoredTable,
  added: readonly Field[],
): Promise<void> {
  const checked = readFields([...before.fields, ...added]);
  const { fields, alterations } = changeSchema(tableName(before.ref), before.fields, checked);
  await change.alterTable(before, alterations);
  await change.putTable({ ...before, fields, modified: store.now, version: before.version + 1 });
}

/** Views may have descriptions of their columns. */
const described = (fields: readonly Field[], given: readonly Field[]): readonly Field[] =>
  fields.map(field => {
    const description = given.find(({ name }) => name === field.name)?.description;
    return description === undefined ? field : { ...field, description };
  });

function checkUnchanged(name: (typeof FIXED)[number], before: Json, after: Json): void {
  const part = (settings: Json): string => {
    const value = settings[name];
    if (!isObject(value)) return 'none';
    const { expirationMs, requirePartitionFilter, ...rest } = value;
    return JSON.stringify(Object.entries(rest).sort());
  };
  if (part(before) !== part(after))
    throw invalid(`Cannot change partitioning spec for a partitioned/clustered table: ${name}`);
}
