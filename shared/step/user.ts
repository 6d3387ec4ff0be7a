import type { Auth } from 'firebase-admin/auth';
import { projectId } from '../config/config.ts';
import { TransientError } from '../errors/errors.ts';
import { Refusal } from './refusal.ts';

/** Somebody who has signed in. */
export interface User {
  readonly uid: string;
  /** Of the ID token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What firebase-admin finds wrong with a token, in words for whoever sent it. */
const REFUSED: Readonly<Record<string, string>> = {
  'auth/argument-error': 'The ID token is not valid here: it is malformed, not signed, or of another project',
  'auth/id-token-expired': 'The ID token has expired',
  'auth/id-token-revoked': 'The ID token has been revoked',
  'auth/user-disabled': 'The user is disabled',
  'auth/user-not-found': 'The user is no longer there',
};

const BEARER = /^Bearer +(\S+)$/i;

/** What a request bears as Authorization, if it is a bearer's. */
export const bearerOf = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined => BEARER.exec(String(headers['authorization'] ?? ''))?.[1];

let client: Promise<Auth> | undefined;

/** Loaded when somebody brings a token: a start that serves others need not wait for it. */
async function connect(): Promise<Auth> {
  const [{ initializeApp }, { getAuth }] = await Promise.all([
    import('firebase-admin/app'),
    import('firebase-admin/auth'),
  ]);
  return getAuth(initializeApp({ projectId: projectId() }, 'millrace-users'));
}

/**
 * The user whose Firebase ID token this is, asked for anew each time: a token that was revoked, or whose user was disabled or
 * deleted, is refused at once.
 * @throws Refusal 401; TransientError when Google's keys cannot be had
 */
export async function verify(idToken: string): Promise<User> {
  client ??= connect();
  const auth = await client;
  try {
    const claims = await auth.verifyIdToken(idToken, true);
    return { uid: claims.uid, claims };
  } catch (error) {
    throw refused(error as Error & { readonly code?: string });
  }
}

function refused(error: Error & { readonly code?: string }): Error {
  const reason = REFUSED[error.code ?? ''];
  // The same code also stands for an outage of the server of Google's keys; only the words tell it from a wrong token.
  const unreachable = error.code === 'auth/argument-error' && !error.message.includes('Firebase ID token');
  if (unreachable || error.code === 'app/network-error')
    return new TransientError(error.message, { cause: error });
  if (reason === undefined) return error;
  return new Refusal(401, `${reason}. Sign in again and send a fresh one.`, {
    'www-authenticate': 'Bearer realm="millrace", error="invalid_token"',
  });
}
