import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type HandlerOf, type HttpCall, readBody, send } from '../http.ts';
import { asBigQueryError, BigQueryError, errorBody, invalid } from './errors.ts';
import type { Json } from './json.ts';
import { parseBody } from './json.ts';
import type { Site } from './site.ts';

/** One request to BigQuery. */
export interface Call extends HttpCall {
  readonly site: Site;
}

export type Handler = HandlerOf<Call>;

/** The limit of a request that is no upload: 10 MB. */
export const LARGEST_REQUEST = 10 * 1024 * 1024;
const unzip = promisify(gunzip);

/** The text of a body, unpacked. @throws BigQueryError 413, 400 */
export async function readText({ req }: Call, most: number = LARGEST_REQUEST): Promise<string> {
  const packed = await readBody(req, most);
  const tooLarge = (): BigQueryError =>
    new BigQueryError(413, 'uploadTooLarge', `Request payload size exceeds the limit: ${most} bytes.`);
  if (!packed) throw tooLarge();
  if (req.headers['content-encoding'] !== 'gzip') return packed.toString();
  try {
    return (await unzip(packed, { maxOutputLength: most })).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw invalid(`The body is no gzip: ${(error as Error).message}`);
  }
}

/** @throws BigQueryError 400, 413 */
export const readJson = async (call: Call): Promise<Json> => parseBody(await readText(call));

export function fail(res: ServerResponse, error: unknown): void {
  // The client has gone, or has half of an answer: cutting it off tells it that the rest is missing.
  if (res.headersSent || res.socket === null || res.socket.destroyed) {
    res.destroy();
    return;
  }
  const known = asBigQueryError(error);
  send(res, { status: known.code, json: errorBody(known) });
}

/** A page of a list: `maxResults` of it from `pageToken` on. @throws BigQueryError 400 */
export function pageOf<T>(
  items: readonly T[],
  query: URLSearchParams,
): { page: T[]; nextPageToken?: string } {
  const from = offsetOf(query.get('pageToken'));
  const size = sizeOf(query.get('maxResults')) ?? 1000;
  const to = from + size;
  return {
    page: items.slice(from, to),
    ...(to < items.length && { nextPageToken: tokenOf(to) }),
  };
}

export const tokenOf = (offset: number): string => Buffer.from(`o${offset}`).toString('base64url');

/** @throws BigQueryError 400 */
export function offsetOf(token: string | null): number {
  if (!token) return 0;
  const [, digits] = /^o(\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (digits === undefined) throw invalid(`Invalid value for pageToken: ${token}`, 'pageToken');
  return Number(digits);
}

/** @throws BigQueryError 400 */
export function sizeOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^\d{1,10}$/.test(text)) throw invalid(`Invalid value for maxResults: ${text}`, 'maxResults');
  return Number(text);
}
