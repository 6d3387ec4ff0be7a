import { doc, onSnapshot } from 'firebase/firestore';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ServerClock } from '../data/clock.ts';
import { Connection } from '../data/connection.ts';
import type { Firebase } from '../data/firebase.ts';
import { type Services, ServicesProvider } from '../data/services.ts';
import type { Settings } from '../data/settings.ts';
import { Brand } from '../parts/brand.tsx';
import { Empty } from '../parts/states.tsx';
import { useSession } from '../session/session.ts';
import { SignIn } from '../session/sign-in.tsx';
import { namesOf } from './granted.ts';
import { Page } from './page.tsx';
import { useRoute } from './route.ts';
import { useTheme } from './theme.ts';

interface AppProps {
  readonly settings: Settings;
  readonly firebase: Firebase;
  readonly clock: ServerClock;
}

/** The console: who is signed in sees what they are granted. */
export function App({ settings, firebase: { auth, db }, clock }: AppProps): JSX.Element {
  const [session, actions] = useSession(auth);
  const [theme, setTheme] = useTheme();
  const route = useRoute();
  const connection = useMemo(() => new Connection(() => clock.now()), [clock]);
  useNetwork(connection);
  const uid = session.state === 'in' ? session.user.uid : undefined;
  const grants = useGrants(db, uid);
  if (session.state === 'unknown') return <Splash />;
  if (session.state === 'out')
    return <SignIn settings={settings} ended={session.ended} signIn={actions.signIn} />;
  const { user, operator } = session;
  if (grants === undefined && !operator) return <Splash />;
  const pipelines = namesOf(
    grants,
    operator,
    settings.pipelines.map(({ name }) => name),
  );
  const services: Services = {
    settings,
    db,
    clock,
    connection,
    uid: user.uid,
    operator,
    token: () => user.getIdToken(),
    grantsVersion: JSON.stringify(grants ?? []),
  };
  if (pipelines.length === 0)
    return (
      <Splash>
        <Empty icon="lock" title="You are signed in, and granted nothing yet">
          Ask an operator to grant you a pipeline; your id is {user.uid}. It appears here by itself.
        </Empty>
        <button type="button" class="button" onClick={() => void actions.signOut()}>
          Sign out
        </button>
      </Splash>
    );
  return (
    <ServicesProvider value={services}>
      <Page
        key={user.uid}
        route={route}
        pipelines={pipelines}
        email={user.email ?? 'anonymous'}
        theme={theme}
        onTheme={setTheme}
        onSignOut={() => void actions.signOut()}
      />
    </ServicesProvider>
  );
}

function Splash({ children }: { readonly children?: ComponentChildren }): JSX.Element {
  return (
    <main class="sign-in" aria-busy={!children}>
      <div class="sign-in-card">
        <Brand />
        {children ?? <p class="quiet">Loading …</p>}
      </div>
    </main>
  );
}

/** The user's grants as they stand; undefined until they are known, empty where there are none. */
function useGrants(db: Firebase['db'], uid: string | undefined): readonly unknown[] | undefined {
  const [grants, setGrants] = useState<readonly unknown[]>();
  useEffect(() => {
    setGrants(undefined);
    if (uid === undefined) return;
    const known = (value: unknown): void => setGrants(Array.isArray(value) ? value : []);
    return onSnapshot(
      doc(db, 'grants', uid),
      snapshot => known(snapshot.get('pipelines')),
      () => known(undefined),
    );
  }, [db, uid]);
  return grants;
}

function useNetwork(connection: Connection): void {
  useEffect(() => {
    const changed = (): void => connection.network(navigator.onLine);
    addEventListener('online', changed);
    addEventListener('offline', changed);
    return () => {
      removeEventListener('online', changed);
      removeEventListener('offline', changed);
    };
  }, [connection]);
}
