import type { Look } from '../firestore/access.ts';
import type { StoredDocument } from '../firestore/document.ts';
import { fromFields, pathOfName } from './convert.ts';
import { EvaluationError } from './errors.ts';
import type { Lookup } from './functions.ts';
import type { Path, Value } from './values.ts';

/** What rules see of a document: `resource`, and what get() brings. */
export function resourceOf(document: StoredDocument): Value {
  const path = pathOfName(document.name);
  return new Map<string, Value>([
    ['data', fromFields(document.fields)],
    ['id', path.segments.at(-1)!],
    ['__name__', path],
  ]);
}

/** Documents that rules may read for one request. Each counts once, however often it is asked for. */
export class Lookups {
  readonly #project: string;
  readonly #before: Look;
  readonly #after: Look;
  readonly #most: number;
  readonly #seen = new Map<string, Value>();

  /** @param most how many documents there may be in all */
  constructor(project: string, most: number, before: Look, after: Look = before) {
    this.#project = project;
    this.#most = most;
    this.#before = before;
    this.#after = after;
  }

  /** For one of several judgements that may have only so many of them. */
  limited(most: number): (lookup: Lookup, path: Path) => Value {
    const own = new Set<string>();
    return (lookup, path) => {
      const after = lookup.endsWith('After');
      const key = `${after ? 'after' : 'before'} ${path}`;
      own.add(key);
      if (own.size > most) throw tooMany(most);
      const value = this.#read(key, path, after ? this.#after : this.#before);
      if (lookup.startsWith('exists')) return value !== null;
      if (value === null) throw new EvaluationError(`${lookup}() finds no document at ${path}`);
      return value;
    };
  }

  #read(key: string, path: Path, look: Look): Value {
    const known = this.#seen.get(key);
    if (known !== undefined) return known;
    if (this.#seen.size === this.#most) throw tooMany(this.#most);
    const document = look(this.#nameOf(path));
    const value = document ? resourceOf(document) : null;
    this.#seen.set(key, value);
    return value;
  }

  #nameOf(path: Path): string {
    const [databases, , documents, ...rest] = path.segments;
    const isDocument =
      databases === 'databases' && documents === 'documents' && rest.length % 2 === 0 && rest.length > 0;
    if (!isDocument || path.segments.some(segment => segment === '' || segment.includes('/')))
      throw new EvaluationError(
        `${path} is no document; a path is /databases/$(database)/documents/collection/id`,
      );
    return `projects/${this.#project}${path}`;
  }
}

const tooMany = (most: number): EvaluationError =>
  new EvaluationError(`rules may read ${most} documents for this, and these ask for more`);
