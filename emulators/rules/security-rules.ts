import type { Access } from '../firestore/access.ts';
import { accessBy } from './access.ts';
import { RulesError } from './errors.ts';
import type { Documents } from './lookups.ts';
import { loadRules, type Ruleset } from './ruleset.ts';

/** Answer to a request over HTTP; the body is JSON. */
export interface RulesAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The rules in force: those of the suite, unless a test has loaded its own for its project. */
export class SecurityRules {
  #common: Ruleset | undefined;
  readonly #own = new Map<string, Ruleset>();

  /** For every project without rules of its own. @throws RulesError, and the rules before stay in force */
  load(source: string, file: string): void {
    this.#common = loadRules(source, file);
  }

  /**
   * `PUT /emulator/v1/projects/P:securityRules`, as rules-unit-testing sends it to Google's emulator.
   *
   * @param body `{ rules: { files: [{ name?, content }] } }`
   */
  put(project: string, body: string): RulesAnswer {
    const file = fileOf(body);
    if (!file)
      return refusal(
        'The body has no rules; expected JSON: { "rules": { "files": [{ "content": "rules_version = …" }] } }',
      );
    try {
      this.#own.set(project, loadRules(file.content, file.name));
      return { status: 200, body: {} };
    } catch (error) {
      if (error instanceof RulesError) return refusal(`Error compiling rules:\n${error.message}`);
      throw error;
    }
  }

  /** Judges by these rules, whichever are in force when it is asked. */
  access(documents: Documents): Access {
    return accessBy(project => this.#own.get(project) ?? this.#common, documents);
  }
}

const refusal = (message: string): RulesAnswer => ({
  status: 400,
  body: { error: { code: 400, message, status: 'INVALID_ARGUMENT' } },
});

function fileOf(body: string): { readonly name: string; readonly content: string } | undefined {
  let files: unknown;
  try {
    files = (JSON.parse(body) as { rules?: { files?: unknown } } | null)?.rules?.files;
  } catch {
    return undefined;
  }
  const file = Array.isArray(files) ? (files[0] as { name?: unknown; content?: unknown } | null) : undefined;
  if (typeof file?.content !== 'string') return undefined;
  return { name: typeof file.name === 'string' ? file.name : 'firestore.rules', content: file.content };
}
