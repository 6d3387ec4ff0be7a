import { deleteApp, initializeApp } from 'firebase/app';
import { type Auth, connectAuthEmulator, getAuth } from 'firebase/auth';
import { deleteApp as deleteAdmin, initializeApp as initializeAdmin } from 'firebase-admin/app';
import { getAuth as adminAuth } from 'firebase-admin/auth';
import { onTestFinished } from 'vitest';
import { type AuthOptions, startAuth } from './server.ts';

const PROJECT = 'demo-millrace';
let apps = 0;

export interface Fixture {
  readonly url: string;
  /** The web SDK; each call is a browser of its own. */
  readonly browser: () => Auth;
  readonly admin: ReturnType<typeof adminAuth>;
  /** Sets the clock of the emulator forward. */
  readonly pass: (seconds: number) => void;
}

/** An emulator with both official clients; gone when the test ends. */
export async function fixture(options: AuthOptions = {}): Promise<Fixture> {
  let passed = 0;
  const emulator = await startAuth({ now: () => Date.now() + passed, ...options });
  onTestFinished(() => emulator.stop());
  const url = `http://127.0.0.1:${emulator.port}`;
  // The client looks at the variable when it is made, and at no other time.
  process.env['FIREBASE_AUTH_EMULATOR_HOST'] = `127.0.0.1:${emulator.port}`;
  const server = initializeAdmin({ projectId: PROJECT }, `admin-${apps++}`);
  onTestFinished(() => deleteAdmin(server));
  return {
    url,
    browser: () => {
      const app = initializeApp({ apiKey: 'any', projectId: PROJECT }, `browser-${apps++}`);
      onTestFinished(() => deleteApp(app));
      const auth = getAuth(app);
      connectAuthEmulator(auth, url, { disableWarnings: true });
      return auth;
    },
    admin: adminAuth(server),
    pass: seconds => {
      passed += seconds * 1000;
    },
  };
}
