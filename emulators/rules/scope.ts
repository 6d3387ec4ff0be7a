import type { FunctionDeclaration, Match, Service } from './ast.ts';

/** Where names are looked up: the functions and wildcards of a match, and of all around it. */
export interface Scope {
  readonly outer: Scope | undefined;
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;
  readonly wildcards: readonly string[];
}

export interface FoundFunction {
  readonly declaration: FunctionDeclaration;
  /** What the function sees, wherever it is called from. */
  readonly scope: Scope;
}

export function scopeOf({ functions, ...rest }: Service | Match, outer?: Scope): Scope {
  const path = 'path' in rest ? rest.path : [];
  return {
    outer,
    functions: new Map(functions.map(declaration => [declaration.name, declaration])),
    wildcards: path.flatMap(segment => (segment.kind === 'literal' ? [] : [segment.name])),
  };
}

export function findFunction(scope: Scope | undefined, name: string): FoundFunction | undefined {
  for (let at = scope; at; at = at.outer) {
    const declaration = at.functions.get(name);
    if (declaration) return { declaration, scope: at };
  }
  return undefined;
}

export function hasWildcard(scope: Scope | undefined, name: string): boolean {
  for (let at = scope; at; at = at.outer) if (at.wildcards.includes(name)) return true;
  return false;
}
