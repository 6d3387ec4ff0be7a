import type { Auth, Verdict } from '../firestore/access.ts';
import type { Allow, Match, Method, Service } from './ast.ts';
import { checkRules } from './check.ts';
import { EvaluationError, RulesError } from './errors.ts';
import { condition, evaluate, type Facts, LocatedError } from './evaluate.ts';
import { Lexer } from './lexer.ts';
import { LIMITS } from './limits.ts';
import { parseRules } from './parser.ts';
import { matching, type Target } from './pattern.ts';
import type { Scope } from './scope.ts';
import { fromJson, Instant, type Path, type Value } from './values.ts';

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
  /** `resource`: the document as it is, or what is known of all that a query may find. */
  readonly resource: Value;
  /** `request.resource`, of a write: the document as it will be, null where it is deleted. */
  readonly requestResource?: Value;
  readonly query?: { readonly limit: number | undefined; readonly offset: number; readonly orderBy: Value };
  readonly look: Facts['look'];
}

export interface Ruleset {
  /** Never throws: what cannot be evaluated does not allow. */
  judge(request: Request): Verdict;
}

/**
 * Reads and checks rules of version 2 for cloud.firestore. What is not evaluated here is refused, never passed over.
 *
 * @param file how errors and reasons name it
 * @throws RulesError
 */
export function loadRules(source: string, file = 'firestore.rules'): Ruleset {
  const size = Buffer.byteLength(source);
  if (size > LIMITS.sourceBytes)
    throw new RulesError(
      file,
      { line: 1, column: 1 },
      `${size} bytes are more than the service takes, ${LIMITS.sourceBytes}`,
    );
  const lexer = new Lexer(source, file);
  const service = parseRules(lexer);
  const scopes = checkRules(service, lexer);
  const place = (at: number): string => `${file}:${lexer.position(at).line}`;
  return { judge: request => judge(service, scopes, request, place) };
}

type Place = (at: number) => string;

function judge(
  service: Service,
  scopes: ReadonlyMap<Service | Match, Scope>,
  request: Request,
  place: Place,
): Verdict {
  const globals = globalsOf(request);
  const reasons: string[] = [];
  for (const matches of matching(service.matches, request.target)) {
    const innermost = matches.at(-1)![0];
    const wildcards = new Map(matches.map(([match, values]) => [scopes.get(match)!, values] as const));
    const environment = {
      facts: { globals, wildcards, look: request.look },
      scope: scopes.get(innermost)!,
      locals: new Map(),
    };
    for (const allow of innermost.allows) {
      if (!allow.methods.has(request.method)) continue;
      const outcome = outcomeOf(
        allow,
        () => !allow.condition || condition(evaluate(allow.condition, environment)),
        place,
      );
      const reason = `${place(allow.at)}: ${outcome} for '${request.method}'`;
      if (outcome === 'true') return { allowed: true, reason };
      reasons.push(reason);
    }
  }
  if (reasons.length === 0) reasons.push(`no rule is about '${request.method}' on ${request.path}`);
  return { allowed: false, reason: reasons.join('; ') };
}

function outcomeOf(allow: Allow, decide: () => boolean, place: Place): string {
  try {
    return String(decide());
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return `${error.message} (${place(error instanceof LocatedError ? error.at : allow.at)})`;
  }
}

function globalsOf(request: Request): ReadonlyMap<string, Value> {
  const { auth, query } = request;
  const entries: [string, Value][] = [
    [
      'auth',
      auth
        ? new Map([
            ['uid', auth.uid],
            ['token', fromJson(auth.token)],
          ] as [string, Value][])
        : null,
    ],
    ['method', request.method],
    ['path', request.path],
    // Server timestamps are of whole milliseconds, and a rule may demand that one is the time of the request.
    ['time', new Instant(BigInt(request.time - (request.time % 1000)) * 1000n)],
  ];
  if (request.requestResource !== undefined) entries.push(['resource', request.requestResource]);
  if (query) {
    const limit = query.limit === undefined ? null : BigInt(query.limit);
    entries.push([
      'query',
      new Map<string, Value>([
        ['limit', limit],
        ['offset', BigInt(query.offset)],
        ['orderBy', query.orderBy],
      ]),
    ]);
  }
  return new Map<string, Value>([
    ['request', new Map(entries)],
    ['resource', request.resource],
  ]);
}
