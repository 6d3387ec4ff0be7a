import { GrpcError, status } from '../grpc/errors.ts';
import type { StoredDocument } from './document.ts';
import type { StructuredQuery } from './query/wire.ts';
import { applyWrite, nameOf, type Write } from './writes.ts';

/** Who makes a request. */
export interface Caller {
  /** A server, with rights of its own: rules do not apply to it. */
  readonly admin: boolean;
  /** The user signed in; missing for a client that is not. */
  readonly auth?: Auth;
}

export interface Auth {
  readonly uid: string;
  /** The claims of the ID token, as in its payload. */
  readonly token: Readonly<Record<string, unknown>>;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Which rule decided, for whoever wrote it: `firestore.rules:12: false for 'get'`. */
  readonly reason: string;
}

/** What a commit makes of one document, preconditions aside: whoever may not write is not told whether they hold. */
export interface JudgedWrite {
  readonly name: string;
  readonly method: 'create' | 'update' | 'delete';
  /** What the commit finds there. */
  readonly before: StoredDocument | undefined;
  /** What the commit leaves there; undefined where it deletes. */
  readonly after: StoredDocument | undefined;
}

/** Judges what clients ask for; it sees the documents as they stand when it is asked. Never awaits. */
export interface Access {
  /** One document, there or not: a read, or a listener on it. */
  get(caller: Caller, name: string, document: StoredDocument | undefined): Verdict;
  /** A query, aggregation or list of a collection, or a listener on one; `parent` as in RunQueryRequest. */
  list(caller: Caller, parent: string, query: StructuredQuery): Verdict;
  /**
   * All documents of one commit, each once however often it is written.
   *
   * @param time of the commit in microseconds: what server timestamps become and rules see as request.time
   */
  commit(caller: Caller, writes: readonly JudgedWrite[], time: number): Verdict;
}

/** The document of this full name, as it stands. */
export type Look = (name: string) => StoredDocument | undefined;

/** The security rules of an emulator. */
export interface Rules {
  /** Judges by the rules that are in force when it is asked. */
  access(look: Look): Access;
  /**
   * Takes on rules for one project.
   *
   * @param body of `PUT /emulator/v1/projects/P:securityRules`
   * @throws INVALID_ARGUMENT where they are wrong; those before stay in force
   */
  put(project: string, body: Readonly<Record<string, unknown>>): void;
}

const ALLOWED: Verdict = { allowed: true, reason: 'no rules are loaded' };

/** Without rules everything is allowed, as in Google's emulator. */
export const OPEN: Access = { get: () => ALLOWED, list: () => ALLOWED, commit: () => ALLOWED };

/** @throws PERMISSION_DENIED with the reason, unless the caller is a server or the verdict allows. */
export function authorize(caller: Caller, judge: () => Verdict): void {
  if (caller.admin) return;
  const verdict = judge();
  if (!verdict.allowed) throw new GrpcError(status.PERMISSION_DENIED, verdict.reason);
}

/**
 * What the writes of one commit make of its documents.
 *
 * @param stored the document as it is
 * @throws INVALID_ARGUMENT for contents that no document may have
 */
export function judgedWrites(writes: readonly Write[], stored: Look, time: number): JudgedWrite[] {
  const judged = new Map<string, JudgedWrite>();
  for (const { currentDocument, ...write } of writes) {
    const name = nameOf(write);
    const earlier = judged.get(name);
    const before = earlier ? earlier.before : stored(name);
    const { after } = applyWrite(earlier ? earlier.after : before, write, time);
    const exists =
      currentDocument?.exists ?? (currentDocument?.updateTime !== undefined || before !== undefined);
    const method = after ? (exists ? 'update' : 'create') : 'delete';
    judged.set(name, { name, method: earlier && after ? earlier.method : method, before, after });
  }
  return [...judged.values()];
}
