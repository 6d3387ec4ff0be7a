import type { CloudEventV1 } from 'cloudevents';
import { decodePercent, encodePercent } from './percent.ts';

export { decodePercent, encodePercent } from './percent.ts';

/** An event as CloudEvents 1.0 has it: identity is `source` + `id`; extensions lie beside the other attributes. */
export type CloudEvent<T> = CloudEventV1<T>;

/** Attributes only, as text, unencoded. */
export type Attributes = Readonly<Record<string, string>>;

const PREFIX = 'ce-';
/** Not attributes of the context: the body and what HTTP says of it. */
const BODY: ReadonlySet<string> = new Set(['data', 'data_base64', 'datacontenttype']);

/**
 * The headers of an event in binary content mode: `ce-…` for every attribute, percent-encoded, and `content-type` for its
 * datacontenttype. Attributes without a value have no header.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#31-binary-content-mode
 */
export function toBinaryHeaders(event: Readonly<Record<string, unknown>>): Record<string, string> {
  const headers: [name: string, value: string][] = [];
  for (const [name, value] of Object.entries(event)) {
    if (BODY.has(name) || value === undefined || value === null) continue;
    headers.push([`${PREFIX}${name}`, encodePercent(String(value))]);
  }
  const type = event['datacontenttype'];
  if (typeof type === 'string') headers.push(['content-type', type]);
  return Object.fromEntries(headers);
}

/** The attributes in a request's headers: the inverse of `toBinaryHeaders`. Header names are in lower case. */
export function fromBinaryHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Attributes {
  const attributes: [name: string, value: string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') continue;
    if (name.startsWith(PREFIX)) attributes.push([name.slice(PREFIX.length), decodePercent(value)]);
    if (name === 'content-type') attributes.push(['datacontenttype', value]);
  }
  return Object.fromEntries(attributes);
}

/**
 * Repairs an event that functions-framework took from a request in binary mode: its attributes are still percent-encoded,
 * and `datacontenttype` is missing. Not for structured events, where a percent sign means itself.
 *
 * @param contentType the request's content-type where it is known; else protobuf for bytes, JSON for anything else
 */
export function decodeAttributes<T>(event: CloudEvent<T>, contentType?: string): CloudEvent<T> {
  const decoded: Record<string, unknown> = { ...event };
  for (const name of Object.keys(decoded)) {
    const value = decoded[name];
    if (name !== 'data' && typeof value === 'string') decoded[name] = decodePercent(value);
  }
  const datacontenttype = event.datacontenttype ?? contentType ?? guessContentType(event.data);
  if (datacontenttype !== undefined) decoded['datacontenttype'] = datacontenttype;
  return decoded as unknown as CloudEvent<T>;
}

/**
 * An event as functions-framework makes it of a request in binary mode, for whoever calls a step without one: its attributes
 * are percent-encoded text, and `datacontenttype` is missing. The inverse of `decodeAttributes`.
 */
export function encodeAttributes<T>({ data, ...attributes }: CloudEvent<T>): CloudEvent<T> {
  const headers = Object.entries(toBinaryHeaders(attributes)).filter(([name]) => name.startsWith(PREFIX));
  const encoded = headers.map(([name, value]) => [name.slice(PREFIX.length), value]);
  return { ...(Object.fromEntries(encoded) as CloudEvent<T>), ...(data !== undefined && { data }) };
}

function guessContentType(data: unknown): string | undefined {
  if (data === undefined) return undefined;
  return data instanceof Uint8Array ? 'application/protobuf' : 'application/json';
}

/** CloudEvents' timestamps: RFC 3339 in UTC. @throws RangeError for an invalid date */
export function timestamp(time: Date | number): string {
  return new Date(time).toISOString();
}
