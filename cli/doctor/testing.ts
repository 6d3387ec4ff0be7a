import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDeclared } from './case.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
export const CHECKOUT = join(FIXTURES, 'checkout');
export const PROJECT = 'my-project';

/** A value in an answer that a test may read and change. */
export type Json = { [key: string]: Json } & Json[];

/** The APIs of Google as far as one healthy project goes: answers by address, without its query. */
export class FakeGoogle {
  readonly #answers = new Map<string, { status: number; body: Json }>();
  /** Addresses asked for, with their queries. */
  readonly asked: string[] = [];

  constructor() {
    const { pipelines } = readDeclared(CHECKOUT);
    const [pipeline] = pipelines.pipelines;
    for (const file of readdirSync(join(FIXTURES, 'answers'))) {
      // Hashes follow the compiler of pipelines and are no part of the shapes.
      const text = readFileSync(join(FIXTURES, 'answers', file), 'utf8')
        .replaceAll('VERSION', pipeline!.version)
        .replaceAll('REFERENCE', pipeline!.joins[0]!.hash);
      const { answers } = JSON.parse(text) as { answers: Record<string, Json> };
      for (const [url, body] of Object.entries(answers)) this.#answers.set(url, { status: 200, body });
    }
  }

  /** The body at the only address with this ending, to be changed. */
  at(ending: string): Json {
    return this.#answers.get(this.#find(ending))!.body;
  }
  remove(ending: string): void {
    this.#answers.delete(this.#find(ending));
  }
  /** Lets every address that fits answer with an error of Google's form. */
  refuse(pattern: RegExp, status: number, error: object): void {
    for (const [url, answer] of this.#answers) {
      if (pattern.test(url)) Object.assign(answer, { status, body: { error: { code: status, ...error } } });
    }
  }
  answer(url: string): { status: number; body: unknown } {
    this.asked.push(url);
    const missing = { status: 404, body: { error: { code: 404, status: 'NOT_FOUND' } } };
    return this.#answers.get(url.split('?')[0] ?? '') ?? missing;
  }
  /** In place of the global one. */
  readonly fetch: typeof fetch = async input => {
    const { status, body } = this.answer(String(input));
    return Response.json(body, { status });
  };

  #find(ending: string): string {
    const found = [...this.#answers.keys()].filter(url => url.endsWith(ending));
    if (found.length !== 1) throw new Error(`${found.length} answers end with ${ending}, expected 1`);
    return found[0]!;
  }
}
