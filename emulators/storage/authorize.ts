import type { IncomingMessage } from 'node:http';
import { StorageError } from './errors.ts';
import { isSigned, type Keys, verifySignature } from './signed/signature.ts';

/**
 * Servers may do anything locally, as nobody knows them apart; a page may not, since buckets are closed to clients: it needs
 * a signed URL, or the session that one has opened.
 * @throws StorageError
 */
export function authorize(
  { method = '', headers }: IncomingMessage,
  path: string,
  query: URLSearchParams,
  keys: Keys,
  now: number,
): void {
  // A browser asks by it whether it may send the request that was signed, without what was signed.
  if (method === 'OPTIONS') return;
  if (isSigned(query)) {
    verifySignature({ method, path, query, headers }, keys, now);
    return;
  }
  if (headers.origin === undefined || query.has('upload_id') || headers.authorization !== undefined) return;
  throw new StorageError(403, 'accessDenied', 'Access denied.', {
    Details: 'Anonymous caller does not have access to the Google Cloud Storage bucket. Sign the URL.',
  });
}
