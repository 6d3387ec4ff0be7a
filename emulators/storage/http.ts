import type { HandlerOf, HttpCall } from '../http.ts';
import { invalid, StorageError } from './errors.ts';
import type { Json } from './resources.ts';
import type { Store } from './store.ts';
import type { Sessions } from './upload/sessions.ts';

/** One request to Storage. */
export interface Call extends HttpCall {
  /** The request's bytes; whoever stops reading early leaves the connection whole, so that the answer arrives. */
  readonly body: AsyncIterableIterator<Buffer>;
  readonly store: Store;
  readonly sessions: Sessions;
}

export type Handler = HandlerOf<Call>;

const MAX_JSON_BYTES = 2 ** 20;

/** The body as a JSON object; {} where there is none. */
export async function readJson(source: AsyncIterable<Buffer>): Promise<Json> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > MAX_JSON_BYTES)
      throw new StorageError(
        413,
        'uploadTooLarge',
        `Metadata too large: expected at most ${MAX_JSON_BYTES} bytes of JSON`,
      );
    chunks.push(chunk);
  }
  return parseJson(Buffer.concat(chunks).toString());
}

export function parseJson(text: string): Json {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StorageError(
      400,
      'parseError',
      `Parse Error: the body is no JSON: ${(error as Error).message}`,
    );
  }
  if (!isObject(value)) throw invalid('Parse Error: expected the body to be a JSON object');
  return value;
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Metadata may hold any text; a header may not: UTF-8 bytes go as they are, control characters are left out. */
export const headerValue = (text: string): string =>
  Buffer.from(text)
    .toString('latin1')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass.
    .replace(/[\x00-\x08\x0a-\x1f\x7f]/g, '');
