import {
  type Auth,
  getIdTokenResult,
  onIdTokenChanged,
  signInWithEmailAndPassword,
  signOut,
  type User,
} from 'firebase/auth';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export type Session =
  | { readonly state: 'unknown' }
  /** `ended`: it was not the user who signed out. */
  | { readonly state: 'out'; readonly ended: boolean }
  | { readonly state: 'in'; readonly user: User; readonly operator: boolean };

export interface SessionActions {
  readonly signIn: (email: string, password: string) => Promise<void>;
  readonly signOut: () => Promise<void>;
}

/** Who is signed in. The SDK signs out by itself somebody whose account is gone, disabled, or signed out everywhere. */
export function useSession(auth: Auth): readonly [Session, SessionActions] {
  const [session, setSession] = useState<Session>({ state: 'unknown' });
  const own = useRef(false);
  const was = useRef(false);
  useEffect(
    () =>
      onIdTokenChanged(auth, async user => {
        if (!user) {
          setSession({ state: 'out', ended: was.current && !own.current });
          was.current = false;
          return;
        }
        was.current = true;
        own.current = false;
        const operator = await getIdTokenResult(user).then(
          ({ claims }) => claims['operator'] === true,
          () => false,
        );
        if (auth.currentUser === user) setSession({ state: 'in', user, operator });
      }),
    [auth],
  );
  return [
    session,
    {
      signIn: useCallback(
        async (email: string, password: string) =>
          void (await signInWithEmailAndPassword(auth, email, password)),
        [auth],
      ),
      signOut: useCallback(async () => {
        own.current = true;
        await signOut(auth);
      }, [auth]),
    },
  ];
}
