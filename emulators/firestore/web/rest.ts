import protobuf from 'protobufjs';
import { invalidArgument, notFound } from '../../grpc/errors.ts';
import { callerOf } from '../callers.ts';
import { checkRequestSize } from '../request-parts.ts';
import type { Service } from '../service.ts';
import { jsonOf } from './body.ts';
import { fieldNamed, messageFromJson } from './from-json.ts';
import { type Method, OF_COLLECTION, OF_DOCUMENT, type Place, VERBS } from './rest-methods.ts';

const PACKAGE = 'google.firestore.v1';

export interface RestRequest {
  readonly method: string;
  /** Below `/v1/`, percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly authorization: string | undefined;
}

interface Route {
  readonly method: Method;
  readonly place: Place;
}

/** Whether the answer to the request, errors too, is a list. */
export const streams = ({ path }: RestRequest): boolean => VERBS.get(verbOf(path))?.streams ?? false;

/**
 * Answers a request of the REST API ({@link https://firebase.google.com/docs/firestore/reference/rest}).
 * @returns what becomes JSON
 * @throws GrpcError
 */
export async function rest(root: protobuf.Root, service: Service, request: RestRequest): Promise<unknown> {
  const { method, place } = routeOf(request);
  checkRequestSize(request.body.length);
  const type = root.lookupType(`${PACKAGE}.${method.type}`);
  const json = { ...fromQuery(type, request.query), ...method.request(place, jsonOf(request.body)) };
  const context = { caller: callerOf(request.authorization, place.database) };
  return method.run(service, messageFromJson(type, json), context);
}

const verbOf = (path: string): string => path.slice(path.lastIndexOf(':') + 1);

const DATABASE = /^projects\/[^/]+\/databases\/[^/]+(?=\/documents(?:\/|$))/;

function routeOf({ method, path }: RestRequest): Route {
  const verb = method === 'POST' && path.includes(':') ? VERBS.get(verbOf(path)) : undefined;
  const segments = (verb ? path.slice(0, path.lastIndexOf(':')) : path).split('/').map(decode);
  const name = segments.join('/');
  const database = DATABASE.exec(name)?.[0];
  if (!database)
    throw notFound(`There is nothing at /v1/${path}: expected projects/P/databases/D/documents….`);
  if (verb) return { method: verb, place: { database, name, collectionId: undefined } };
  // Behind the five segments of …/documents an even number of them names a document.
  const onDocument = segments.length % 2 === 1;
  const known = segments.length > 5 ? (onDocument ? OF_DOCUMENT : OF_COLLECTION)[method] : undefined;
  if (!known) throw notFound(`There is no method ${method} for /v1/${path}.`);
  if (onDocument) return { method: known, place: { database, name, collectionId: undefined } };
  const collectionId = segments.pop()!;
  return { method: known, place: { database, name: segments.join('/'), collectionId } };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalidArgument(`"${segment}" in the path is not percent-encoded UTF-8.`);
  }
}

/** `mask.fieldPaths=a&mask.fieldPaths=b` and the like; what the type does not know (`key`, `alt`) is not for us. */
function fromQuery(type: protobuf.Type, query: URLSearchParams): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const key of new Set(query.keys())) {
    const path = key.split('.');
    const field = fieldAt(type, path);
    if (!field) continue;
    const values = query.getAll(key).map(value => (field.type === 'bool' ? value === 'true' : value));
    let into = json;
    for (const part of path.slice(0, -1)) {
      into[part] ??= {};
      if (typeof into[part] !== 'object')
        throw invalidArgument(`The parameter "${part}" is given as a whole and in parts (${key}).`);
      into = into[part] as Record<string, unknown>;
    }
    into[path.at(-1)!] = field.repeated ? values : values[0];
  }
  return json;
}

function fieldAt(type: protobuf.Type, path: readonly string[]): protobuf.Field | undefined {
  let field: protobuf.Field | undefined;
  let within: protobuf.Type | undefined = type;
  for (const part of path) {
    field = within && fieldNamed(within, part)?.resolve();
    within = field?.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined;
  }
  return field;
}
