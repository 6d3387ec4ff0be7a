import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import type { Page } from 'playwright-core';
import { DEMO_ACCOUNT, seedDemoAccount } from '../../cli/demo-account.ts';
import { startAuth } from '../../emulators/auth/server.ts';
import { startConsole } from '../../emulators/console/console.ts';
import { settingsOf } from '../../emulators/console/settings.ts';
import { type FirestoreEmulator, startFirestore } from '../../emulators/firestore/server.ts';
import { type Network, startProxy } from '../../emulators/firestore/web/proxy.testing.ts';
import { SecurityRules } from '../../emulators/rules/security-rules.ts';
import { PROJECT } from '../../emulators/suite-address.ts';
import { ROOT } from '../support/suite.ts';

const RULES = join(ROOT, 'terraform/firestore.rules');
const SERVER = { authorization: 'Bearer owner', 'content-type': 'application/json' };

/** What the page needs of a suite, without the steps: what they would write, tests write. */
export interface Stage extends AsyncDisposable {
  readonly url: string;
  /** A server's client, to which no rule applies. */
  readonly firestore: () => Firestore;
  /** Between the page and Firestore. */
  readonly network: Network;
  /** Firestore ends, and starts with nothing in it but the demo account's own. */
  restart(): Promise<void>;
  /** An account without claims. @returns its id */
  account(email: string, password: string): Promise<string>;
  removeAccount(uid: string): Promise<void>;
  /** Changes the project's rules, or puts them back. */
  rules(change?: (text: string) => string): void;
}

/** @param lifetime of ID tokens, in seconds */
export async function startStage(lifetime = 3600): Promise<Stage> {
  const rules = new SecurityRules();
  const load = (change = (text: string) => text): void =>
    rules.load(change(readFileSync(RULES, 'utf8')), 'firestore.rules');
  load();
  let emulator: FirestoreEmulator = await startFirestore({ rules });
  let firestore = clientOf(emulator.port);
  const network = await startProxy(() => emulator.port);
  const auth = await startAuth({ lifetime });
  const authOrigin = `http://127.0.0.1:${auth.port}`;
  const pipelines = [
    { name: 'quakes', description: 'Earthquakes of a week' },
    { name: 'logs', description: 'Requests' },
  ];
  const ports = { auth, firestore: network, storage: { port: 1 } };
  const page = await startConsole({
    root: ROOT,
    settings: () => settingsOf(PROJECT, pipelines, ports, DEMO_ACCOUNT),
  });
  await page.prepare();
  const seed = () => seedDemoAccount(authOrigin, `http://127.0.0.1:${emulator.port}`);
  await seed();
  const accounts = `${authOrigin}/identitytoolkit.googleapis.com/v1/projects/${PROJECT}/accounts`;
  const ask = async (url: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(url, { method: 'POST', headers: SERVER, body: JSON.stringify(body) });
    return (await response.json()) as Record<string, unknown>;
  };
  return {
    url: `http://127.0.0.1:${page.port}/`,
    firestore: () => firestore,
    network,
    restart: async () => {
      await firestore.terminate();
      await emulator.stop();
      emulator = await startFirestore({ rules });
      firestore = clientOf(emulator.port);
      await seed();
    },
    account: async (email, password) => String((await ask(accounts, { email, password }))['localId']),
    removeAccount: async localId => void (await ask(`${accounts}:delete`, { localId })),
    rules: load,
    [Symbol.asyncDispose]: async () => {
      await firestore.terminate();
      await Promise.all([page.stop(), network.stop(), auth.stop()]);
      await emulator.stop();
    },
  };
}

function clientOf(port: number): Firestore {
  return new Firestore({
    projectId: PROJECT,
    servicePath: '127.0.0.1',
    port,
    ssl: false,
    customHeaders: { Authorization: 'Bearer owner' },
  });
}

/** Signs in by the demo account. */
export async function enter(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue with the demo account' }).click();
  await page.getByTestId('link').getByText('Live').waitFor();
}
