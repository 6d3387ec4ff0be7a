import type { Auth } from '../firestore/access.ts';
import type { Method } from './ast.ts';
import { fromJson } from './convert.ts';
import type { Facts, Lazy } from './evaluate.ts';
import type { Target } from './pattern.ts';
import { Instant, type Path, type Value } from './values.ts';

/** One thing that a client asks for, in the words of the rules. */
export interface Request {
  readonly method: Method;
  /** What the matches are held against. */
  readonly target: Target;
  /** `request.path` */
  readonly path: Path;
  readonly auth: Auth | undefined;
  /** Microseconds. */
  readonly time: number;
  /** `resource`: the document as it is, or what is known of all that a query may find. Asked for only where a rule is. */
  readonly resource: Lazy;
  /** `request.resource`, of a write: the document as it will be, null where it is deleted. */
  readonly requestResource?: Lazy;
  readonly query?: { readonly limit: number | undefined; readonly offset: number; readonly orderBy: Value };
  readonly look: Facts['look'];
}

/** `request`, as rules see it. */
export function valueOfRequest({ auth, method, path, time, requestResource, query }: Request): Value {
  const entries: [string, Value][] = [
    ['auth', auth ? mapOf({ uid: auth.uid, token: fromJson(auth.token) }) : null],
    ['method', method],
    ['path', path],
    // Server timestamps are of whole milliseconds, and a rule may demand that one is the time of the request.
    ['time', new Instant(BigInt(time - (time % 1000)) * 1000n)],
  ];
  if (requestResource) entries.push(['resource', requestResource()]);
  if (query) {
    const limit = query.limit === undefined ? null : BigInt(query.limit);
    entries.push(['query', mapOf({ limit, offset: BigInt(query.offset), orderBy: query.orderBy })]);
  }
  return new Map(entries);
}

const mapOf = (entries: Readonly<Record<string, Value>>): Value => new Map(Object.entries(entries));
