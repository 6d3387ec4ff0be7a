import type { Fields } from '../../shared/events/firestore-values.ts';
import { alreadyExists, failedPrecondition, invalidArgument, notFound } from '../grpc/errors.ts';
import { StoredDocument } from './document.ts';
import { applyTransforms, type FieldTransform } from './transforms.ts';
import type { Timestamp, Value } from './types.ts';
import { canonicalFields } from './values/canonical.ts';
import { getField, withField, withoutField } from './values/fields.ts';
import { checkDocumentName, parseFieldPath } from './values/paths.ts';
import { documentSize, MAX_DOCUMENT_BYTES } from './values/size.ts';
import { toMicros } from './values/time.ts';

/** google.firestore.v1.Write as decoded. */
export interface Write {
  update?: { name?: string; fields?: Record<string, Value> };
  delete?: string;
  transform?: { document?: string; fieldTransforms?: FieldTransform[] };
  updateMask?: { fieldPaths?: string[] };
  updateTransforms?: FieldTransform[];
  currentDocument?: Precondition;
}

export interface Precondition {
  exists?: boolean;
  updateTime?: Partial<Timestamp>;
}

const MAX_TRANSFORMS = 500;

export function nameOf(write: Write): string {
  const name = write.update?.name ?? write.delete ?? write.transform?.document;
  if (!name) throw invalidArgument('A write needs one of update, delete or transform, with a document name.');
  return name;
}

/** What one write makes of one document; throws what the precondition or the content deserves. */
export function applyWrite(
  before: StoredDocument | undefined,
  write: Write,
  micros: number,
): { after: StoredDocument | undefined; transformResults: Value[] } {
  const name = nameOf(write);
  checkDocumentName(name);
  checkPrecondition(name, before, write.currentDocument);
  if (write.delete !== undefined) return { after: undefined, transformResults: [] };
  const transforms = write.transform?.fieldTransforms ?? write.updateTransforms ?? [];
  if (transforms.length > MAX_TRANSFORMS)
    throw invalidArgument(`A document may have at most ${MAX_TRANSFORMS} transforms in one write.`);
  const updated = write.update ? update(before?.fields ?? {}, write) : (before?.fields ?? {});
  const { fields, results } = applyTransforms(updated, transforms, micros);
  const size = documentSize(name, fields);
  if (size > MAX_DOCUMENT_BYTES)
    throw invalidArgument(
      `Document "${name}" cannot be written because its size (${size} bytes) exceeds the maximum allowed size of ${MAX_DOCUMENT_BYTES} bytes.`,
    );
  return {
    after: StoredDocument.of(name, fields, before?.createTime ?? micros, micros),
    transformResults: results,
  };
}

function update(before: Fields, write: Write): Fields {
  const given = canonicalFields(write.update?.fields ?? {});
  if (!write.updateMask) return given;
  let fields = before;
  for (const text of write.updateMask.fieldPaths ?? []) {
    const path = parseFieldPath(text);
    const value = getField(given, path);
    fields = value === undefined ? withoutField(fields, path) : withField(fields, path, value);
  }
  return fields;
}

function checkPrecondition(
  name: string,
  doc: StoredDocument | undefined,
  condition: Precondition | undefined,
): void {
  if (!condition) return;
  if (condition.exists === true && !doc) throw notFound(`No document to update: ${name}`);
  if (condition.exists === false && doc) throw alreadyExists(`Document already exists: ${name}`);
  if (!condition.updateTime) return;
  const stored = doc?.updateTime ?? 0;
  const required = toMicros(condition.updateTime);
  if (stored !== required)
    throw failedPrecondition(
      `the stored version (${stored}) does not match the required base version (${required})`,
    );
}
