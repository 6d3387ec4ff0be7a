import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Problem, problemOf } from '../data/problems.ts';
import type { Settings } from '../data/settings.ts';
import { Brand } from '../parts/brand.tsx';
import { Failure } from '../parts/states.tsx';

interface SignInProps {
  readonly settings: Settings;
  /** The session before has ended by itself. */
  readonly ended: boolean;
  readonly signIn: (email: string, password: string) => Promise<void>;
}

const ENDED: Problem = {
  title: 'Your sign-in has ended',
  help: 'It has expired, or an operator has ended it. Sign in again to go on where you were.',
};

export function SignIn({ settings: { demo, project }, ended, signIn }: SignInProps): JSX.Element {
  const [problem, setProblem] = useState<Problem | undefined>(ended ? ENDED : undefined);
  const [busy, setBusy] = useState(false);
  const enter = async (email: string, password: string): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(email, password);
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    void enter(String(form.get('email')), String(form.get('password')));
  };
  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <Brand />
        <h1>Sign in</h1>
        <p class="quiet">
          Project <strong>{project}</strong>
        </p>
        {problem && <Failure problem={problem} />}
        {demo && (
          <>
            <button
              type="button"
              class="button primary wide"
              disabled={busy}
              onClick={() => void enter(demo.email, demo.password)}
            >
              Continue with the demo account
            </button>
            <p class="hint">
              This suite runs on your own machine. The demo account sees every pipeline and may do all that an
              operator may.
            </p>
            <p class="divider">or</p>
          </>
        )}
        <form onSubmit={submit} noValidate>
          <label>
            E-mail
            <input name="email" type="email" autoComplete="username" required />
          </label>
          <label>
            Password
            <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <button type="submit" class={`button wide ${demo ? '' : 'primary'}`} disabled={busy}>
            {busy ? 'Signing in …' : 'Sign in'}
          </button>
        </form>
      </div>
    </main>
  );
}
