import type { Access, Look, Rules } from '../firestore/access.ts';
import { invalidArgument } from '../grpc/errors.ts';
import { accessBy } from './access.ts';
import { RulesError } from './errors.ts';
import { loadRules, type Ruleset } from './ruleset.ts';

/** The rules in force: those of the suite, unless a test has loaded its own for its project. Without any, all is allowed. */
export class SecurityRules implements Rules {
  #common: Ruleset | undefined;
  readonly #own = new Map<string, Ruleset>();

  /** For every project without rules of its own. @throws RulesError, and those before stay in force */
  load(source: string, file: string): void {
    this.#common = loadRules(source, file);
  }

  put(project: string, body: Readonly<Record<string, unknown>>): void {
    const { name, content } = fileOf(body);
    try {
      this.#own.set(project, loadRules(content, name));
    } catch (error) {
      if (error instanceof RulesError) throw invalidArgument(`Error compiling rules:\n${error.message}`);
      throw error;
    }
  }

  access(look: Look): Access {
    return accessBy(project => this.#own.get(project) ?? this.#common, look);
  }
}

function fileOf(body: Readonly<Record<string, unknown>>): {
  readonly name: string;
  readonly content: string;
} {
  const { files } = (body['rules'] ?? {}) as {
    readonly files?: readonly { name?: unknown; content?: unknown }[];
  };
  const { name, content } = (Array.isArray(files) ? files[0] : undefined) ?? {};
  if (typeof content !== 'string')
    throw invalidArgument(
      'There are no rules in it; expected { "rules": { "files": [{ "content": "rules_version = …" }] } }',
    );
  return { name: typeof name === 'string' ? name : 'firestore.rules', content };
}
