import type { Allow, FunctionDeclaration, Match, Service } from './ast.ts';
import { checkCalls } from './check-calls.ts';
import { checkExpression, type Names } from './check-expression.ts';
import { FUNCTIONS, isLookup, NAMESPACES } from './functions.ts';
import type { Lexer } from './lexer.ts';
import { LIMITS } from './limits.ts';
import { type Scope, scopeOf } from './scope.ts';

type Scopes = Map<Service | Match, Scope>;

/**
 * Refuses what the service would only find out at a request, and what is not evaluated here: names, methods and
 * arguments that do not exist, types that cannot meet, functions that call themselves, what exceeds a limit.
 *
 * @returns the scope of each match, and of the service
 * @throws RulesError
 */
export function checkRules(service: Service, lexer: Lexer): ReadonlyMap<Service | Match, Scope> {
  const scopes: Scopes = new Map();
  const scope = scopeOf(service);
  scopes.set(service, scope);
  checkFunctions(service.functions, scope, lexer);
  for (const match of service.matches) checkMatch(match, scope, [], lexer, scopes);
  return scopes;
}

function checkMatch(
  match: Match,
  outer: Scope,
  around: readonly Match[],
  lexer: Lexer,
  scopes: Scopes,
): void {
  const matches = [...around, match];
  const path = matches.flatMap(each => each.path);
  const wildcards = match.path.flatMap(segment => (segment.kind === 'literal' ? [] : [segment.name]));
  const counts = [
    ['nested matches', matches.length, LIMITS.matchDepth],
    ['segments in a path', path.length, LIMITS.pathSegments],
    ['wildcards in a path', path.filter(({ kind }) => kind !== 'literal').length, LIMITS.wildcards],
  ] as const;
  for (const [what, count, most] of counts)
    if (count > most)
      lexer.fail(match.at, `${count} ${what} are more than the service takes, ${most}; split the rules`);
  if (match.path.filter(({ kind }) => kind === 'rest').length > 1)
    lexer.fail(match.at, 'a match has one {name=**} at most; put the other into a match within');
  for (const [i, name] of wildcards.entries()) {
    refuseReserved(name, match.at, lexer);
    if (wildcards.indexOf(name) !== i) lexer.fail(match.at, `the wildcard ${name} appears twice; rename one`);
  }
  const scope = scopeOf(match, outer);
  scopes.set(match, scope);
  checkFunctions(match.functions, scope, lexer);
  for (const allow of match.allows) checkAllow(allow, scope, lexer);
  for (const inner of match.matches) checkMatch(inner, scope, matches, lexer, scopes);
}

function checkAllow({ condition }: Allow, scope: Scope, lexer: Lexer): void {
  if (!condition) return;
  const type = checkExpression(condition, { scope, locals: new Set() }, lexer);
  if (type !== undefined && type !== 'bool')
    lexer.fail(condition.at, `a condition is true or false, this is a ${type}; compare it with something`);
}

function checkFunctions(functions: readonly FunctionDeclaration[], scope: Scope, lexer: Lexer): void {
  for (const declaration of functions) {
    const { at, name, parameters, lets, result } = declaration;
    if (scope.functions.get(name) !== declaration)
      lexer.fail(at, `the function ${name} is declared twice here; rename one`);
    refuseReserved(name, at, lexer);
    if (parameters.length > LIMITS.parameters)
      lexer.fail(
        at,
        `${name}() has ${parameters.length} parameters; the service takes ${LIMITS.parameters} at most`,
      );
    if (lets.length > LIMITS.lets)
      lexer.fail(at, `${name}() has ${lets.length} lets; the service takes ${LIMITS.lets} at most`);
    const names: Names = { scope, locals: new Set() };
    for (const parameter of parameters) declare(parameter, names, at, lexer);
    for (const one of lets) {
      checkExpression(one.value, names, lexer);
      declare(one.name, names, one.at, lexer);
    }
    checkExpression(result, names, lexer);
    checkCalls(declaration, scope, lexer);
  }
}

function declare(name: string, { locals }: Names, at: number, lexer: Lexer): void {
  refuseReserved(name, at, lexer);
  if (locals.has(name)) lexer.fail(at, `the name ${name} is taken already; choose another`);
  locals.add(name);
}

/** The service lets rules give these names another meaning; whoever reads them would be misled. */
function refuseReserved(name: string, at: number, lexer: Lexer): void {
  if (NAMESPACES.has(name) || FUNCTIONS.has(name) || isLookup(name))
    lexer.fail(at, `${name} has a meaning in the language; choose another name`);
}
