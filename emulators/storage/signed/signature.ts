import { type KeyObject, verify } from 'node:crypto';
import { StorageError, unimplemented } from '../errors.ts';
import {
  ALGORITHM,
  canonicalRequest,
  headerOf,
  SIGNATURE,
  type SignedRequest,
  stringToSign,
} from './canonical.ts';

/** Public keys of service accounts, by e-mail address. */
export type Keys = ReadonlyMap<string, KeyObject>;

const WEEK_SECONDS = 7 * 24 * 3600;
/** By how much the signer's clock may be ahead. */
const SKEW_MS = 15 * 60_000;

/** Whether a request says that somebody has signed it. */
export const isSigned = (query: URLSearchParams): boolean =>
  query.has(SIGNATURE) || (query.has('GoogleAccessId') && query.has('Signature'));

/**
 * Holds a V4 signature in the query against the request
 * ({@link https://cloud.google.com/storage/docs/access-control/signed-urls}).
 * @throws StorageError 400 where it has expired or is malformed, 403 where it is not of a known key over this request
 */
export function verifySignature(request: SignedRequest, keys: Keys, now: number): void {
  const { query } = request;
  if (!query.has(SIGNATURE)) throw unimplemented('The V2 signing process');
  const algorithm = parameter(query, 'X-Goog-Algorithm');
  if (algorithm !== ALGORITHM) throw unimplemented(`The signature algorithm ${algorithm}`);
  const [email, scope] = credentialOf(query);
  const time = parameter(query, 'X-Goog-Date');
  checkTime(time, parameter(query, 'X-Goog-Expires'), now);
  const signedHeaders = signedHeadersOf(request);
  const signature = Buffer.from(parameter(query, SIGNATURE), 'hex');
  const host = headerOf(request, 'host');
  const key = keys.get(email);
  const texts = [host, host.replace(/:\d+$/, '')].map(name => canonicalRequest(request, signedHeaders, name));
  const holds = texts.some(
    text => key && verify('RSA-SHA256', Buffer.from(stringToSign(time, scope, text)), key, signature),
  );
  if (holds) return;
  throw new StorageError(403, 'signatureDoesNotMatch', 'Access denied.', {
    Details: key
      ? 'The request signature we calculated does not match the signature you provided.'
      : `No key is known of ${email}; here are: ${[...keys.keys()].join(', ') || 'none'}`,
    StringToSign: stringToSign(time, scope, texts[0]!),
    CanonicalRequest: texts[0]!,
  });
}

function credentialOf(query: URLSearchParams): [email: string, scope: string] {
  const credential = parameter(query, 'X-Goog-Credential');
  const [, email, scope, day] = /^([^/]+)\/((\d{8})\/[^/]+\/storage\/goog4_request)$/.exec(credential) ?? [];
  if (!email || !scope || !day || !parameter(query, 'X-Goog-Date').startsWith(day))
    throw invalid(
      'X-Goog-Credential',
      credential,
      'EMAIL/DAY/LOCATION/storage/goog4_request, of the day of X-Goog-Date',
    );
  return [email, scope];
}

function checkTime(time: string, expires: string, now: number): void {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
  const began = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(began)) throw invalid('X-Goog-Date', time, 'a time such as 20260131T235959Z');
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (seconds < 1 || seconds > WEEK_SECONDS)
    throw invalid('X-Goog-Expires', expires, `1 to ${WEEK_SECONDS} seconds`);
  if (began > now + SKEW_MS)
    throw new StorageError(403, 'requestTimeTooSkewed', `The signature is of ${time}, which is yet to come.`);
  const end = began + seconds * 1000;
  if (now > end)
    throw new StorageError(400, 'expiredToken', 'The provided token has expired.', {
      Details: `Request signature expired at: ${new Date(end).toISOString()}`,
    });
}

/** The host has to be among them, and every header that tells the service what to do. */
function signedHeadersOf(request: SignedRequest): string[] {
  const names = parameter(request.query, 'X-Goog-SignedHeaders').split(';');
  const needed = ['host', ...Object.keys(request.headers).filter(name => name.startsWith('x-goog-'))];
  const unsigned = needed.find(name => !names.includes(name));
  if (unsigned !== undefined)
    throw malformed(unsigned, 'Header was in the request, but not included in signedheaders.');
  const missing = names.find(name => request.headers[name] === undefined);
  if (missing !== undefined)
    throw malformed(missing, 'Header was included in signedheaders, but not in the request.');
  return names;
}

function parameter(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value) return value;
  throw new StorageError(400, 'invalid', `Invalid argument: the parameter ${name} is missing.`);
}

const malformed = (header: string, details: string): StorageError =>
  new StorageError(400, 'malformedSecurityHeader', 'Your request has a malformed header.', {
    ParameterName: header,
    Details: details,
  });

const invalid = (name: string, value: string, expected: string): StorageError =>
  new StorageError(400, 'invalid', `Invalid value for ${name}: '${value}': expected ${expected}`);
