import type { Fields, Value } from './firestore-values.ts';

/**
 * Paths of the fields that an update changed, sorted, for DocumentEventData.updateMask. Within maps the path goes down to
 * what differs (`address.city`), since the mask follows the field path syntax of Document.fields; a list that differs is
 * named as a whole. Whether Firestore itself goes down into maps its documentation does not say.
 *
 * @see https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#document
 */
export function changedPaths(before: Fields, after: Fields): string[] {
  const paths: string[] = [];
  collect(before, after, '', paths);
  return paths.sort();
}

function collect(before: Fields, after: Fields, prefix: string, paths: string[]): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const path = prefix + quoteSegment(key);
    const [old, now] = [own(before, key), own(after, key)];
    if (old?.mapValue && now?.mapValue) collect(old.mapValue.fields, now.mapValue.fields, `${path}.`, paths);
    else if (old === undefined || now === undefined || !sameValue(old, now)) paths.push(path);
  }
}

function own(fields: Fields, key: string): Value | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** A segment as field paths write it: in backticks unless it is a simple identifier. */
export function quoteSegment(segment: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(segment)) return segment;
  return `\`${segment.replace(/[\\`]/g, '\\$&')}\``;
}

/** Whether two values are of the same type and content: NaN is itself, 1 and 1.0 differ, as do 0.0 and -0.0. */
export function sameValue(a: Value, b: Value): boolean {
  if (a.mapValue && b.mapValue) return sameFields(a.mapValue.fields, b.mapValue.fields);
  if (a.arrayValue && b.arrayValue) {
    const [left, right] = [a.arrayValue.values, b.arrayValue.values];
    return left.length === right.length && left.every((value, i) => sameValue(value, right[i]!));
  }
  if (a.bytesValue && b.bytesValue) return Buffer.compare(a.bytesValue, b.bytesValue) === 0;
  if (a.nullValue !== undefined && b.nullValue !== undefined) return true;
  if (a.timestampValue && b.timestampValue) {
    return (
      a.timestampValue.seconds === b.timestampValue.seconds &&
      a.timestampValue.nanos === b.timestampValue.nanos
    );
  }
  if (a.geoPointValue && b.geoPointValue) {
    const { latitude, longitude } = b.geoPointValue;
    return Object.is(a.geoPointValue.latitude, latitude) && Object.is(a.geoPointValue.longitude, longitude);
  }
  return SCALARS.some(key => a[key] !== undefined && Object.is(a[key], b[key]));
}

const SCALARS = ['booleanValue', 'integerValue', 'doubleValue', 'stringValue', 'referenceValue'] as const;

function sameFields(a: Fields, b: Fields): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(key => Object.hasOwn(b, key) && sameValue(a[key]!, b[key]!));
}
