import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readChecked } from '../yaml/checked.ts';
import { nearest } from '../yaml/nearest.ts';
import { formatProblem, type Problem } from '../yaml/problem.ts';
import fieldsSchema from './fields.schema.json' with { type: 'json' };
import schema from './mirror.schema.json' with { type: 'json' };
import { MIRRORS_OBJECT, type Mirror, type NamedSchema, type SchemaField } from './mirror.ts';
import { columnFaults } from './schema-views.ts';

/** pipelines/mirrors/NAME.yaml as its JSON Schema lets it be. */
interface MirrorSource {
  readonly collection_path: string;
  readonly use_collection_group_query?: boolean;
  readonly dataset_id?: string;
  readonly table_id: string;
  readonly wildcard_ids?: boolean;
  readonly exclude_old_data?: boolean;
  readonly table_partitioning?: 'NONE' | 'HOUR' | 'DAY' | 'MONTH' | 'YEAR';
  readonly clustering?: readonly string[];
  readonly schemas?: readonly string[];
}

/** What is wrong with the files of pipelines/mirrors/, all of it, each with its line and the way to mend it. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

export interface LoadedMirrors {
  readonly mirrors: readonly Mirror[];
  /** The object of the pipelines bucket that holds them. */
  readonly objects: ReadonlyMap<string, string>;
  /** Where a mirror's file says something, for problems that only the wiring can tell. */
  problem(mirror: Mirror, key: keyof MirrorSource, what: string, mend: string): Problem;
}

/**
 * Reads every pipelines/mirrors/NAME.yaml with the schemas that it names.
 * @param folder the folder pipelines/
 * @throws MirrorError
 */
export function loadMirrors(folder: string): LoadedMirrors {
  const problems: Problem[] = [];
  const schemas = readSchemas(join(folder, 'mirrors/schemas'), problems);
  const read = namesIn(join(folder, 'mirrors'), '.yaml').map(name => {
    const text = readFileSync(join(folder, 'mirrors', `${name}.yaml`), 'utf8');
    return [name, readChecked<MirrorSource>(`pipelines/mirrors/${name}.yaml`, text, schema)] as const;
  });
  const mirrors: Mirror[] = [];
  const tables = new Map<string, string>();
  for (const [name, checked] of read) {
    problems.push(...checked.problems);
    if (checked.problems.length > 0) continue;
    const source = checked.value;
    for (const [at, one] of (source.schemas ?? []).entries()) {
      if (schemas.has(one)) continue;
      const guess = nearest(one, [...schemas.keys()]);
      const what = `there is no pipelines/mirrors/schemas/${one}.json`;
      problems.push(
        checked.problem(['schemas', at], {
          what,
          mend: guess ? `did you mean ${guess}?` : 'write it, or take it out',
        }),
      );
    }
    if (source.use_collection_group_query && source.collection_path.includes('/')) {
      const what = `"${source.collection_path}" is the path of one collection, not the name of a collection group`;
      problems.push(
        checked.problem(['collection_path'], {
          what,
          mend: `write ${source.collection_path.split('/').at(-1)}`,
        }),
      );
    }
    const mirror = compile(name, source, schemas);
    const table = `${mirror.dataset}.${mirror.table}`;
    const other = tables.get(table);
    if (other !== undefined) {
      const what = `the mirror ${other} writes the tables ${table}_… as well`;
      problems.push(checked.problem(['table_id'], { what, mend: 'give each mirror tables of its own' }));
    }
    tables.set(table, name);
    mirrors.push(mirror);
  }
  if (problems.length > 0) throw new MirrorError(problems);
  const files = new Map(read);
  return {
    mirrors,
    objects: new Map([[MIRRORS_OBJECT, JSON.stringify(mirrors)]]),
    problem: ({ name }, key, what, mend) => files.get(name)!.problem([key], { what, mend }),
  };
}

function compile(name: string, source: MirrorSource, schemas: ReadonlyMap<string, NamedSchema>): Mirror {
  const { table_partitioning: partitioning = 'DAY', clustering = ['document_id'] } = source;
  return {
    name,
    collection: source.collection_path,
    group: source.use_collection_group_query ?? false,
    dataset: source.dataset_id ?? 'firestore_export',
    table: source.table_id,
    oldData: !source.exclude_old_data,
    pathParams: source.wildcard_ids ?? false,
    ...(partitioning !== 'NONE' && { partitioning }),
    clustering,
    schemas: (source.schemas ?? []).flatMap(one => schemas.get(one) ?? []),
  };
}

/** JSON is YAML: its mistakes are told in the same way. */
function readSchemas(folder: string, problems: Problem[]): Map<string, NamedSchema> {
  const schemas = new Map<string, NamedSchema>();
  for (const name of namesIn(folder, '.json')) {
    const text = readFileSync(join(folder, `${name}.json`), 'utf8');
    const file = `pipelines/mirrors/schemas/${name}.json`;
    const checked = readChecked<{ fields: readonly SchemaField[] }>(file, text, fieldsSchema);
    const found = [...checked.problems];
    if (found.length === 0)
      found.push(
        ...columnFaults(checked.value.fields).map(({ path, ...told }) => checked.problem(path, told)),
      );
    problems.push(...found);
    if (found.length === 0) schemas.set(name, { name, fields: checked.value.fields });
  }
  return schemas;
}

function namesIn(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter(file => file.endsWith(ending));
  return files.map(file => basename(file, ending)).sort();
}
