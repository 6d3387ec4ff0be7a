/** What the page has to know of where it runs, as `/config.json`: the same build serves any project. */
export interface ConsoleSettings {
  readonly project: string;
  /** Firebase's, which is no secret; the emulators take any. */
  readonly apiKey: string;
  /** Where the step upload-url answers, by the page's own origin. */
  readonly uploadUrl: string;
  readonly pipelines: readonly NamedPipeline[];
  /** Origins, such as `http://127.0.0.1:8704`; missing in the cloud. */
  readonly emulators?: Emulators;
  /** An account that the sign-in page offers; only of a suite on one's own machine. */
  readonly demo?: DemoAccount;
}

export interface DemoAccount {
  /** Which pipeline is looked at first. */
  readonly pipeline: string;
  readonly email: string;
  readonly password: string;
}

export interface Emulators {
  readonly auth: string;
  readonly firestore: string;
  readonly storage: string;
}

interface NamedPipeline {
  readonly name: string;
  readonly description: string;
}

type Ports = Readonly<Record<keyof Emulators, { readonly port: number }>>;

/** By this name the Firestore emulator lets any number of tabs listen (emulators/firestore/README.md). */
const LOCAL = 'localhost';

export const UPLOAD_PATH = '/upload-url';

export function settingsOf(
  project: string,
  pipelines: readonly NamedPipeline[],
  { auth, firestore, storage }: Ports,
  demo: DemoAccount | undefined,
): ConsoleSettings {
  const origin = ({ port }: { readonly port: number }, host = '127.0.0.1'): string =>
    `http://${host}:${port}`;
  return {
    project,
    apiKey: 'local',
    uploadUrl: UPLOAD_PATH,
    pipelines: pipelines.map(({ name, description }) => ({ name, description })),
    emulators: { auth: origin(auth), firestore: origin(firestore, LOCAL), storage: origin(storage) },
    ...(demo && { demo }),
  };
}

/** Where the page may send requests to, as a content security policy names it. */
export function sourcesOf(emulators: Emulators | undefined): string[] {
  if (!emulators) return [];
  const { firestore } = emulators;
  return [...Object.values(emulators), firestore.replace(LOCAL, `*.${LOCAL}`)];
}
