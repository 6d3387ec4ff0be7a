import { isExpired, readIdToken, TokenError } from '../auth/token.ts';
import { GrpcError, status } from '../grpc/errors.ts';
import type { Caller } from './access.ts';
import type { Author } from './types.ts';

/** Whose request it is, and by which connection it came. */
export interface Context {
  readonly caller: Caller;
  /** What {@link Transactions.abandon} knows the connection by; missing where a client has no connection of its own. */
  readonly peer?: string;
}

const ADMIN: Caller = { admin: true };
const NOBODY: Caller = { admin: false };

/**
 * @param authorization the header's value: `Bearer owner`, as server clients send it to an emulator, `Bearer ID_TOKEN`, or
 *   nothing
 * @param resource any name in the request: it says which project the token has to be for
 * @throws UNAUTHENTICATED where the token is malformed, expired, or of another project
 */
export function callerOf(authorization: string | undefined, resource: string | undefined): Caller {
  const token = /^Bearer (.*)$/i.exec(authorization ?? '')?.[1]?.trim();
  if (!token) return NOBODY;
  if (token === 'owner') return ADMIN;
  const project = /^projects\/([^/]+)/.exec(resource ?? '')?.[1] ?? '';
  try {
    return { admin: false, auth: readIdToken(token, project, Date.now()) };
  } catch (error) {
    if (error instanceof TokenError) throw new GrpcError(status.UNAUTHENTICATED, error.message);
    throw error;
  }
}

/** Why a stream, which may outlive its token, has to end; undefined as long as it has not to. */
export function expiry({ auth }: Caller): GrpcError | undefined {
  if (!auth || !isExpired(auth.token, Date.now())) return undefined;
  return new GrpcError(status.UNAUTHENTICATED, 'The ID token has expired; get a fresh one');
}

/** What the change of a document says of who made it. */
export function authorOf({ admin, auth }: Caller): Author {
  if (admin) return { type: 'system' };
  return auth ? { type: 'user', uid: auth.uid } : { type: 'unauthenticated' };
}
