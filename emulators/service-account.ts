import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT } from './suite-address.ts';

/** The account that steps run as locally: official clients sign with its key, and the emulators know its public part. */
export interface ServiceAccount {
  readonly email: string;
  readonly publicKey: KeyObject;
  /** For GOOGLE_APPLICATION_CREDENTIALS. */
  readonly file: string;
}

const EMAIL = `steps@${PROJECT}.iam.gserviceaccount.com`;
/** Small, so that it is made at once: it guards nothing but a suite on one machine. */
const KEY_BITS = 1024;

/** Makes an account with a key of its own, in a folder where it is found again. */
export async function serviceAccount(dir: string): Promise<ServiceAccount> {
  const file = join(dir, 'service-account.json');
  if (!existsSync(file)) {
    mkdirSync(dir, { recursive: true });
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: KEY_BITS });
    const content = {
      type: 'service_account',
      project_id: PROJECT,
      client_email: EMAIL,
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    };
    writeFileSync(file, JSON.stringify(content, null, 2), { mode: 0o600 });
  }
  const { private_key: key } = JSON.parse(readFileSync(file, 'utf8')) as { readonly private_key: string };
  return { email: EMAIL, publicKey: createPublicKey(key), file };
}
