import { invalid, unimplemented } from './errors.ts';
import { isObject } from './http.ts';
import type { Json, StoredObject } from './resources.ts';

/** The fields that a client may set. */
export type Editable = Pick<StoredObject, Field | 'metadata'>;

const FIELDS = [
  'contentType',
  'contentEncoding',
  'cacheControl',
  'contentDisposition',
  'contentLanguage',
  'customTime',
] as const;
type Field = (typeof FIELDS)[number];

/** Fields that would change what the service does; stored without effect they would mislead. */
const UNIMPLEMENTED = {
  acl: 'Object ACLs',
  eventBasedHold: 'Object holds',
  temporaryHold: 'Object holds',
  retention: 'Object retention',
  kmsKeyName: 'Customer-managed encryption',
  contexts: 'Object contexts',
} as const;

const MAX_CUSTOM_BYTES = 8 * 1024;

/** Editable fields of a request body; null and '' unset a field. */
export function editable(body: Json): Editable {
  refuse(body);
  const metadata = body['metadata'] == null ? undefined : customMetadata(body['metadata'], {});
  const fields = FIELDS.flatMap(field => {
    const value = text(body, field);
    return value ? [[field, value]] : [];
  });
  return { ...Object.fromEntries(fields), ...(metadata && { metadata }) };
}

/** The object's fields after a PATCH: what the body leaves out stays; custom metadata is merged key by key. */
export function patched(object: Editable, body: Json): Editable {
  refuse(body);
  const { metadata: before, ...rest } = object;
  const fields = FIELDS.flatMap(field => {
    const value = body[field] === undefined ? rest[field] : text(body, field);
    return value ? [[field, value]] : [];
  });
  const change = body['metadata'];
  const metadata = change === null ? undefined : customMetadata(change ?? {}, before ?? {});
  return {
    ...Object.fromEntries(fields),
    ...(metadata && Object.keys(metadata).length > 0 && { metadata }),
  };
}

/** The object without its editable fields. */
export function withoutEditable(object: StoredObject): Omit<StoredObject, keyof Editable> {
  const kept: Record<string, unknown> = { ...object };
  for (const field of [...FIELDS, 'metadata']) delete kept[field];
  return kept as unknown as Omit<StoredObject, keyof Editable>;
}

/** The object's editable fields alone. */
export const editableOf = (object: StoredObject): Editable => patched(object, {});

export const storageClass = (body: Json, otherwise: string): string =>
  text(body, 'storageClass') || otherwise;

/** A text field of a request body. */
export function text(body: Json, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(`Invalid value for ${field}: expected a string`);
  return value;
}

function refuse(body: Json): void {
  for (const [field, what] of Object.entries(UNIMPLEMENTED)) {
    const value = body[field];
    if (value && !(Array.isArray(value) && value.length === 0)) throw unimplemented(what);
  }
}

function customMetadata(change: unknown, before: Readonly<Record<string, string>>): Record<string, string> {
  if (!isObject(change)) throw invalid('Invalid value for metadata: expected an object of strings');
  const merged = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(change)) {
    if (value === null) merged.delete(key);
    else if (typeof value === 'object') throw invalid(`Invalid value for metadata.${key}: expected a string`);
    // The service turns numbers and booleans into text.
    else merged.set(key, String(value));
  }
  let bytes = 0;
  for (const [key, value] of merged) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (bytes > MAX_CUSTOM_BYTES)
    throw invalid(`Custom metadata of ${bytes} bytes is too large: expected at most ${MAX_CUSTOM_BYTES}`);
  return Object.fromEntries(merged);
}
