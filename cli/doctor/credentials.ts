import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CommandError, EXIT } from '../command.ts';

type Headers = Readonly<Record<string, string>>;
export type Source = () => Promise<Headers>;

/** Application Default Credentials: a key, a login for this very purpose, or the machine's own account. */
async function applicationDefault(): Promise<Headers> {
  // Outside Google's machines, looking for their metadata server over the network takes seconds and warns.
  process.env['METADATA_SERVER_DETECTION'] ??= 'bios-only';
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  return Object.fromEntries(await auth.getRequestHeaders());
}

/** Many people are logged in to gcloud alone. */
async function gcloud(): Promise<Headers> {
  const { stdout } = await promisify(execFile)('gcloud', ['auth', 'print-access-token']);
  return { authorization: `Bearer ${stdout.trim()}` };
}

/**
 * Headers of the first source that has any; asked once, as a token outlives the examination.
 * The function throws CommandError (exit 3) when there is none.
 */
export function credentials(sources: readonly Source[] = [applicationDefault, gcloud]): Source {
  let headers: Promise<Headers> | undefined;
  return () => {
    headers ??= firstOf(sources);
    return headers;
  };
}

async function firstOf(sources: readonly Source[]): Promise<Headers> {
  let reason = '';
  for (const source of sources) {
    try {
      return await source();
    } catch (error) {
      // The first source is the better one: what it says leads further.
      reason ||= (error as Error).message.split('\n')[0] ?? '';
    }
  }
  throw new CommandError(
    `No credentials for Google Cloud. Log in with gcloud auth application-default login. (${reason})`,
    EXIT.unreachable,
  );
}
