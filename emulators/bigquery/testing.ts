import type { BigQuery } from '@google-cloud/bigquery';
import { onTestFinished } from 'vitest';
import { type BigQueryEmulator, type BigQueryOptions, startBigQuery } from './server.ts';
import { clientOf } from './testing-client.ts';

export interface Fixture {
  readonly emulator: BigQueryEmulator;
  /** The official client, without retries: a test is to see the first answer. */
  readonly client: BigQuery;
  readonly url: string;
}

/** One for all tests of a process that want nothing special: to start one takes longer than most of them. It ends with it. */
let shared: Promise<BigQueryEmulator> | undefined;

/** An emulator with the dataset `shop`, empty, and a client to it. */
export async function fixture(options: BigQueryOptions = {}): Promise<Fixture> {
  const isPlain = Object.keys(options).length === 0;
  if (isPlain) shared ??= startBigQuery();
  const emulator = await (isPlain ? shared! : own(options));
  const url = `http://127.0.0.1:${emulator.port}`;
  const client = clientOf(url);
  for (const dataset of (await client.getDatasets())[0]) await dataset.delete({ force: true });
  await client.createDataset('shop');
  return { emulator, client, url };
}

async function own(options: BigQueryOptions): Promise<BigQueryEmulator> {
  const emulator = await startBigQuery(options);
  onTestFinished(() => emulator.stop());
  return emulator;
}

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
