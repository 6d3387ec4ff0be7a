import type { Firestore } from '@google-cloud/firestore';
import { BASE_PORT, PORTS, PROJECT } from '../emulators/suite-address.ts';
import { CommandError, EXIT } from './command.ts';

/** Where a suite listens, and the variables that point official clients at it. */
export interface Address {
  readonly base: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly control: string;
}

export function addressOf(port: string | undefined): Address {
  const base = Number(port ?? process.env['MILLRACE_PORT'] ?? BASE_PORT);
  if (!Number.isInteger(base) || base < 1 || base > 65_000) {
    throw new CommandError(
      `--port takes a number from 1 to 65000, the first of the ports, such as ${BASE_PORT}.`,
      EXIT.usage,
    );
  }
  const at = (name: keyof typeof PORTS): string => `127.0.0.1:${base + PORTS[name]}`;
  return {
    base,
    environment: {
      GOOGLE_CLOUD_PROJECT: PROJECT,
      PUBSUB_EMULATOR_HOST: at('pubsub'),
      FIRESTORE_EMULATOR_HOST: at('firestore'),
      STORAGE_EMULATOR_HOST: originOf({ base }, 'storage'),
      BIGQUERY_EMULATOR_HOST: originOf({ base }, 'bigquery'),
      FIREBASE_AUTH_EMULATOR_HOST: at('auth'),
      METADATA_SERVER_DETECTION: 'none',
    },
    control: originOf({ base }, 'eventarc'),
  };
}

export function originOf({ base }: Pick<Address, 'base'>, name: keyof typeof PORTS): string {
  return `http://127.0.0.1:${base + PORTS[name]}`;
}

/**
 * Points this process's Google clients at the running suite.
 * @throws CommandError (exit 3) when none answers
 */
export async function connect(port: string | undefined): Promise<Address> {
  const address = addressOf(port);
  try {
    await fetch(`${address.control}/healthz`);
  } catch {
    throw new CommandError(
      `No suite answers on port ${address.base + PORTS.eventarc}. Start one with npm start, or say where it is with --port BASE.`,
      EXIT.unreachable,
    );
  }
  Object.assign(process.env, address.environment);
  return address;
}

/** Loaded when needed: the client takes longer to load than most commands take to run. */
export async function firestoreClient(): Promise<Firestore> {
  const { createFirestore } = await import('../shared/documents/documents.ts');
  return createFirestore(PROJECT);
}

/** What a command in a hint needs in addition, so that it reaches this suite when it is pasted. */
export const portHint = (base: number): string => (base === BASE_PORT ? '' : ` --port ${base}`);

export const PORT_OPTION = {
  type: 'string',
  value: 'BASE',
  description: `First of the suite's ports (default ${BASE_PORT}, or MILLRACE_PORT)`,
} as const;
