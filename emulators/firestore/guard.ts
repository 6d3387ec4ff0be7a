import { type Access, authorize, judgedWrites, type Look, OPEN } from './access.ts';
import { authorOf, type Context } from './callers.ts';
import type { Committer } from './database.ts';
import type { StoredDocument } from './document.ts';
import type { RunQueryRequest } from './requests.ts';
import type { Write } from './writes.ts';

/** Holds what clients ask for against the security rules. Servers may do everything. */
export class Guard {
  access: Access = OPEN;
  readonly #stored: Look;

  constructor(stored: Look) {
    this.#stored = stored;
  }

  /** @throws PERMISSION_DENIED */
  mayGet({ caller }: Context, name: string, document: StoredDocument | undefined): void {
    authorize(caller, () => this.access.get(caller, name, document));
  }

  /** @throws PERMISSION_DENIED */
  mayList({ caller }: Context, { parent = '', structuredQuery = {} }: RunQueryRequest): void {
    authorize(caller, () => this.access.list(caller, parent, structuredQuery));
  }

  /** What no rule can allow a client. @throws PERMISSION_DENIED once there are rules */
  mayAdminister({ caller }: Context, method: string): void {
    if (this.access === OPEN) return;
    authorize(caller, () => ({ allowed: false, reason: `${method} is for servers only.` }));
  }

  /** Commits in the caller's name, once the rules have seen all of the writes. */
  committer({ caller }: Context): Committer {
    const judge = (writes: readonly Write[], time: number): void =>
      authorize(caller, () => this.access.commit(caller, judgedWrites(writes, this.#stored, time), time));
    return { author: authorOf(caller), judge };
  }
}
