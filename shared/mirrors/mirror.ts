/**
 * A mirror as compiled from pipelines/mirrors/NAME.yaml. Plain JSON: all of them lie in the pipelines bucket as one object.
 */
export interface Mirror {
  readonly name: string;
  /** Path of a collection, `{name}` for any document in it; of a collection group, its last segment alone. */
  readonly collection: string;
  /** All collections of that name, wherever they are. */
  readonly group: boolean;
  readonly dataset: string;
  /** What the names of its tables and views begin with. */
  readonly table: string;
  /** Whether rows bear the document as it was before. */
  readonly oldData: boolean;
  /** Whether rows bear what stood in the places of `{name}`. */
  readonly pathParams: boolean;
  /** Length of the changelog's partitions, by commit time; undefined for none. */
  readonly partitioning?: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR';
  /** Columns that the changelog is clustered by, in order. */
  readonly clustering: readonly string[];
  /** Views that take columns out of `data`. */
  readonly schemas: readonly NamedSchema[];
}

export interface NamedSchema {
  readonly name: string;
  readonly fields: readonly SchemaField[];
}

/** A field of a document, in the format of firestore-bigquery-export's schema files. */
export interface SchemaField {
  readonly name: string;
  readonly type: FieldType;
  /** Name of the view's column, if not the field's. */
  readonly column_name?: string;
  readonly description?: string;
  /** Of a map. */
  readonly fields?: readonly SchemaField[];
}

export const FIELD_TYPES = [
  'array',
  'boolean',
  'geopoint',
  'json',
  'map',
  'null',
  'number',
  'reference',
  'string',
  'stringified_map',
  'timestamp',
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** Name of the object in the pipelines bucket that holds all mirrors. */
export const MIRRORS_OBJECT = 'mirrors.json';

/** Captured segments by name. */
export type PathParams = Readonly<Record<string, string>>;

/**
 * What stands in the places of a mirror's `{name}`s; undefined where the document is none of the mirror's.
 * @param path of a document, below its database
 */
export function paramsOf({ collection, group }: Mirror, path: string): PathParams | undefined {
  const segments = path.split('/').slice(0, -1);
  if (group) return segments.at(-1) === collection ? {} : undefined;
  const pattern = collection.split('/');
  if (pattern.length !== segments.length) return undefined;
  const params: [name: string, value: string][] = [];
  for (const [at, part] of pattern.entries()) {
    const name = capture(part);
    if (name !== undefined) params.push([name, segments[at]!]);
    else if (part !== segments[at]) return undefined;
  }
  return Object.fromEntries(params);
}

/** Name in `{name}`; undefined for plain text. */
export function capture(segment: string): string | undefined {
  return /^\{(.+)\}$/.exec(segment)?.[1];
}
