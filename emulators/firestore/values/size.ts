import type { Fields } from '../../../shared/events/firestore-values.ts';
import type { Value } from '../types.ts';
import { parseName } from './paths.ts';

/** Sizes in bytes as Firestore counts them: {@link https://firebase.google.com/docs/firestore/storage-size}. */
export function documentSize(name: string, fields: Fields): number {
  return nameSize(name) + fieldsSize(fields) + 32;
}

export const MAX_DOCUMENT_BYTES = 1024 * 1024;

const textSize = (text: string): number => Buffer.byteLength(text) + 1;

function nameSize(name: string): number {
  return 16 + parseName(name).segments.reduce((sum, segment) => sum + textSize(segment), 0);
}

function fieldsSize(fields: Fields): number {
  let sum = 0;
  for (const name of Object.keys(fields)) sum += textSize(name) + valueSize(fields[name]!);
  return sum;
}

function valueSize(value: Value): number {
  if (value.stringValue !== undefined) return textSize(value.stringValue);
  if (value.bytesValue !== undefined) return value.bytesValue.length;
  if (value.referenceValue !== undefined) return nameSize(value.referenceValue);
  if (value.arrayValue !== undefined) return value.arrayValue.values.reduce((s, v) => s + valueSize(v), 0);
  if (value.mapValue !== undefined) return fieldsSize(value.mapValue.fields);
  if (value.geoPointValue !== undefined) return 16;
  if (value.booleanValue !== undefined || value.nullValue !== undefined) return 1;
  return 8;
}
