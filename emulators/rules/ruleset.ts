import type { Verdict } from '../firestore/access.ts';
import type { Allow, Match, Service } from './ast.ts';
import { checkRules } from './check.ts';
import { EvaluationError, RulesError } from './errors.ts';
import { condition, evaluate, LocatedError, lazily } from './evaluate.ts';
import { Lexer } from './lexer.ts';
import { LIMITS } from './limits.ts';
import { parseRules } from './parser.ts';
import { matching } from './pattern.ts';
import { type Request, valueOfRequest } from './request.ts';
import type { Scope } from './scope.ts';

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
  const globals = new Map([
    ['request', lazily(() => valueOfRequest(request))],
    ['resource', lazily(request.resource)],
  ]);
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
