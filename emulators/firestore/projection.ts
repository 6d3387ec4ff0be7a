import { StoredDocument } from './document.ts';
import type { Query } from './query/parse.ts';
import { project } from './values/fields.ts';
import { parseFieldPath } from './values/paths.ts';

/** The document with the fields of a DocumentMask only. */
export function masked(doc: StoredDocument, mask: { fieldPaths?: string[] } | undefined): StoredDocument {
  if (!mask) return doc;
  const fields = project(doc.fields, (mask.fieldPaths ?? []).map(parseFieldPath));
  return StoredDocument.of(doc.name, fields, doc.createTime, doc.updateTime);
}

/** The document with the fields only that the query selects; `__name__` means none. */
export function selected(doc: StoredDocument, query: Query): StoredDocument {
  const paths = query.select!.filter(path => path[0] !== '__name__');
  return StoredDocument.of(doc.name, project(doc.fields, paths), doc.createTime, doc.updateTime);
}
