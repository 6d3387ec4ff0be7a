import type { DemoAccount } from '../emulators/console/settings.ts';
import { PROJECT } from '../emulators/suite-address.ts';
import { DEMO_PIPELINE } from './demo.ts';

const UID = 'demo';

/** Anybody may know it: it is good for nothing but a suite on the same machine. */
export const DEMO_ACCOUNT: DemoAccount = {
  email: 'demo@example.com',
  password: 'only-on-this-machine',
  pipeline: DEMO_PIPELINE,
};

/** What a server may do, in the emulators. */
const SERVER = { authorization: 'Bearer owner', 'content-type': 'application/json' };

const text = (value: string) => ({ stringValue: value });
const list = (...values: string[]) => ({ arrayValue: { values: values.map(text) } });

/**
 * Lets the first person at a new suite in: an account that is granted every pipeline, acts as operator and publisher, and is
 * told of all alerts. Only whoever starts a suite makes it; no step knows of it, and the cloud has none.
 *
 * @param auth and firestore: origins of the emulators
 */
export async function seedDemoAccount(auth: string, firestore: string): Promise<void> {
  const accounts = `${auth}/identitytoolkit.googleapis.com/v1/projects/${PROJECT}/accounts`;
  const documents = `${firestore}/v1/projects/${PROJECT}/databases/(default)/documents`;
  // Kept over restarts with --data: there already is fine.
  const { email, password } = DEMO_ACCOUNT;
  await ask('POST', accounts, { localId: UID, email, password, emailVerified: true }, 'DUPLICATE_LOCAL_ID');
  const claims = JSON.stringify({ operator: true, publisher: '*' });
  await ask('POST', `${accounts}:update`, { localId: UID, customAttributes: claims });
  await ask('PATCH', `${documents}/grants/${UID}`, { fields: { pipelines: list('*') } });
  await ask('PATCH', `${documents}/subscriptions/${UID}`, {
    fields: { uid: text(UID), pipeline: text('*'), via: list('inbox') },
  });
}

async function ask(method: string, url: string, body: object, fine = ''): Promise<void> {
  const response = await fetch(url, { method, headers: SERVER, body: JSON.stringify(body) });
  if (response.ok) return;
  const said = await response.text();
  if (fine === '' || !said.includes(fine)) throw new Error(`The demo account could not be made: ${said}`);
}
