import type { Bodies, Kind } from './api.ts';

/** What came back for one request. */
export type Answer =
  | { readonly state: 'found'; readonly body: unknown }
  | { readonly state: 'missing' }
  /** The caller may not look; Google's own words. */
  | { readonly state: 'denied'; readonly permission: string; readonly message: string }
  /** The service that answers is not enabled in the project. */
  | { readonly state: 'disabled'; readonly service: string }
  | { readonly state: 'failed'; readonly message: string };

/** Answers by what was asked for: a kind, and a name within the project. */
export class Answers {
  readonly #answers = new Map<string, Answer>();

  add(kind: Kind, name: string, answer: Answer): void {
    this.#answers.set(`${kind} ${name}`, answer);
  }
  has(kind: Kind, name: string): boolean {
    return this.#answers.has(`${kind} ${name}`);
  }
  /** The thing asked for; undefined where it is not there, and where nobody could see whether it is. */
  get<K extends Kind>(kind: K, name: string): Bodies[K] | undefined {
    const answer = this.#answers.get(`${kind} ${name}`);
    return answer?.state === 'found' ? (answer.body as Bodies[K]) : undefined;
  }
  /** True only where Google says that there is none. */
  isMissing(kind: Kind, name: string): boolean {
    return this.#answers.get(`${kind} ${name}`)?.state === 'missing';
  }
  /** Every answer, under `kind name`. */
  all(): IterableIterator<[string, Answer]> {
    return this.#answers.entries();
  }
}
