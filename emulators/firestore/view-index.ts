import type { StoredDocument } from './document.ts';
import type { Change } from './history.ts';
import { type FieldPath, keyAt } from './query/filter.ts';
import type { Query } from './query/parse.ts';
import { collectionOf, formatFieldPath, idOf, parseName } from './values/paths.ts';
import type { View } from './view.ts';

/** Views by where their query looks and, if it has an equality, by what it wants there. */
export class ViewIndex {
  readonly #scopes = new Map<string, Scope>();

  get empty(): boolean {
    return this.#scopes.size === 0;
  }

  add(view: View): void {
    const key = scopeOf(view.query);
    let scope = this.#scopes.get(key);
    if (!scope) {
      scope = new Scope();
      this.#scopes.set(key, scope);
    }
    scope.add(view);
  }

  remove(view: View): void {
    const key = scopeOf(view.query);
    const scope = this.#scopes.get(key);
    scope?.remove(view);
    if (scope?.empty) this.#scopes.delete(key);
  }

  /** The views that the change may concern: the cost of a commit is theirs alone. */
  *find(change: Change): Generator<View, void, undefined> {
    for (const key of scopesFor(change.name)) {
      const scope = this.#scopes.get(key);
      if (scope) yield* scope.find(change);
    }
  }
}

/** The views on one collection, collection group or database. */
class Scope {
  readonly #unkeyed = new Set<View>();
  readonly #fields = new Map<string, { readonly path: FieldPath; readonly views: Map<string, Set<View>> }>();

  get empty(): boolean {
    return this.#unkeyed.size + this.#fields.size === 0;
  }

  add(view: View): void {
    const equality = equalityOf(view.query);
    if (!equality) {
      this.#unkeyed.add(view);
      return;
    }
    const field = formatFieldPath(equality.path);
    let { views } = this.#fields.get(field) ?? {};
    if (!views) {
      views = new Map();
      this.#fields.set(field, { path: equality.path, views });
    }
    const set = views.get(equality.from);
    if (set) set.add(view);
    else views.set(equality.from, new Set([view]));
  }

  remove(view: View): void {
    this.#unkeyed.delete(view);
    const equality = equalityOf(view.query);
    if (!equality) return;
    const field = formatFieldPath(equality.path);
    const views = this.#fields.get(field)?.views;
    const set = views?.get(equality.from);
    set?.delete(view);
    if (set?.size === 0) views?.delete(equality.from);
    if (views?.size === 0) this.#fields.delete(field);
  }

  *find({ before, after }: Change): Generator<View, void, undefined> {
    yield* this.#unkeyed;
    for (const { path, views } of this.#fields.values()) {
      const keys = new Set([keyIn(before, path), keyIn(after, path)]);
      for (const key of keys) if (key !== undefined) yield* views.get(key) ?? [];
    }
  }
}

const keyIn = (doc: StoredDocument | undefined, path: FieldPath): string | undefined =>
  doc && keyAt(doc, path);

/** An equality that all documents of the query fulfil. */
function equalityOf({ filter }: Query): { readonly path: FieldPath; readonly from: string } | undefined {
  const conjuncts = filter.kind === 'and' ? filter.filters : [filter];
  for (const conjunct of conjuncts) if (conjunct.kind === 'range' && conjunct.equal) return conjunct;
  return undefined;
}

function scopeOf({ parent, collectionId, allDescendants }: Query): string {
  const { database } = parseName(parent);
  if (collectionId === undefined) return `all ${database}`;
  return allDescendants ? `group ${database} ${collectionId}` : `collection ${parent}/${collectionId}`;
}

function scopesFor(name: string): readonly string[] {
  const collection = collectionOf(name);
  const { database } = parseName(name);
  return [`collection ${collection}`, `group ${database} ${idOf(collection)}`, `all ${database}`];
}
