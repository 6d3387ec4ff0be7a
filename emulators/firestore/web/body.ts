import type { IncomingMessage } from 'node:http';
import { GrpcError, invalidArgument, status } from '../../grpc/errors.ts';
import { readBody } from '../../http.ts';
import { isObject } from './from-json.ts';

/** The largest request is 10 MiB; a form of it, percent-encoded, may be thrice as long. */
const MAX_BYTES = 32 * 1024 * 1024;

/** @throws RESOURCE_EXHAUSTED */
export async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const body = await readBody(req, MAX_BYTES);
  if (body) return body;
  throw new GrpcError(status.RESOURCE_EXHAUSTED, `The request is larger than ${MAX_BYTES} bytes.`);
}

/** A JSON object whatever its type is said to be: the web SDK calls it text. @throws INVALID_ARGUMENT */
export function jsonOf(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch (error) {
    throw invalidArgument(`Invalid JSON payload received. ${(error as Error).message}`);
  }
  if (!isObject(json)) throw invalidArgument('Invalid JSON payload received. Expected an object.');
  return json;
}
