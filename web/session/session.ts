import {
  type Auth,
  getIdTokenResult,
  onAuthStateChanged,
  signInWithEmailAndPassword,
  signOut,
  type User,
} from 'firebase/auth';
import { useCallback, useEffect, useState } from 'preact/hooks';

export type Session =
  | { readonly state: 'unknown' }
  /** `ended`: somebody was signed in here, and has not signed out. */
  | { readonly state: 'out'; readonly ended: boolean }
  | { readonly state: 'in'; readonly user: User; readonly operator: boolean };

export interface SessionActions {
  readonly signIn: (email: string, password: string) => Promise<void>;
  readonly signOut: () => Promise<void>;
}

/** Set as long as somebody is signed in, over reloads too. */
const MARK = 'millrace-signed-in';

/** Who is signed in. The SDK signs out by itself somebody whose account is gone, disabled, or signed out everywhere. */
export function useSession(auth: Auth): readonly [Session, SessionActions] {
  const [session, setSession] = useState<Session>({ state: 'unknown' });
  useEffect(
    () =>
      onAuthStateChanged(auth, async user => {
        if (!user) {
          setSession({ state: 'out', ended: localStorage.getItem(MARK) !== null });
          return;
        }
        localStorage.setItem(MARK, '1');
        const operator = await isOperator(user);
        if (auth.currentUser === user) setSession({ state: 'in', user, operator });
      }),
    [auth],
  );
  return [
    session,
    {
      signIn: useCallback(
        async (email: string, password: string) => {
          await signInWithEmailAndPassword(auth, email, password);
        },
        [auth],
      ),
      signOut: useCallback(async () => {
        localStorage.removeItem(MARK);
        await signOut(auth);
      }, [auth]),
    },
  ];
}

/** By the custom claim. Whoever gets it while signed in has it from the next sign-in on. */
async function isOperator(user: User): Promise<boolean> {
  const { claims } = await getIdTokenResult(user).catch(() => ({ claims: {} as Record<string, unknown> }));
  return claims['operator'] === true;
}
