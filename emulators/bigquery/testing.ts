import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { onTestFinished } from 'vitest';
import { type BigQueryEmulator, type BigQueryOptions, startBigQuery } from './server.ts';

export interface Fixture {
  readonly emulator: BigQueryEmulator;
  /** The official client, without retries: a test is to see the first answer. */
  readonly client: BigQuery;
  readonly url: string;
}

/** An emulator with the dataset `shop` and a client to it; gone when the test ends. */
export async function fixture(options: BigQueryOptions = {}): Promise<Fixture> {
  const emulator = await startBigQuery(options);
  onTestFinished(() => emulator.stop());
  const url = `http://127.0.0.1:${emulator.port}`;
  const client = clientOf(url);
  await client.createDataset('shop');
  return { emulator, client, url };
}

export const clientOf = (url: string): BigQuery =>
  new BigQuery({
    apiEndpoint: url,
    projectId: 'demo-millrace',
    authClient: new PassThroughClient(),
    autoRetry: false,
    maxRetries: 0,
  });

/** What a call was refused with: `CODE REASON: MESSAGE`. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: {
      code?: number;
      errors?: readonly { reason?: string; message?: string }[];
      message?: string;
    }) => thrown,
  );
  if (!error) throw new Error('Expected a refusal, but the call succeeded');
  return `${error.code} ${error.errors?.[0]?.reason}: ${error.errors?.[0]?.message ?? error.message}`;
}
