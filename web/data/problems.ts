/** What went wrong, as a person is told it: what it means, and what to do. */
export interface Problem {
  readonly title: string;
  readonly help: string;
}

const PROBLEMS: Readonly<Record<string, Problem>> = {
  'permission-denied': {
    title: 'You may not see this',
    help: 'Ask an operator to grant you this pipeline. What you are granted appears here by itself.',
  },
  unauthenticated: { title: 'Your sign-in is no longer valid', help: 'Sign out and in again.' },
  'failed-precondition': {
    title: 'An index is missing',
    help: 'The database cannot answer this query yet. Deploy terraform/firestore.yaml, then load the page again.',
  },
  'resource-exhausted': {
    title: 'The quota is used up',
    help: 'The database answers no more for now. Try again later, or raise the quota.',
  },
  unavailable: { title: 'The server cannot be reached', help: 'Check the network, then try again.' },
  'not-found': { title: 'It is no longer there', help: 'Somebody may have removed it meanwhile.' },

  'auth/invalid-credential': { title: 'E-mail and password do not match', help: 'Check both and try again.' },
  'auth/invalid-email': { title: 'This is no e-mail address', help: 'Write it as name@example.com.' },
  'auth/user-disabled': { title: 'This account is disabled', help: 'Ask an operator to enable it.' },
  'auth/too-many-requests': { title: 'Too many attempts', help: 'Wait a minute, then try again.' },
  'auth/network-request-failed': {
    title: 'The sign-in service cannot be reached',
    help: 'Check the network (or, locally, whether the suite runs), then try again.',
  },
};
const OLDER: Readonly<Record<string, string>> = {
  'auth/wrong-password': 'auth/invalid-credential',
  'auth/user-not-found': 'auth/invalid-credential',
};

/** Any error of the SDK in words. */
export function problemOf(error: unknown): Problem {
  const { code = '', message = String(error) } = (error ?? {}) as { code?: string; message?: string };
  const bare = code.replace(/^firestore\//, '');
  return PROBLEMS[OLDER[bare] ?? bare] ?? { title: 'Something went wrong', help: message };
}
