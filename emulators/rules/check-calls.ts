import type { Expression, FunctionDeclaration } from './ast.ts';
import type { Lexer } from './lexer.ts';
import { LIMITS } from './limits.ts';
import { type FoundFunction, findFunction, type Scope } from './scope.ts';

/** @throws RulesError where the function comes to call itself, or calls go too deep */
export function checkCalls(declaration: FunctionDeclaration, scope: Scope, lexer: Lexer): void {
  descend({ declaration, scope }, [], lexer);
}

function descend(
  { declaration, scope }: FoundFunction,
  above: readonly FunctionDeclaration[],
  lexer: Lexer,
): void {
  const path = [...above, declaration];
  const chain = path.map(({ name }) => name).join(', which calls ');
  if (above.includes(declaration))
    lexer.fail(declaration.at, `a function cannot come to call itself: ${chain}`);
  if (path.length > LIMITS.callDepth)
    lexer.fail(
      declaration.at,
      `calls go more than ${LIMITS.callDepth} deep: ${chain}; put some of these functions into one`,
    );
  const called = new Set<FunctionDeclaration>();
  for (const expression of [...declaration.lets.map(({ value }) => value), declaration.result])
    for (const name of callsIn(expression)) {
      const found = findFunction(scope, name);
      if (!found || called.has(found.declaration)) continue;
      called.add(found.declaration);
      descend(found, path, lexer);
    }
}

function* callsIn(expression: Expression): Iterable<string> {
  if (expression.kind === 'call') yield expression.name;
  for (const part of partsOf(expression)) yield* callsIn(part);
}

type Kinds = { readonly [K in Expression['kind']]: Extract<Expression, { kind: K }> };

const PARTS: { readonly [K in keyof Kinds]: (expression: Kinds[K]) => readonly Expression[] } = {
  literal: () => [],
  bytes: () => [],
  name: () => [],
  list: ({ items }) => items,
  map: ({ entries }) => entries.flat(),
  path: ({ segments }) => segments.filter(segment => typeof segment !== 'string'),
  member: ({ of }) => [of],
  index: ({ of, index }) => [of, index],
  range: ({ of, from, to }) => [of, from, to],
  call: ({ args }) => args,
  method: ({ of, args }) => [of, ...args],
  unary: ({ of }) => [of],
  binary: ({ left, right }) => [left, right],
  is: ({ of }) => [of],
  choice: ({ condition, then, otherwise }) => [condition, then, otherwise],
};

function partsOf(expression: Expression): readonly Expression[] {
  return PARTS[expression.kind](expression as never);
}
