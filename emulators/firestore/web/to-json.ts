import { type GrpcError, status } from '../../grpc/errors.ts';
import type { WriteResult } from '../database.ts';
import type { StoredDocument } from '../document.ts';
import type { Timestamp, Value } from '../types.ts';
import { toTimestamp } from '../values/time.ts';

/** Answers as protobuf's JSON: {@link https://firebase.google.com/docs/firestore/reference/rest/v1/Value}. */
type Json = Record<string, unknown>;

/** What JSON has no number for goes as a string. */
function doubleJson(value: number): number | string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}

export function valueJson(value: Value): Json {
  if (value.doubleValue !== undefined) return { doubleValue: doubleJson(value.doubleValue) };
  if (value.timestampValue !== undefined) return { timestampValue: timestampJson(value.timestampValue) };
  if (value.bytesValue !== undefined) return { bytesValue: Buffer.from(value.bytesValue).toString('base64') };
  if (value.arrayValue !== undefined) {
    const { values } = value.arrayValue;
    return { arrayValue: values.length > 0 ? { values: values.map(valueJson) } : {} };
  }
  if (value.mapValue !== undefined) return { mapValue: fieldsJson(value.mapValue.fields) };
  if (value.nullValue !== undefined) return { nullValue: null };
  if (value.geoPointValue !== undefined) {
    const { latitude, longitude } = value.geoPointValue;
    return { geoPointValue: { ...(latitude && { latitude }), ...(longitude && { longitude }) } };
  }
  // Strings, integers, booleans and references are in JSON what they are here.
  return value as Json;
}

/** `{ fields }`, or nothing where there are none. */
export function fieldsJson(fields: Readonly<Record<string, Value>>): { fields?: Json } {
  const entries = Object.entries(fields);
  if (entries.length === 0) return {};
  return { fields: Object.fromEntries(entries.map(([name, value]) => [name, valueJson(value)])) };
}

/** RFC 3339 with three, six or nine digits, or none. */
export function timestampJson({ seconds, nanos }: Timestamp): string {
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  if (nanos === 0) return `${whole}Z`;
  const digits = String(nanos).padStart(9, '0');
  return `${whole}.${digits.replace(/(?:000){1,2}$/, '')}Z`;
}

export const timeJson = (micros: number): string => timestampJson(toTimestamp(micros));

/** What is empty is left out, as protobuf's JSON has it. */
export function filled<T extends object>(message: T): Partial<T> {
  const entries = Object.entries(message).filter(
    ([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(entries) as Partial<T>;
}

/** One that is only named, because there are documents below it, has no times. */
export function documentJson(doc: StoredDocument): Json {
  return {
    name: doc.name,
    ...fieldsJson(doc.fields),
    ...(doc.createTime !== 0 && {
      createTime: timeJson(doc.createTime),
      updateTime: timeJson(doc.updateTime),
    }),
  };
}

export function writeResultJson({ updateTime, transformResults }: WriteResult): Json {
  return {
    ...(updateTime !== undefined && { updateTime: timeJson(updateTime) }),
    ...(transformResults.length > 0 && { transformResults: transformResults.map(valueJson) }),
  };
}

export const statusName = (code: status): string => status[code] ?? 'UNKNOWN';

/** google.rpc.Status */
export const rpcStatusJson = (error: GrpcError): Json => ({ code: error.code, message: error.message });

/** Hex inside, bytes on the wire. */
export const transactionJson = (id: string): Json => ({
  transaction: Buffer.from(id, 'hex').toString('base64'),
});
