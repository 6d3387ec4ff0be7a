import type { StoredDocument } from '../document.ts';
import { getField } from '../values/fields.ts';
import { AFTER_ALL, pathKey, TAG, valueKey } from '../values/keys.ts';

/** `['__name__']` stands for the document's own name. */
export type FieldPath = readonly string[];
export const NAME_PATH: FieldPath = ['__name__'];
export const isName = (path: FieldPath): boolean => path.length === 1 && path[0] === '__name__';

/**
 * A filter in terms of ordered keys: equality and comparison are ranges `from <= key < to`; IN and array-contains-any
 * have become ORs.
 */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | {
      readonly kind: 'range';
      readonly path: FieldPath;
      readonly from: string;
      readonly to: string;
      readonly equal: boolean;
    }
  /** The field exists, is not null, and is none of these. */
  | { readonly kind: 'not'; readonly path: FieldPath; readonly keys: ReadonlySet<string> }
  | { readonly kind: 'contains'; readonly path: FieldPath; readonly key: string };

export const NULL_KEY: string = TAG.null;

/** Above a key and all that it begins, below every greater key: no key begins another. */
export const after = (key: string): string => key + AFTER_ALL;

/** The key of the field in this document, undefined where it has none. */
export function keyAt(doc: StoredDocument, path: FieldPath): string | undefined {
  if (isName(path)) return pathKey(doc.name);
  const value = getField(doc.fields, path);
  return value === undefined ? undefined : valueKey(value);
}

export function matches(filter: Filter, doc: StoredDocument): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every(child => matches(child, doc));
    case 'or':
      return filter.filters.some(child => matches(child, doc));
    case 'range': {
      const key = keyAt(doc, filter.path);
      return key !== undefined && key >= filter.from && key < filter.to;
    }
    case 'not': {
      const key = keyAt(doc, filter.path);
      return key !== undefined && key !== NULL_KEY && !filter.keys.has(key);
    }
    case 'contains':
      return !!getField(doc.fields, filter.path)?.arrayValue?.values.some(v => valueKey(v) === filter.key);
  }
}
