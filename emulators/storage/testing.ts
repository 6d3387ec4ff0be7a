import { Storage } from '@google-cloud/storage';
import { onTestFinished } from 'vitest';
import { type StorageOptions, startStorage } from './storage.ts';
import type { ObjectChange, StorageEmulator } from './types.ts';

export interface Fixture {
  readonly emulator: StorageEmulator;
  /** The official client, without retries: a test is to see the first answer. */
  readonly client: Storage;
  readonly url: string;
  /** Every change so far. */
  readonly changes: ObjectChange[];
  /** `event name` of each, for comparisons that read well. */
  readonly events: () => string[];
}

/** An emulator with the bucket `uploads` and a client to it; gone when the test ends. */
export async function fixture(options: StorageOptions = {}): Promise<Fixture> {
  const emulator = await startStorage(options);
  onTestFinished(() => emulator.stop());
  emulator.createBucket('uploads');
  const url = `http://127.0.0.1:${emulator.port}`;
  const client = new Storage({
    apiEndpoint: url,
    projectId: 'demo-millrace',
    retryOptions: { autoRetry: false },
  });
  const changes: ObjectChange[] = [];
  emulator.onChange(change => {
    changes.push(change);
  });
  return { emulator, client, url, changes, events: () => changes.map(c => `${c.event} ${c.object.name}`) };
}

/** The body of an answer in the JSON API's shape. */
export async function errorOf(
  response: Response,
): Promise<{ code: number; message: string; reason: string }> {
  const { error } = (await response.json()) as {
    error: { code: number; message: string; errors: [{ reason: string }] };
  };
  return { code: error.code, message: error.message, reason: error.errors[0].reason };
}
