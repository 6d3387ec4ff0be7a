import { createHash } from 'node:crypto';

/** What a signature is over, apart from the key. */
export interface SignedRequest {
  /** As on the wire, also HEAD. */
  readonly method: string;
  /** As on the wire, percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export const SIGNATURE = 'X-Goog-Signature';
export const ALGORITHM = 'GOOG4-RSA-SHA256';

/**
 * {@link https://cloud.google.com/storage/docs/authentication/canonical-requests}
 * @param host that the request names, with or without its port: clients differ in what they sign
 */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  host: string,
): string {
  const value = (name: string): string => (name === 'host' ? host : headerOf(request, name));
  return [
    request.method,
    request.path
      .split('/')
      .map(segment => encode(decodeURIComponent(segment)))
      .join('/'),
    canonicalQuery(request.query),
    ...signedHeaders.map(name => `${name}:${value(name).trim().replaceAll(/\s+/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    signedHeaders.includes('x-goog-content-sha256')
      ? headerOf(request, 'x-goog-content-sha256')
      : 'UNSIGNED-PAYLOAD',
  ].join('\n');
}

/** {@link https://cloud.google.com/storage/docs/authentication/signatures#string-to-sign} */
export function stringToSign(time: string, scope: string, canonical: string): string {
  return [ALGORITHM, time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
}

export function headerOf({ headers }: SignedRequest, name: string): string {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== SIGNATURE)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

/** Everything but what RFC 3986 leaves unreserved. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
